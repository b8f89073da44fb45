-- List active jobs whose ttl has been over for a while.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 how long it must have been over, in ms, 3 how many at the most
-- Returns { id, { field, value, … }, … }.
-- Invariant: reads only. What a Kue process is after is left to it. Scores below 100000 are priorities, not times (Kue's rule).
local list = {}
if kue_holds('activeJobsTTL') then return list end
local zids = call('ZRANGEBYSCORE', P .. 'jobs:active', 100000, int(now - tonumber(ARGV[2])),
  'LIMIT', 0, ARGV[3])
for _, zid in ipairs(zids) do
  local id = string.match(zid, '|(.*)$') or zid
  local stored = try('HGETALL', P .. 'job:' .. id)
  if stored.err then
    if not is_foreign(stored) then return stored end
  elseif #stored > 0 then
    list[#list + 1] = id
    list[#list + 1] = stored
  end
end
return list
