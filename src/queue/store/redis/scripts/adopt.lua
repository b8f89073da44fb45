-- List what a holder holds, to find claims whose reply was lost.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 holder
-- Returns { id, fence, type, attempts, … }; a job that is gone, or somebody else's by now, loses its lease
--         here instead.
-- Invariant: reads, and forgets leases on nothing.
local lease = P .. 'rekue:lease:' .. ARGV[2]
local held = call('HGETALL', lease)
local list = {}
for i = 1, #held, 2 do
  local stored = try('HMGET', P .. 'job:' .. held[i], 'type', 'started_at', 'attempts')
  local fence, started = string.match(held[i + 1], '^(%d+)@(%d*)')
  if stored.err and not is_foreign(stored) then return stored end
  if not stored.err and stored[1] and fence and stored[2] == started then
    for _, value in ipairs({ held[i], fence, stored[1], stored[3] or '0' }) do list[#list + 1] = value end
  else
    call('HDEL', lease, held[i])
  end
end
return list
