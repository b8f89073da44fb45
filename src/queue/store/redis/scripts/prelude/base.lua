-- What all scripts share; put before each of them, and before the other parts that it names
-- (scripts.rs): a script of its own would have to make what it does not use with every call.
--
-- ARGV[1] is always the key prefix with its colon, "q:" or "{q}:". Keys of jobs are found inside a
-- script, so only KEYS[1] is declared: all keys of a queue live in one slot (hash tag on a cluster).
local P = ARGV[1]
local call = redis.call
-- For what may fail by what somebody put into a key, or by what this user may not do: a script must not
-- stop halfway for it, with some of its writes done and others not.
local try = redis.pcall
local format, sub = string.format, string.sub
local clock = call('TIME')
-- Redis's clock decides, in whole milliseconds. Kept as text too: a number of 13 digits would be
-- written in exponential form by some versions.
local now_text = clock[1] .. sub(format('%06d', clock[2]), 1, 3)
local now = now_text + 0
-- Writing numbers is dear, and those of one call are few. %d is quicker, but takes what fits into a
-- C long, which has 32 bits on some machines.
local ints = {}
local function int(n)
  local text = ints[n]
  if not text then
    text = format((n >= 0 and n < 2147483648 and n % 1 == 0) and '%d' or '%.0f', n)
    ints[n] = text
  end
  return text
end
-- Events go there, always by `try`: who may not publish loses them, not the step that they tell of.
local EVENTS = P .. 'events'
