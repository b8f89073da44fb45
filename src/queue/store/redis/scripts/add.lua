-- Add jobs, all or none.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 '1' where events may be heard on other servers, 3 the channel by which the
--       creator's own subscription is known, 4 the key of the note, 5 how long it stays, in ms,
--       then groups of jobs that differ in their data only:
--         number n of jobs, type, type as JSON, priority, and, empty where not set, attempts allowed,
--         delay in ms, ttl in ms, removeOnComplete, backoff; number w of words to find the jobs by,
--         then w times a word and how often the jobs have it; then n times data as JSON
-- Returns { first id, created at, published }: the ids follow each other. published is 0 where
--         nobody but the creator listens, who then tells itself of its jobs.
-- Invariant: ids are given in order. A call that is sent again finds the note of the one before and
--         changes nothing.
local try = redis.pcall
local JOB = P .. 'job:'
local at, total = 6, 0
while ARGV[at] do
  total = total + ARGV[at]
  at = at + 10 + ARGV[at] + 2 * ARGV[at + 9]
end

local first = call('INCRBY', P .. 'ids', total) - total + 1

-- Events go out where anybody beside the creator hears them. Its own subscription is known by a
-- channel of its own.
local heard = ARGV[2] == '1'
if not heard then
  local counted = try('PUBSUB', 'NUMSUB', EVENTS, ARGV[3])
  heard = counted.err ~= nil or counted[2] > counted[4] or call('PUBSUB', 'NUMPAT') > 0
end

local note = ARGV[4]
local told = int(first) .. ':' .. now_text .. ':' .. (heard and '1' or '0')
if not call('SET', note, told, 'PX', ARGV[5], 'NX') then return call('GET', note) end

-- Where somebody put another kind of key in the place of one of these, nothing is to stay.
local failed
local function must(...)
  local reply = try(...)
  if type(reply) == 'table' and reply.err then failed = failed or reply end
end
local function must_many(command, key, list)
  local n = #list
  for from = 1, n, 4000 do must(command, key, unpack(list, from, math.min(from + 3999, n))) end
end

local ids, zids, written = {}, {}, 0
local all, waiting, delayed, sets, events = {}, {}, {}, {}, {}
local types, indexed = {}, {}

at = 6
while ARGV[at] do
  local n, type_name, type_json, priority = ARGV[at] + 0, ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local delay, words = ARGV[at + 5], ARGV[at + 9] + 0
  local is_delayed = delay ~= ''
  local promote_at = is_delayed and int(now + math.floor(delay + 0)) or now_text
  -- Fields in the order in which Kue writes them.
  local hash, size = { 'HSET', '' }, 2
  local function field(name, value)
    if value == '' then return end
    hash[size + 1] = name
    hash[size + 2] = value
    size = size + 2
  end
  field('max_attempts', ARGV[at + 4])
  field('type', type_name)
  field('created_at', now_text)
  field('promote_at', promote_at)
  field('delay', delay)
  field('ttl', ARGV[at + 6])
  field('removeOnComplete', ARGV[at + 7])
  field('backoff', ARGV[at + 8])
  field('updated_at', now_text)
  field('priority', priority)
  field('data', 'null')
  local data = size
  field('state', is_delayed and 'delayed' or 'inactive')

  local state_set = is_delayed and delayed or waiting
  local score_in_state = is_delayed and promote_at or priority
  local key = P .. 'jobs:' .. type_name .. (is_delayed and ':delayed' or ':inactive')
  local set = sets[key] or {}
  sets[key] = set
  types[type_name] = (types[type_name] or 0) + (is_delayed and 0 or n)
  local enqueue = ',"event":"enqueue","args":["enqueue",' .. type_json .. ']}'

  local place, from = #set, at + 9 + 2 * words
  for i = 1, n do
    local id = int(first + written)
    local zid = member(id)
    hash[2] = JOB .. id
    hash[data] = ARGV[from + i]
    local reply = try(unpack(hash))
    if type(reply) == 'table' then
      failed = reply
      break
    end
    written = written + 1
    ids[written], zids[written] = id, zid
    local two = 2 * written
    all[two - 1], all[two] = priority, zid
    set[place + 2 * i - 1], set[place + 2 * i] = priority, zid
    local last = #state_set
    state_set[last + 1], state_set[last + 2] = score_in_state, zid
    if heard and not is_delayed then events[#events + 1] = '{"id":' .. id .. enqueue end
    if words > 0 then
      local index = {}
      for word = at + 10, from, 2 do
        must('ZADD', WORD .. ARGV[word], ARGV[word + 1], id)
        index[#index + 1], index[#index + 2] = ARGV[word], ARGV[word + 1]
      end
      must('HSET', WORDS_OF .. id, unpack(index))
      indexed[#indexed + 1] = id
    end
  end
  if failed then break end
  at = from + n + 1
end

if not failed then
  for type_name in pairs(types) do must('SADD', P .. 'job:types', type_name) end
  must_many('ZADD', P .. 'jobs', all)
  must_many('ZADD', P .. 'jobs:inactive', waiting)
  must_many('ZADD', P .. 'jobs:delayed', delayed)
  for key, set in pairs(sets) do must_many('ZADD', key, set) end
end

if failed then
  local keys = { P .. 'jobs', P .. 'jobs:inactive', P .. 'jobs:delayed' }
  for key in pairs(sets) do keys[#keys + 1] = key end
  for i = 1, written do
    try('DEL', JOB .. ids[i])
    for _, key in ipairs(keys) do try('ZREM', key, zids[i]) end
  end
  for _, id in ipairs(indexed) do
    for _, word in ipairs(try('HKEYS', WORDS_OF .. id)) do try('ZREM', WORD .. word, id) end
    try('DEL', WORDS_OF .. id)
  end
  call('DEL', note)
  return failed
end

for type_name, n in pairs(types) do
  local ones = {}
  for i = 1, math.min(n, 4000) do ones[i] = '1' end
  for from = 1, n, 4000 do
    try('LPUSH', P .. type_name .. ':jobs', unpack(ones, 1, math.min(4000, n - from + 1)))
  end
end
for _, event in ipairs(events) do call('PUBLISH', EVENTS, event) end
return { first, now, heard and 1 or 0 }
