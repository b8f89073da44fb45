-- List what a holder holds, to find claims whose reply was lost.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 holder
-- Returns { id, fence, type, … }; a job that is gone loses its lease instead.
-- Invariant: reads, and forgets leases on nothing.
local lease = P .. 'rekue:lease:' .. ARGV[2]
local held = call('HGETALL', lease)
local list = {}
for i = 1, #held, 2 do
  local type = redis.pcall('HGET', P .. 'job:' .. held[i], 'type')
  if type and not type.err then
    for _, value in ipairs({ held[i], held[i + 1], type }) do list[#list + 1] = value end
  else
    call('HDEL', lease, held[i])
  end
end
return list
