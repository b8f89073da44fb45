-- Change data, priority and options of a job and leave its state alone.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 id, 3 priority, 4 delay in ms or '', 5 how many words search is to find it by,
--         or '' to leave those, then word, count, … and field, value, …
-- Returns 1, or 0 where there is no such job.
-- Invariant: the job keeps its place among the states; its scores follow priority and delay.
local id, priority = ARGV[2], ARGV[3]
local key, zid = P .. 'job:' .. id, member(id)
local stored = call('HMGET', key, 'type', 'state', 'created_at', 'failed_at', 'ttl')
if not stored[1] then return 0 end
local fields = { 'updated_at', now_text, 'priority', priority }
local first = 6
if ARGV[5] ~= '' then
  unindex(id)
  first = 6 + 2 * tonumber(ARGV[5])
  for at = 6, first - 1, 2 do
    try('ZADD', WORD .. ARGV[at], ARGV[at + 1], id)
    try('HSET', WORDS_OF .. id, ARGV[at], ARGV[at + 1])
  end
end
for at = first, #ARGV do fields[#fields + 1] = ARGV[at] end
local due
if ARGV[4] ~= '' then
  -- As in Kue, a delay counts from the last failure, else from the creation.
  local from = tonumber(score(stored[4] or stored[3]))
  due = int((from == 0 and now or from) + tonumber(ARGV[4]))
  for _, value in ipairs({ 'delay', ARGV[4], 'promote_at', due }) do fields[#fields + 1] = value end
end
call_many('HSET', key, fields)
call('ZADD', P .. 'jobs', priority, zid)
local state = stored[2] or ''
call('ZADD', P .. 'jobs:' .. stored[1] .. ':' .. state, 'XX', priority, zid)
if state == 'active' then
  local ttl = call('HGET', key, 'ttl')
  call('ZADD', P .. 'jobs:active', 'XX', active_score(priority, ttl), zid)
elseif state == 'delayed' then
  if due then call('ZADD', P .. 'jobs:delayed', 'XX', due, zid) end
elseif state ~= '' then
  call('ZADD', P .. 'jobs:' .. state, 'XX', priority, zid)
end
return 1
