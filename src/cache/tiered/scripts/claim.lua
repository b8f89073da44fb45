-- Read an entry; where it is not fresh, ask for the right to load it.
--
-- KEYS  1 the entry, 2 its lock
-- ARGV  1 token of the asker, 2 ms that the lock holds, 3 ms for which an expired entry is kept,
--       4 '1': the entry is worthless even if it is there
-- Returns { 'hit' | 'claimed' | 'busy', text or '', ms that it stays fresh, negative once expired }
-- Invariant: at most one asker at a time is told 'claimed'; the lock ends by itself.
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'table' then
  -- Not a string: somebody else's data under our name, of no use to anybody.
  redis.call('DEL', KEYS[1])
  text = false
end
local left = 0
if text then left = redis.call('PTTL', KEYS[1]) - tonumber(ARGV[3]) end
if text and left > 0 and ARGV[4] ~= '1' then return { 'hit', text, left } end
local locked = redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
-- A call that was sent twice because its answer was lost finds its own lock.
if not locked then locked = redis.call('GET', KEYS[2]) == ARGV[1] end
return { locked and 'claimed' or 'busy', text or '', left }
