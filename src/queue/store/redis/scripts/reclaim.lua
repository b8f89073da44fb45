-- Give the jobs of a holder whose lease has run out to other workers.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 the holder, 3 how often a job may lose its worker before it fails
-- Returns { number given back, number failed }.
-- Invariant: nothing happens while the lease runs. Afterwards the holder's fences are gone, so
--         its late outcomes are refused. Jobs without a lease of ours are never touched.
also_when_full()
local leases, lease, lost = P .. 'rekue:leases', P .. 'rekue:lease:' .. ARGV[2], P .. 'rekue:lost'
local deadline = tonumber(call('ZSCORE', leases, ARGV[2]) or '')
if deadline and deadline > now then return { 0, 0 } end
local back, failed = 0, 0
local held = call('HGETALL', lease)
for i = 1, #held, 2 do
  local id, started = held[i], string.match(held[i + 1], '@(%d*)')
  local key, zid = P .. 'job:' .. id, member(id)
  local stored = try('HMGET', key, 'type', 'state', 'priority', 'started_at')
  if stored.err and not is_foreign(stored) then return stored end
  -- One that started at another time is in somebody else's hands by now.
  if not stored.err and stored[1] and stored[2] == 'active' and stored[4] == started then
    local type, priority = stored[1], score(stored[3])
    local by_type, type_json = P .. 'jobs:' .. type .. ':', cjson.encode(type)
    local count = tonumber(try('HINCRBY', lost, id, 1)) or 1
    call('ZREM', P .. 'jobs:active', zid)
    call('ZREM', by_type .. 'active', zid)
    if count > tonumber(ARGV[3]) then
      local reason = 'the worker was lost ' .. int(count) .. ' times'
      try('HDEL', lost, id)
      call('HSET', key, 'state', 'failed', 'error', reason, 'failed_at', now_text, 'updated_at', now_text)
      try('RPUSH', key .. ':log', reason)
      call('ZADD', P .. 'jobs:failed', priority, zid)
      call('ZADD', by_type .. 'failed', priority, zid)
      try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"error","args":["error","' .. reason .. '"]}')
      try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"failed","args":["failed","' .. reason .. '",null]}')
      failed = failed + 1
    else
      call('HSET', key, 'state', 'inactive', 'updated_at', now_text)
      call('ZADD', P .. 'jobs:inactive', priority, zid)
      call('ZADD', by_type .. 'inactive', priority, zid)
      add_tokens(P .. type .. ':jobs', 1)
      try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"enqueue","args":["enqueue",' .. type_json .. ']}')
      back = back + 1
    end
  end
end
call('DEL', lease)
call('ZREM', leases, ARGV[2])
return { back, failed }
