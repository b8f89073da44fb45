-- Remove a job in whatever state it is.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 id
-- Returns 1, or 0 where there is no such job.
-- Invariant: nothing of the job stays, and its wake-up token goes with it.
local id = ARGV[2]
local key, zid = P .. 'job:' .. id, member(id)
local stored = try('HMGET', key, 'type', 'state')
if stored.err and not is_foreign(stored) then return stored end
call('ZREM', P .. 'jobs', zid)
for _, state in ipairs({ 'inactive', 'active', 'complete', 'failed', 'delayed' }) do
  call('ZREM', P .. 'jobs:' .. state, zid)
  if stored[1] then
    local was_there = call('ZREM', P .. 'jobs:' .. stored[1] .. ':' .. state, zid)
    if was_there == 1 and state == 'inactive' then try('LPOP', P .. stored[1] .. ':jobs') end
  end
end
-- When nothing leads to it any more: where a set refuses, the job is there for another call.
local existed = call('DEL', key, key .. ':log') > 0
unindex(id)
try('HDEL', P .. 'rekue:lost', id)
if not existed then return 0 end
try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"remove","args":["remove",' .. cjson.encode(stored[1] or cjson.null) .. ']}')
return 1
