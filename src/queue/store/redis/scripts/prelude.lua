-- What the scripts share; put before each of them when it is loaded.
--
-- ARGV[1] is always the key prefix with its colon, "q:" or "{q}:". Keys of jobs are found inside a
-- script, so only KEYS[1] is declared: all keys of a queue live in one slot (hash tag on a cluster).
local P = ARGV[1]
local call = redis.call
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
local EVENTS = P .. 'events'

-- A server at maxmemory refuses every write that may take memory, unless the script has written
-- something before: then it is let through to its end. So a script that must not be refused begins
-- with a write that takes none. What it moves is in the store already, and outcomes are what makes
-- room. (The flag allow-oom says the same, but servers before 7 cannot read it.)
local function also_when_full() call('DEL', P .. 'rekue:nothing') end

-- Whether a Kue process is at work under one of its locks. It reads jobs and changes them step by
-- step: what a script did in between would be done a second time. Kue's locks carry no prefix, so
-- with a hash tag they may be in another slot, out of a script's reach, and where an ACL keeps this
-- user to the prefix, so it keeps Kue.
local function kue_holds(lock)
  return sub(P, 1, 1) ~= '{' and redis.pcall('EXISTS', lock .. ':lock') == 1
end

-- Whether anybody hears what is published. Composing and sending events is a good part of what a
-- busy queue costs Redis, and often nobody listens. Whoever subscribes does so before or after this
-- script, so none is kept from anybody. `elsewhere` is '1' where listeners may be on another server,
-- which this one cannot count.
local function is_heard(elsewhere)
  if elsewhere == '1' then return true end
  local counted = redis.pcall('PUBSUB', 'NUMSUB', EVENTS)
  return counted.err ~= nil or counted[2] > 0 or call('PUBSUB', 'NUMPAT') > 0
end

-- Kue's sorted-set member: two digits that tell the length of the id, so that ids of one score
-- sort by number.
local heads = {}
local function member(id)
  local head = heads[#id]
  if not head then
    head = format('%02d|', #id)
    heads[#id] = head
  end
  return head .. id
end

-- The id in a member; a member that is none of Kue's is its own id.
local function id_of(zid)
  if sub(zid, 3, 3) == '|' then return sub(zid, 4) end
  return string.match(zid, '|(.*)$') or zid
end

-- A command with a list of arguments in pieces: Lua's stack holds some thousands only.
local function call_many(command, key, list)
  local n = #list
  for first = 1, n, 4000 do
    call(command, key, unpack(list, first, math.min(first + 3999, n)))
  end
end

-- Wake-up tokens. They are hints: where somebody put another kind of key in the place of their list,
-- a script must not stop halfway for it.
local function add_tokens(list, count)
  for _ = 1, count do redis.pcall('LPUSH', list, '1') end
end

-- A stored priority as a score. What is no number must not stop a script halfway: it counts as 0.
local scores = { ['0'] = '0' }
local function score(priority)
  local text = scores[priority or '0']
  if not text then
    local n = tonumber(priority)
    text = (n and n == n) and string.format('%.17g', n) or '0'
    scores[priority] = text
  end
  return text
end

-- Kue's score in jobs:active: the deadline, or minus the absolute priority without a ttl.
local function active_score(priority, ttl)
  ttl = tonumber(ttl)
  if ttl and ttl > 0 then return int(now + ttl) end
  local text = score(priority)
  if text == '0' then return text end
  return string.format('%.17g', -math.abs(tonumber(text)))
end

-- The index of search: a sorted set of ids by each word, and of each job its words, so that they
-- can be taken back.
local WORD = P .. 'rekue:search:word:'
local WORDS_OF = P .. 'rekue:search:job:'

-- Take a job out of the index of search.
local function unindex(id)
  local words = call('HKEYS', WORDS_OF .. id)
  if #words == 0 then return end
  for _, word in ipairs(words) do call('ZREM', WORD .. word, id) end
  call('DEL', WORDS_OF .. id)
end
