-- Put a job into a state by hand, from whatever state it is in.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 id, 3 the new state
-- Returns 1, or 0 where there is no such job.
-- Invariant: a job is in the sets of one state only. A worker that holds it finds its outcome
--         refused, for the state is not active any more.
also_when_full()
local id, state = ARGV[2], ARGV[3]
local key, zid = P .. 'job:' .. id, member(id)
local stored = call('HMGET', key, 'type', 'state', 'priority', 'promote_at', 'ttl')
if not stored[1] then return 0 end
local type, priority = stored[1], score(stored[3])
local place = priority
if state == 'delayed' then
  local due = score(stored[4])
  place = due == '0' and now_text or due
elseif state == 'active' then
  place = active_score(priority, stored[5])
end
-- First the sets that it enters: where one of these is refused, it still is in those of its state.
call('ZADD', P .. 'jobs:' .. state, place, zid)
local entered = call('ZADD', P .. 'jobs:' .. type .. ':' .. state, priority, zid)
for _, old in ipairs({ 'inactive', 'active', 'complete', 'failed', 'delayed' }) do
  if old ~= state then
    call('ZREM', P .. 'jobs:' .. old, zid)
    local was_there = call('ZREM', P .. 'jobs:' .. type .. ':' .. old, zid)
    if was_there == 1 and old == 'inactive' then try('LPOP', P .. type .. ':jobs') end
  end
end
call('HSET', key, 'state', state, 'updated_at', now_text)
try('HDEL', P .. 'rekue:lost', id)
if state == 'complete' then call('HSET', key, 'progress', '100') end
if state == 'failed' then call('HSET', key, 'failed_at', now_text) end
if state == 'inactive' then
  if entered == 1 then add_tokens(P .. type .. ':jobs', 1) end
  try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"enqueue","args":["enqueue",' .. cjson.encode(type) .. ']}')
end
return 1
