-- What the scripts share; put before each of them when it is loaded.
--
-- ARGV[1] is always the key prefix with its colon, "q:" or "{q}:". Keys of jobs are found inside a
-- script, so only KEYS[1] is declared: all keys of a queue live in one slot (hash tag on a cluster).
local P = ARGV[1]
local call = redis.call
local clock = call('TIME')
-- Redis's clock decides, in whole milliseconds. Kept as text too: a number of 13 digits would be
-- written in exponential form by some versions.
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function int(n) return string.format('%.0f', n) end
local now_text = int(now)
local EVENTS = P .. 'events'

-- A server at maxmemory refuses every write that may take memory, unless the script has written
-- something before: then it is let through to its end. So a script that must not be refused begins
-- with a write that takes none. What it moves is in the store already, and outcomes are what makes
-- room. (The flag allow-oom says the same, but servers before 7 cannot read it.)
local function also_when_full() call('DEL', P .. 'rekue:nothing') end

-- Whether a Kue process is at work under one of its locks. It reads jobs and changes them step by
-- step: what a script did in between would be done a second time. Kue's locks carry no prefix, so
-- with a hash tag they may be in another slot, out of a script's reach.
local function kue_holds(lock)
  return string.sub(P, 1, 1) ~= '{' and call('EXISTS', lock .. ':lock') == 1
end

-- Kue's sorted-set member: two digits that tell the length of the id, so that ids of one score
-- sort by number.
local function member(id) return string.format('%02d|%s', #id, id) end

-- A command with a list of arguments in pieces: Lua's stack holds some thousands only.
local function call_many(command, key, list)
  local n = #list
  for first = 1, n, 4000 do
    call(command, key, unpack(list, first, math.min(first + 3999, n)))
  end
end

-- A stored priority as a score. What is no number must not stop a script halfway: it counts as 0.
local function score(priority)
  local n = tonumber(priority or '')
  if not n or n ~= n then return '0' end
  return string.format('%.17g', n)
end

-- Kue's score in jobs:active: the deadline, or minus the absolute priority without a ttl.
local function active_score(priority, ttl)
  ttl = tonumber(ttl)
  if ttl and ttl > 0 then return int(now + ttl) end
  return tostring(-math.abs(tonumber(score(priority))))
end
