-- Record the outcomes of jobs of one type that a holder holds, then claim its next ones.
-- claim-one.lua stands before this.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 type, 3 type as JSON, 4 holder, 5 fence of this call's claims,
--       6 lease duration in ms, 7 worker id up to its number, 8 tokens already taken from the list,
--       9 '1' where events may be heard on other servers, 10 number n of free slots, then n slot
--       numbers, then the outcomes, those that follow each other and are alike together:
--         kind, fence, attempts made, number n of jobs, then n times the id, and by kind
--           d  completed: nothing more
--           c  completed with a result: the result as JSON
--           x  completed, to be removed: the result or null
--           f  failed for good | i retry at once | w retry after a wait:
--              error, its first line, wait in ms, event message "error", event message of the failure
--           r  given back unstarted: nothing more
--         A fence of 'ttl' stands for: whoever holds it, if its ttl is over.
-- Returns { verdicts, now, jobs }: verdicts is a text with one digit for each outcome: 1 recorded, 0 not
--         held (any more), 2 ttl not over yet, 3 removed meanwhile; jobs is one MessagePack text, an
--         array of id, { value, … }, id, … for the slots in their order, with the values of the fields
--         named below, false for one that a job does not have: as a reply of its own each text would
--         cost both sides more than all of them in one.
-- Invariant: a job that is held is in jobs:active with state active, and nobody but the holder
--         whose fence is in the lease moves it. An outcome is recorded once or not at all.
--
-- This is the script on which Redis spends its time, so tables are filled by counting (# searches
-- for the end of its table), and what a call asks of Redis for each job is as little as can be.
also_when_full()
local find = string.find

-- The id in a member; a member that is none of Kue's is its own id.
local function id_of(zid)
  if sub(zid, 3, 3) == '|' then return sub(zid, 4) end
  return string.match(zid, '|(.*)$') or zid
end

-- An event's message but for the id it begins with.
local function event(name, rest)
  return ',"event":"' .. name .. '","args":["' .. name .. '",' .. rest .. ']}'
end

-- Events go out once the sets have taken the jobs that they tell of.
local events, news = {}, 0
local function tell(id, event)
  news = news + 1
  events[news] = '{"id":' .. (tonumber(id) and id or cjson.encode(id)) .. event
end

-- As call_many, but gives the error that stopped it.
local function try_many(command, key, list)
  local n = #list
  for first = 1, n, 4000 do
    local reply = try(command, key, unpack(list, first, math.min(first + 3999, n)))
    if type(reply) == 'table' then return reply end
  end
end

-- Whether anybody hears what is published. Composing and sending events is a good part of what a
-- busy queue costs Redis, and often nobody listens. Whoever subscribes does so before or after this
-- script, so none is kept from anybody. `elsewhere` is '1' where listeners may be on another server,
-- which this one cannot count.
local function is_heard(elsewhere)
  if elsewhere == '1' then return true end
  local counted = try('PUBSUB', 'NUMSUB', EVENTS)
  return counted.err ~= nil or counted[2] > 0 or try('PUBSUB', 'NUMPAT') ~= 0
end

-- To ask costs as much as an event or two.
local heard = (slots <= 1 and not ARGV[first + 6]) or is_heard(ARGV[9])

-- Redis keeps short hashes and sorted sets in a compact form that it searches from the beginning.
-- With many jobs in hand that is most of its work, so a long member that is there for a moment makes it
-- keep them in tables.
local LONG = string.rep(' ', 65)
local many = slots > 16

-- The fences of all jobs at once. An outcome takes so many arguments.
local WIDTH = { d = 1, c = 2, x = 2, f = 6, i = 6, w = 6, r = 1 }
local fences, asked, count = {}, {}, 0
local at = first
while ARGV[at] do
  local width, n = WIDTH[ARGV[at]], ARGV[at + 3] + 0
  at = at + 4
  for i = 1, n do
    asked[count + i] = ARGV[at]
    at = at + width
  end
  count = count + n
end
if count > 0 and count <= 4000 then
  fences = call('HMGET', lease, unpack(asked))
else
  for from = 1, count, 4000 do
    local to = math.min(from + 3999, count)
    local part = call('HMGET', lease, unpack(asked, from, to))
    for i = from, to do fences[i] = part[i - from + 1] end
  end
end

-- Whether a lease tells this fence and this time. Jobs of one claim mostly come back together.
local known_lease, known_fence, known_start
local function is_claim(held, fence, start)
  if held == known_lease and fence == known_fence and start == known_start then return true end
  if held ~= fence .. '@' .. (start or '') then return false end
  known_lease, known_fence, known_start = held, fence, start
  return true
end

-- Why this call ends before its time: something could not be read. What was decided until then is
-- written; the rest is asked for again. Where a set does not take its jobs, the step is taken back.
local failure

-- Whether the claim of a job names this worker.
local function is_by_us(key)
  local by = try('HGET', key, 'workerId')
  if type(by) == 'table' then
    failure = by
    return false
  end
  return by and sub(by, 1, #ARGV[7]) == ARGV[7]
end

local COMPLETE = event('complete', 'null,null')

-- How long a job ran: those of one claim began together.
local ran, known_ran
local function duration_of(start)
  if start ~= ran then
    ran, known_ran = start, math.max(0, now - (tonumber(start) or now))
  end
  return known_ran
end

local verdicts, judged = {}, 0
local out, outs, released, releases = {}, 0, {}, 0
local to_complete, completes = {}, 0
local to_failed, to_inactive, to_delayed, delayed_type = {}, {}, {}, {}
local work_time, completed, new_tokens = 0, 0, 0
local leaving, goes, doomed

local kind, fence, attempts, width, told
local alike = 0
at = first
while ARGV[at] do
  if alike == 0 then
    kind, fence, attempts, alike = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3] + 0
    width, told = WIDTH[kind], fence .. '@'
    at = at + 4
  end
  alike = alike - 1
  local id, more = ARGV[at], at + 1
  at = at + width
  judged = judged + 1
  local key, zid, held = JOB .. id, member(id), fences[judged]
  local verdict = '0'
  if fence == 'ttl' then
    local placed = try('ZSCORE', P .. 'jobs:active', zid)
    if type(placed) == 'table' then
      failure = placed
      break
    end
    local deadline = tonumber(placed or '')
    if deadline and deadline >= 100000 then verdict = deadline <= now and '1' or '2' end
  elseif held and find(held, told, 1, true) == 1 then
    verdict = '1'
  end
  local stored
  local is_held = verdict == '1'
  if is_held then
    stored = try('HMGET', key, 'state', 'priority', 'started_at')
    if stored.err then
      if is_foreign(stored) then
        -- The job is gone, and leaves the sets.
        outs = outs + 1
        out[outs] = zid
        verdict = '3'
      else
        failure = stored
      end
    elseif stored[1] ~= 'active' then
      verdict = stored[1] and '0' or '3'
    -- Moved by hand and claimed by somebody else meanwhile: it started at another time.
    elseif fence ~= 'ttl' and not is_claim(held, fence, stored[3]) then
      verdict = '0'
    -- ... or in the same millisecond: what is given back must not be taken out of somebody's hands.
    elseif kind == 'r' and not is_by_us(key) then
      verdict = '0'
    end
  end
  if failure then break end
  if is_held then
    -- Where it is over by its ttl and this holder has it, the lease ends here: it cannot be another
    -- claim's.
    releases = releases + 1
    released[releases] = id
  end
  verdicts[judged] = verdict
  if verdict == '1' then
    local priority = score(stored[2])
    outs = outs + 1
    out[outs] = zid
    if kind == 'd' or kind == 'c' or kind == 'x' then
      local result = ARGV[more]
      local duration = duration_of(stored[3])
      work_time = work_time + duration
      completed = completed + 1
      if kind == 'x' then
        if not goes then leaving, goes, doomed = {}, 0, {} end
        goes = goes + 1
        leaving[goes] = zid
        doomed[2 * goes - 1] = key
        doomed[2 * goes] = key .. ':log'
        -- Not in hand any more, should it be told of twice.
        call('HSET', key, 'state', 'complete')
        if heard then
          tell(id, event('complete', result .. ',null'))
          tell(id, event('remove', ARGV[3]))
        end
      else
        if kind == 'c' then
          call('HSET', key, 'duration', int(duration), 'result', result, 'progress', '100',
            'state', 'complete', 'attempts', attempts, 'updated_at', now_text)
          if heard then tell(id, event('complete', result .. ',null')) end
        else
          call('HSET', key, 'duration', int(duration), 'progress', '100',
            'state', 'complete', 'attempts', attempts, 'updated_at', now_text)
          if heard then tell(id, COMPLETE) end
        end
        to_complete[completes + 1] = priority
        to_complete[completes + 2] = zid
        completes = completes + 2
      end
    elseif kind == 'r' then
      call('HSET', key, 'state', 'inactive', 'updated_at', now_text)
      if heard then tell(id, event('enqueue', ARGV[3])) end
      to_inactive[#to_inactive + 1] = priority
      to_inactive[#to_inactive + 1] = zid
      new_tokens = new_tokens + 1
    else
      local reason = ARGV[more]
      if heard then
        news = news + 1
        events[news] = ARGV[more + 3]
      end
      if kind == 'f' then
        call('HSET', key, 'error', reason, 'failed_at', now_text, 'state', 'failed',
          'attempts', attempts, 'updated_at', now_text)
        to_failed[#to_failed + 1] = priority
        to_failed[#to_failed + 1] = zid
      elseif kind == 'i' then
        call('HSET', key, 'error', reason, 'failed_at', now_text, 'state', 'inactive',
          'attempts', attempts, 'updated_at', now_text)
        to_inactive[#to_inactive + 1] = priority
        to_inactive[#to_inactive + 1] = zid
        new_tokens = new_tokens + 1
        if heard then tell(id, event('enqueue', ARGV[3])) end
      else
        local delay = tonumber(ARGV[more + 2]) or 0
        local due = int(now + delay)
        call('HSET', key, 'error', reason, 'failed_at', now_text, 'state', 'delayed',
          'attempts', attempts, 'delay', int(delay), 'promote_at', due, 'updated_at', now_text)
        to_delayed[#to_delayed + 1] = due
        to_delayed[#to_delayed + 1] = zid
        delayed_type[#delayed_type + 1] = priority
        delayed_type[#delayed_type + 1] = zid
      end
      try('RPUSH', key .. ':log', ARGV[more + 1])
      if heard then
        news = news + 1
        events[news] = ARGV[more + 4]
      end
    end
  end
end

if outs > 0 then
  -- First what the jobs enter: a job that is in a set too many is found again, one in none is not.
  local failed = try_many('ZADD', P .. 'jobs:complete', to_complete)
    or try_many('ZADD', by_type .. 'complete', to_complete)
    or try_many('ZADD', P .. 'jobs:failed', to_failed)
    or try_many('ZADD', by_type .. 'failed', to_failed)
    or try_many('ZADD', P .. 'jobs:inactive', to_inactive)
    or try_many('ZADD', by_type .. 'inactive', to_inactive)
    or try_many('ZADD', P .. 'jobs:delayed', to_delayed)
    or try_many('ZADD', by_type .. 'delayed', delayed_type)
    or goes and try_many('ZREM', P .. 'jobs', leaving)
    or try_many('ZREM', P .. 'jobs:active', out)
    or try_many('ZREM', by_type .. 'active', out)
  if failed then
    -- Somebody's key of another kind stands in the place of a set, or this user may not write to it. The
    -- jobs are in hand as before, and their outcomes are told again.
    at, alike = first, 0
    for n = 1, #verdicts do
      if alike == 0 then
        kind, alike = ARGV[at], ARGV[at + 3] + 0
        width, at = WIDTH[kind], at + 4
      end
      alike = alike - 1
      local id = ARGV[at]
      at = at + width
      if verdicts[n] == '1' then
        local key, zid = JOB .. id, member(id)
        local priority, ttl = unpack(try('HMGET', key, 'priority', 'ttl'))
        try('HSET', key, 'state', 'active')
        if kind == 'f' or kind == 'i' or kind == 'w' then try('LTRIM', key .. ':log', 0, -2) end
        for _, state in ipairs({ 'complete', 'failed', 'inactive', 'delayed' }) do
          try('ZREM', P .. 'jobs:' .. state, zid)
          try('ZREM', by_type .. state, zid)
        end
        try('ZADD', P .. 'jobs', 'NX', score(priority), zid)
        try('ZADD', P .. 'jobs:active', 'NX', active_score(priority, ttl), zid)
        try('ZADD', by_type .. 'active', 'NX', score(priority), zid)
      end
    end
    return failed
  end
  if goes then
    call_many('DEL', P .. 'rekue:nothing', doomed)
    for i = 1, goes do unindex(id_of(leaving[i])) end
  end
  for i = 1, news do try('PUBLISH', EVENTS, events[i]) end
  news = 0
  if completed > 0 then try('INCRBY', P .. 'stats:work-time', int(work_time)) end
end
if releases > 0 then
  call_many('HDEL', lease, released)
  local losses = try('HLEN', P .. 'rekue:lost')
  if type(losses) == 'number' and losses > 0 then call_many('HDEL', P .. 'rekue:lost', released) end
end
add_tokens(tokens, new_tokens)
if failure then return failure end

local jobs, claims = {}, 0
if slots > 0 then
  local started = event('start', ARGV[3] .. ',null')
  local active, active_type, holds, marks = {}, {}, {}, 0
  local popped, left = 0, nil
  if many then
    active[1], active[2], active_type[1], active_type[2], marks = '0', LONG, '0', LONG, 2
    holds[1], holds[2] = LONG, ''
  end
  -- An id without a job is dropped from its sets and another one takes its place. Where a job cannot
  -- be read it stays where it is: those before it are claimed, and the next call tells why it goes no
  -- further.
  repeat
    local zids = waiting or call('ZRANGE', by_type .. 'inactive', popped, popped + slots - claims - 1)
    waiting = nil
    for i, zid in ipairs(zids) do
      local id = id_of(zid)
      local key = JOB .. id
      local stored = try('HMGET', key, 'priority', 'ttl', 'data', 'created_at', 'promote_at',
        'max_attempts', 'delay', 'backoff', 'removeOnComplete', 'started_at', 'progress', 'error')
      local is_gone = false
      if stored.err or not (stored[3] or stored[4]) then
        local there = stored.err and stored or try('EXISTS', key)
        is_gone = there == 0
        if type(there) == 'table' then
          is_gone = is_foreign(there)
          if not is_gone then failure = there end
        end
      end
      if failure then
        for rest = #zids, i, -1 do zids[rest] = nil end
        break
      end
      popped = popped + 1
      if is_gone then
        try('ZREM', P .. 'jobs', zid)
      else
        -- Most have never been in hand, and have no more than that.
        if stored[10] or stored[11] or stored[12] then
          local more = call('HMGET', key, 'attempts', 'progress_data', 'failed_at', 'result', 'duration')
          for field = 1, 5 do stored[12 + field] = more[field] end
        end
        local priority, ttl = stored[1], stored[2]
        local place = 2 * claims
        claims = claims + 1
        call('HSET', key, 'state', 'active', 'started_at', now_text, 'workerId',
          ARGV[7] .. ARGV[10 + claims], 'updated_at', now_text)
        if heard then tell(id, started) end
        active[marks + place + 1] = active_score(priority, ttl)
        active[marks + place + 2] = zid
        active_type[marks + place + 1] = score(priority)
        active_type[marks + place + 2] = zid
        holds[marks + place + 1] = id
        holds[marks + place + 2] = hold
        jobs[place + 1] = id
        jobs[place + 2] = stored
      end
    end
    if not left then
      left = zids
    else
      for i = 1, #zids do left[popped - #zids + i] = zids[i] end
    end
  until not zids[1] or claims == slots or failure
  -- As with outcomes: first what the jobs enter, and the lease, without which nobody gives them back.
  local failed
  if claims > 0 then
    failed = try_many('HSET', lease, holds)
      or try_many('ZADD', P .. 'jobs:active', active)
      or try_many('ZADD', by_type .. 'active', active_type)
    if many then
      try('ZREM', P .. 'jobs:active', LONG)
      try('ZREM', by_type .. 'active', LONG)
      try('HDEL', lease, LONG)
    end
    local reply = failed or try('ZADD', leases, int(now + tonumber(ARGV[6])), HOLDER)
    if type(reply) == 'table' then failed = reply end
  end
  if popped > 0 and not failed then
    failed = try_many('ZREM', P .. 'jobs:inactive', left)
    -- They are the first ones still.
    local reply = failed or try('ZREMRANGEBYRANK', by_type .. 'inactive', 0, popped - 1)
    if type(reply) == 'table' then failed = reply end
  end
  if failed then
    -- They wait as before.
    for i = 1, claims do
      local id, stored = jobs[2 * i - 1], jobs[2 * i]
      local key, zid = JOB .. id, active[marks + 2 * i]
      try('HSET', key, 'state', 'inactive')
      if stored[10] then
        try('HSET', key, 'started_at', stored[10])
      else
        try('HDEL', key, 'started_at', 'workerId')
      end
      try('HDEL', lease, id)
      try('ZREM', P .. 'jobs:active', zid)
      try('ZREM', by_type .. 'active', zid)
      try('ZADD', P .. 'jobs:inactive', 'NX', score(stored[1]), zid)
      try('ZADD', by_type .. 'inactive', 'NX', score(stored[1]), zid)
    end
    if try('EXISTS', lease) == 0 then try('ZREM', leases, HOLDER) end
    return failed
  end
  for i = 1, news do try('PUBLISH', EVENTS, events[i]) end
  if failure and claims == 0 then return failure end
  -- One token goes with each job. With no job left every token is stale.
  if claims < slots and not failure then
    call('DEL', tokens)
  elseif popped > taken then
    try('LTRIM', tokens, popped - taken, -1)
  end
elseif taken > 0 then
  -- Woken for nothing: somebody else may want the tokens.
  add_tokens(tokens, taken)
end
if claims == 0 and releases > 0 and call('EXISTS', lease) == 0 then call('ZREM', leases, HOLDER) end

return { table.concat(verdicts), now_text, claims > 0 and cmsgpack.pack(jobs) }
