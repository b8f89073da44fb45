-- Record the outcomes of jobs of one type that a holder holds, then claim its next ones.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 type, 3 type as JSON, 4 holder, 5 fence of this call's claims,
--       6 lease duration in ms, 7 worker id up to its number, 8 tokens already taken from the list,
--       9 number n of free slots, then n slot numbers, then the outcomes, each of them
--         id, fence, kind, attempts made, and by kind
--           d  completed: nothing more
--           c  completed with a result: the result as JSON
--           x  completed, to be removed: the result or null
--           f  failed for good | i retry at once | w retry after a wait:
--              error, its first line, wait in ms, event message "error", event message of the failure
--           r  given back unstarted: nothing more
--         A fence of 'ttl' stands for: whoever holds it, if its ttl is over.
-- Returns { verdicts, jobs }: verdicts is a text with one digit for each outcome: 1 recorded, 0 not
--         held (any more), 2 ttl not over yet, 3 removed meanwhile; jobs is one MessagePack text, an
--         array of { field, value, …, id, slot }: as a reply of its own each text would cost both
--         sides more than all of them in one.
-- Invariant: a job that is held is in jobs:active with state active, and nobody but the holder
--         whose fence is in the lease moves it. An outcome is recorded once or not at all.
also_when_full()
local try = redis.pcall
local TYPE, HOLDER, FENCE = ARGV[2], ARGV[4], ARGV[5]
local lease = P .. 'rekue:lease:' .. HOLDER
local leases = P .. 'rekue:leases'
local by_type = P .. 'jobs:' .. TYPE .. ':'
local tokens = P .. TYPE .. ':jobs'
local taken = tonumber(ARGV[8])
local slots = tonumber(ARGV[9])
local first = 10 + slots

-- The fences of all jobs at once.
local LENGTH = { d = 4, c = 5, x = 5, f = 9, i = 9, w = 9, r = 4 }
local fences, asked = {}, {}
local at = first
while ARGV[at] do
  asked[#asked + 1] = ARGV[at]
  at = at + LENGTH[ARGV[at + 2]]
end
for from = 1, #asked, 4000 do
  local to = math.min(from + 3999, #asked)
  local part = call('HMGET', lease, unpack(asked, from, to))
  for i = from, to do fences[asked[i]] = part[i - from + 1] end
end

-- A lease tells the fence and when the claim was made, which the job tells too (started_at). A
-- holder of many jobs makes it long, so that Redis keeps the leases in a table: the compact form
-- that it has for short values is searched from the beginning for each.
local LONG = string.rep(' ', 64)
local hold = FENCE .. '@' .. now_text
if slots > 16 then hold = hold .. LONG end

-- An event's message but for the id it begins with.
local function event(name, rest)
  return ',"event":"' .. name .. '","args":["' .. name .. '",' .. rest .. ']}'
end
local COMPLETE = event('complete', 'null,null')
local function publish(id, event)
  call('PUBLISH', EVENTS, '{"id":' .. (tonumber(id) and id or cjson.encode(id)) .. event)
end

local verdicts, judged = {}, 0
local out, released = {}, {}
local to_complete, to_failed, to_inactive, to_delayed, delayed_type = {}, {}, {}, {}, {}
local work_time, completed, new_tokens = 0, 0, 0

at = first
while ARGV[at] do
  local id, fence, kind, attempts = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local more = at + 4
  at = at + LENGTH[kind]
  local key, zid = P .. 'job:' .. id, member(id)
  local verdict = 0
  if fence == 'ttl' then
    local deadline = tonumber(call('ZSCORE', P .. 'jobs:active', zid) or '')
    if deadline and deadline >= 100000 then verdict = deadline <= now and 1 or 2 end
    -- Where this holder has it, its lease ends here: with a ttl that is over it cannot be another
    -- claim's.
    if verdict == 1 then released[#released + 1] = id end
  elseif fences[id] and string.sub(fences[id], 1, #fence + 1) == fence .. '@' then
    verdict = 1
    released[#released + 1] = id
  end
  local stored = verdict == 1 and try('HMGET', key, 'state', 'priority', 'started_at') or {}
  -- Somebody put another kind of key in its place: the job is gone, and leaves the sets.
  if stored.err then out[#out + 1] = zid end
  if verdict == 1 and stored[1] ~= 'active' then verdict = stored[1] and 0 or 3 end
  -- Moved by hand and claimed by somebody else meanwhile: it started at another time.
  if verdict == 1 and fence ~= 'ttl' then
    local mine = fence .. '@' .. (stored[3] or '')
    if fences[id] ~= mine and fences[id] ~= mine .. LONG then verdict = 0 end
  end
  judged = judged + 1
  verdicts[judged] = verdict
  if verdict == 1 then
    local priority = score(stored[2])
    out[#out + 1] = zid
    if kind == 'd' or kind == 'c' or kind == 'x' then
      local result = ARGV[more]
      local duration = math.max(0, now - (tonumber(stored[3]) or now))
      work_time = work_time + duration
      completed = completed + 1
      if kind == 'x' then
        call('DEL', key, key .. ':log')
        call('ZREM', P .. 'jobs', zid)
        unindex(id)
        publish(id, event('complete', result .. ',null'))
        publish(id, event('remove', ARGV[3]))
      else
        if kind == 'c' then
          call('HSET', key, 'duration', int(duration), 'result', result, 'progress', '100',
            'state', 'complete', 'attempts', attempts, 'updated_at', now_text)
          publish(id, event('complete', result .. ',null'))
        else
          call('HSET', key, 'duration', int(duration), 'progress', '100',
            'state', 'complete', 'attempts', attempts, 'updated_at', now_text)
          publish(id, COMPLETE)
        end
        local place = #to_complete
        to_complete[place + 1] = priority
        to_complete[place + 2] = zid
      end
    elseif kind == 'r' then
      call('HSET', key, 'state', 'inactive', 'updated_at', now_text)
      publish(id, event('enqueue', ARGV[3]))
      to_inactive[#to_inactive + 1] = priority
      to_inactive[#to_inactive + 1] = zid
      new_tokens = new_tokens + 1
    else
      local failure = ARGV[more]
      call('RPUSH', key .. ':log', ARGV[more + 1])
      call('PUBLISH', EVENTS, ARGV[more + 3])
      if kind == 'f' then
        call('HSET', key, 'error', failure, 'failed_at', now_text, 'state', 'failed',
          'attempts', attempts, 'updated_at', now_text)
        to_failed[#to_failed + 1] = priority
        to_failed[#to_failed + 1] = zid
      elseif kind == 'i' then
        call('HSET', key, 'error', failure, 'failed_at', now_text, 'state', 'inactive',
          'attempts', attempts, 'updated_at', now_text)
        to_inactive[#to_inactive + 1] = priority
        to_inactive[#to_inactive + 1] = zid
        new_tokens = new_tokens + 1
        publish(id, event('enqueue', ARGV[3]))
      else
        local delay = tonumber(ARGV[more + 2]) or 0
        local due = int(now + delay)
        call('HSET', key, 'error', failure, 'failed_at', now_text, 'state', 'delayed',
          'attempts', attempts, 'delay', int(delay), 'promote_at', due, 'updated_at', now_text)
        to_delayed[#to_delayed + 1] = due
        to_delayed[#to_delayed + 1] = zid
        delayed_type[#delayed_type + 1] = priority
        delayed_type[#delayed_type + 1] = zid
      end
      call('PUBLISH', EVENTS, ARGV[more + 4])
    end
  end
end

if #out > 0 then
  call_many('ZREM', P .. 'jobs:active', out)
  call_many('ZREM', by_type .. 'active', out)
  call_many('ZADD', P .. 'jobs:complete', to_complete)
  call_many('ZADD', by_type .. 'complete', to_complete)
  call_many('ZADD', P .. 'jobs:failed', to_failed)
  call_many('ZADD', by_type .. 'failed', to_failed)
  call_many('ZADD', P .. 'jobs:inactive', to_inactive)
  call_many('ZADD', by_type .. 'inactive', to_inactive)
  call_many('ZADD', P .. 'jobs:delayed', to_delayed)
  call_many('ZADD', by_type .. 'delayed', delayed_type)
  if completed > 0 then call('INCRBY', P .. 'stats:work-time', int(work_time)) end
end
if #released > 0 then
  call_many('HDEL', lease, released)
  if call('EXISTS', P .. 'rekue:lost') == 1 then call_many('HDEL', P .. 'rekue:lost', released) end
end
add_tokens(tokens, new_tokens)

local jobs = {}
if slots > 0 then
  local started = event('start', ARGV[3] .. ',null')
  local claimed, active, active_type, holds = {}, {}, {}, {}
  -- An id without a job is dropped from its sets and another one takes its place.
  repeat
    local zids = call('ZRANGE', by_type .. 'inactive', 0, slots - #jobs - 1)
    for _, zid in ipairs(zids) do
      local id = id_of(zid)
      local key = P .. 'job:' .. id
      claimed[#claimed + 1] = zid
      local stored = try('HGETALL', key)
      if stored.err or not stored[1] then
        call('ZREM', P .. 'jobs', zid)
      else
        local priority, ttl
        for i = 1, #stored, 2 do
          if stored[i] == 'priority' then priority = stored[i + 1]
          elseif stored[i] == 'ttl' then ttl = stored[i + 1] end
        end
        local count = #jobs
        local slot = ARGV[10 + count]
        call('HSET', key, 'state', 'active', 'started_at', now_text, 'workerId', ARGV[7] .. slot,
          'updated_at', now_text)
        publish(id, started)
        local place = 2 * count
        active[place + 1] = active_score(priority, ttl)
        active[place + 2] = zid
        active_type[place + 1] = score(priority)
        active_type[place + 2] = zid
        holds[place + 1] = id
        holds[place + 2] = hold
        local last = #stored
        stored[last + 1] = id
        stored[last + 2] = slot
        jobs[count + 1] = stored
      end
    end
    if #zids > 0 then
      call_many('ZREM', P .. 'jobs:inactive', zids)
      call_many('ZREM', by_type .. 'inactive', zids)
    end
  until #zids == 0 or #jobs == slots
  if #jobs > 0 then
    call_many('ZADD', P .. 'jobs:active', active)
    call_many('ZADD', by_type .. 'active', active_type)
    call_many('HSET', lease, holds)
    call('ZADD', leases, int(now + tonumber(ARGV[6])), HOLDER)
  end
  -- One token goes with each job. With no job left every token is stale.
  if #jobs < slots then
    call('DEL', tokens)
  elseif #claimed > taken then
    redis.pcall('LTRIM', tokens, #claimed - taken, -1)
  end
elseif taken > 0 then
  -- Woken for nothing: somebody else may want the tokens.
  add_tokens(tokens, taken)
end
if #jobs == 0 and #released > 0 and call('EXISTS', lease) == 0 then call('ZREM', leases, HOLDER) end

return { table.concat(verdicts), #jobs > 0 and cmsgpack.pack(jobs) }
