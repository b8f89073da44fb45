-- Add jobs, all or none. add-one.lua stands before this.
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
local at, total = 6, 0
while ARGV[at] do
  total = total + ARGV[at]
  at = at + 10 + ARGV[at] + 2 * ARGV[at + 9]
end

local first = call('INCRBY', P .. 'ids', total) - total + 1

-- As in int(), with one decision for all.
local numbers = first + total < 2147483648 and '%d' or '%.0f'

-- Events go out where anybody beside the creator hears them. Its own subscription is known by a
-- channel of its own. To ask costs as much as one event.
local heard = ARGV[2] == '1' or total == 1
if not heard then
  local counted = try('PUBSUB', 'NUMSUB', EVENTS, ARGV[3])
  heard = counted.err ~= nil or counted[2] > counted[4] or try('PUBSUB', 'NUMPAT') ~= 0
end

local note = ARGV[4]
local told = int(first) .. ':' .. now_text .. ':' .. (heard and '1' or '0')
if not call('SET', note, told, 'PX', ARGV[5], 'NX') then
  call('DECRBY', P .. 'ids', total)
  return call('GET', note)
end

-- Where somebody put another kind of key in the place of one of these, nothing is to stay.
local failed
local function must(...)
  local reply = try(...)
  if type(reply) == 'table' and reply.err then failed = failed or reply end
end
local function must_many(command, key, list, n)
  for from = 1, n, 4000 do must(command, key, unpack(list, from, math.min(from + 3999, n))) end
end

-- Jobs of one type that wait, or are delayed, enter their sets together.
local entered, zids, ids, written = {}, {}, {}, 0
local place, score_here, score_there, size
local function enter()
  must('SADD', P .. 'job:types', place.type)
  must_many('ZADD', P .. 'jobs', score_there, size)
  must_many('ZADD', P .. 'jobs:' .. place.state, score_here, size)
  must_many('ZADD', place.key, score_there, size)
end

local events, indexed = {}, {}
at = 6
while ARGV[at] and not failed do
  local n, type_name, priority, delay = ARGV[at] + 0, ARGV[at + 1], ARGV[at + 3], ARGV[at + 5]
  local words = ARGV[at + 9] + 0
  local state, promote_at = 'inactive', now_text
  if delay ~= '' then state, promote_at = 'delayed', int(now + math.floor(delay + 0)) end
  local score_in_state = delay ~= '' and promote_at or priority

  -- Fields in the order in which Kue writes them.
  local hash, last = { 'HSET', '' }, 2
  local attempts, ttl, removes, backoff = ARGV[at + 4], ARGV[at + 6], ARGV[at + 7], ARGV[at + 8]
  if attempts ~= '' then hash[3], hash[4], last = 'max_attempts', attempts, 4 end
  hash[last + 1], hash[last + 2] = 'type', type_name
  hash[last + 3], hash[last + 4] = 'created_at', now_text
  hash[last + 5], hash[last + 6] = 'promote_at', promote_at
  last = last + 6
  if delay ~= '' then hash[last + 1], hash[last + 2], last = 'delay', delay, last + 2 end
  if ttl ~= '' then hash[last + 1], hash[last + 2], last = 'ttl', ttl, last + 2 end
  if removes ~= '' then hash[last + 1], hash[last + 2], last = 'removeOnComplete', removes, last + 2 end
  if backoff ~= '' then hash[last + 1], hash[last + 2], last = 'backoff', backoff, last + 2 end
  hash[last + 1], hash[last + 2] = 'updated_at', now_text
  hash[last + 3], hash[last + 4] = 'priority', priority
  hash[last + 5], hash[last + 6] = 'data', ''
  hash[last + 7], hash[last + 8] = 'state', state
  local data = last + 6

  if not place or place.type ~= type_name or place.state ~= state then
    if place then enter() end
    local key = P .. 'jobs:' .. type_name .. ':' .. state
    place = { type = type_name, state = state, key = key, waiting = 0 }
    entered[#entered + 1] = place
    score_here, score_there, size = {}, {}, 0
  end
  if state == 'inactive' then place.waiting = place.waiting + n end

  local from = at + 9 + 2 * words
  local enqueue = heard and ',"event":"enqueue","args":["enqueue",' .. ARGV[at + 2] .. ']}'
  for i = 1, n do
    local id = format(numbers, first + written)
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
    score_there[size + 1], score_there[size + 2] = priority, zid
    score_here[size + 1], score_here[size + 2] = score_in_state, zid
    size = size + 2
    if enqueue and state == 'inactive' then events[#events + 1] = '{"id":' .. id .. enqueue end
    if words > 0 then
      local index = {}
      for word = at + 10, from, 2 do
        must('ZADD', WORD .. ARGV[word], ARGV[word + 1], id)
        index[#index + 1], index[#index + 2] = ARGV[word], ARGV[word + 1]
      end
      must_many('HSET', WORDS_OF .. id, index, #index)
      indexed[#indexed + 1] = id
    end
  end
  at = from + n + 1
end
if not failed then enter() end

if failed then
  for i = 1, written do
    try('DEL', JOB .. ids[i])
    try('ZREM', P .. 'jobs', zids[i])
    for _, place in ipairs(entered) do
      try('ZREM', P .. 'jobs:' .. place.state, zids[i])
      try('ZREM', place.key, zids[i])
    end
  end
  for _, id in ipairs(indexed) do
    for _, word in ipairs(try('HKEYS', WORDS_OF .. id)) do try('ZREM', WORD .. word, id) end
    try('DEL', WORDS_OF .. id)
  end
  call('DEL', note)
  return failed
end

for _, place in ipairs(entered) do
  local tokens, left = P .. place.type .. ':jobs', place.waiting
  if left == 1 then
    try('LPUSH', tokens, '1')
  elseif left > 1 then
    local ones = {}
    for i = 1, math.min(left, 4000) do ones[i] = '1' end
    for from = 1, left, 4000 do
      try('LPUSH', tokens, unpack(ones, 1, math.min(4000, left - from + 1)))
    end
  end
end
for i = 1, #events do try('PUBLISH', EVENTS, events[i]) end
return { first, now, heard and 1 or 0 }
