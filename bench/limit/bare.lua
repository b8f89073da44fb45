-- The least that it takes to complete jobs and to claim the next ones on Kue's layout: the same
-- fields, sets, tokens and events that rekue's settle.lua writes, and nothing that makes it safe: no
-- lease, no fence, no look at the state before, no priority but 0.
--
-- KEYS  1 any key of the queue
-- ARGV  1 prefix, 2 type, 3 now in ms, 4 how many to claim, then the ids to complete
-- Returns { id, { field, value, … }, … } of the claimed jobs.
local P, TYPE, now, call = ARGV[1], ARGV[2], ARGV[3], redis.call
local by_type, events = P .. 'jobs:' .. TYPE .. ':', P .. 'events'

local function move(from, to, zids)
  if #zids == 0 then return end
  local pairs = {}
  for i, zid in ipairs(zids) do
    pairs[2 * i - 1] = '0'
    pairs[2 * i] = zid
  end
  for _, sets in ipairs({ P .. 'jobs:', by_type }) do
    call('ZREM', sets .. from, unpack(zids))
    call('ZADD', sets .. to, unpack(pairs))
  end
end

local ended = {}
for i = 5, #ARGV do
  local id = ARGV[i]
  call('HSET', P .. 'job:' .. id, 'duration', '0', 'progress', '100', 'state', 'complete',
    'attempts', '1', 'updated_at', now)
  call('PUBLISH', events, '{"id":' .. id .. ',"event":"complete","args":["complete",null,null]}')
  ended[#ended + 1] = string.format('%02d|%s', #id, id)
end
move('active', 'complete', ended)

local zids = call('ZRANGE', by_type .. 'inactive', 0, tonumber(ARGV[4]) - 1)
local jobs = {}
for _, zid in ipairs(zids) do
  local id = string.sub(zid, 4)
  local key = P .. 'job:' .. id
  jobs[#jobs + 1] = id
  jobs[#jobs + 1] = call('HGETALL', key)
  call('HSET', key, 'state', 'active', 'started_at', now, 'workerId', 'bare:host:1:' .. TYPE .. ':1',
    'updated_at', now)
  call('PUBLISH', events, '{"id":' .. id .. ',"event":"start","args":["start","' .. TYPE .. '",null]}')
end
move('inactive', 'active', zids)
if #zids > 0 then call('LTRIM', P .. TYPE .. ':jobs', #zids, -1) end
return jobs
