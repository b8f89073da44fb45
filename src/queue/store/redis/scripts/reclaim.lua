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
    local job_type, priority = stored[1], score(stored[3])
    local by_type, type_json = P .. 'jobs:' .. job_type .. ':', cjson.encode(job_type)
    local count = tonumber(try('HINCRBY', lost, id, 1)) or 1
    local state = count > tonumber(ARGV[3]) and 'failed' or 'inactive'
    -- First what may be refused. The job is its dead holder's until the state tells another: where one
    -- is refused, the next call goes on.
    for _, step in ipairs({
      { 'ZADD', P .. 'jobs:' .. state, priority, zid },
      { 'ZADD', by_type .. state, priority, zid },
      { 'ZREM', P .. 'jobs:active', zid },
      { 'ZREM', by_type .. 'active', zid }
    }) do
      local reply = try(unpack(step))
      if type(reply) == 'table' then
        if count == 1 then try('HDEL', lost, id) else try('HINCRBY', lost, id, -1) end
        return reply
      end
    end
    if state == 'failed' then
      local reason = 'the worker was lost ' .. int(count) .. ' times'
      try('HDEL', lost, id)
      call('HSET', key, 'state', 'failed', 'error', reason, 'failed_at', now_text, 'updated_at', now_text)
      try('RPUSH', key .. ':log', reason)
      try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"error","args":["error","' .. reason .. '"]}')
      try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"failed","args":["failed","' .. reason .. '",null]}')
      failed = failed + 1
    else
      call('HSET', key, 'state', 'inactive', 'updated_at', now_text)
      add_tokens(P .. job_type .. ':jobs', 1)
      try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"enqueue","args":["enqueue",' .. type_json .. ']}')
      back = back + 1
    end
  end
end
call('DEL', lease)
call('ZREM', leases, ARGV[2])
return { back, failed }
