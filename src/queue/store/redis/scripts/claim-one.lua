-- Where settle.lua begins: no outcome, and one job can be taken that was never in hand. This is what comes
-- to a worker that waited for it, from a server that was idle and finds its caches cold, where each line
-- and each table costs. It does what settle.lua would do, but asks nobody whether the event is heard, and
-- does not make Redis keep the job's lease and sets in tables: where jobs come one by one, few are in hand.
-- All else it leaves to settle.lua.
local TYPE, HOLDER, FENCE = ARGV[2], ARGV[4], ARGV[5]
local JOB = P .. 'job:'
local lease = P .. 'rekue:lease:' .. HOLDER
local leases = P .. 'rekue:leases'
local by_type = P .. 'jobs:' .. TYPE .. ':'
local tokens = P .. TYPE .. ':jobs'
local taken = tonumber(ARGV[8])
local slots = tonumber(ARGV[10])
local first = 11 + slots

-- A lease tells the fence and when the claim was made, which the job tells too (started_at).
local hold = FENCE .. '@' .. now_text

-- The members of the first jobs that wait, where they are known.
local waiting
if slots > 0 and not ARGV[first] then
  waiting = call('ZRANGE', by_type .. 'inactive', 0, slots - 1)
  local zid = waiting[1] or ''
  local id = not waiting[2] and string.match(zid, '^%d%d|(%d+)$')
  local key = id and JOB .. id
  local stored = id and try('HMGET', key, 'priority', 'ttl', 'data', 'created_at', 'promote_at',
    'max_attempts', 'delay', 'backoff', 'removeOnComplete', 'started_at', 'progress', 'error')
  if stored and stored[4] and not (stored[10] or stored[11] or stored[12]) then
    -- The first write takes no memory: see also_when_full. The last one is what others find the job by:
    -- where one before it fails, the job still waits.
    call('ZREM', P .. 'jobs:inactive', zid)
    call('ZADD', P .. 'jobs:active', active_score(stored[1], stored[2]), zid)
    call('ZADD', by_type .. 'active', score(stored[1]), zid)
    call('HSET', lease, id, hold)
    call('ZADD', leases, int(now + ARGV[6]), HOLDER)
    call('HSET', key, 'state', 'active', 'started_at', now_text, 'workerId', ARGV[7] .. ARGV[11],
      'updated_at', now_text)
    try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"start","args":["start",' .. ARGV[3] .. ',null]}')
    call('ZREM', by_type .. 'inactive', zid)
    -- One token goes with the job. Where it was not taken before, and there is room for more jobs than
    -- wait, no other one is of any use.
    if taken == 0 then
      if slots > 1 then call('DEL', tokens) else try('LTRIM', tokens, 1, -1) end
    end
    return { '', now_text, cmsgpack.pack({ id, stored }) }
  end
end
