-- Judge jobs by id: whether what the sets say of each agrees with the job itself. Mend what does not.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 'look' or 'mend', 3 'all' or 'orphans' (judge only ids without a job), then ids;
--       or 'members', then members of sets that are not as Kue writes them
-- Returns { id, what is wrong, fingerprint, … } of those with something wrong:
--         unlisted    it waits, but in no set of its type, where workers look
--         unplaced    it is missing in a set of its state, or among all jobs
--         misplaced   it is in a set of another state too
--         unfinished  whoever saved it died before it had a state
--         orphan      sets or a log of a job that is not there
-- Invariant: the job's own hash decides; nothing is done to one that agrees with its sets, and none
--         changes its state, but for one that has none. An active job stays active: its worker, which
--         may be a Kue process without a lease, goes on.
-- A Kue process that takes a job has it look unlisted for a moment, and one that saves it unfinished:
-- mend only what was the same, by its fingerprint, a good while before.
local MEND, ONLY_ORPHANS, MEMBERS = ARGV[2] == 'mend', ARGV[3] ~= 'all', ARGV[3] == 'members'
local STATES = { 'inactive', 'active', 'complete', 'failed', 'delayed' }
local known = {}
for _, state in ipairs(STATES) do known[state] = true end
local types
local found = {}

-- The sets, without those of `except`, in which a job is found.
local function sets_with(zid, type_names, except)
  local sets = {}
  for _, state in ipairs(STATES) do
    if state ~= except then
      sets[#sets + 1] = P .. 'jobs:' .. state
      for _, type in ipairs(type_names) do sets[#sets + 1] = P .. 'jobs:' .. type .. ':' .. state end
    end
  end
  if not except then sets[#sets + 1] = P .. 'jobs' end
  local with = {}
  for _, set in ipairs(sets) do
    if call('ZSCORE', set, zid) then with[#with + 1] = set end
  end
  return with
end

local function all_types()
  types = types or call('SMEMBERS', P .. 'job:types')
  return types
end

for at = 4, #ARGV do
  local id, zid = ARGV[at], ARGV[at]
  if MEMBERS then id = string.match(zid, '|(.*)$') or zid else zid = member(id) end
  local key = P .. 'job:' .. id
  local stored = try('HMGET', key, 'type', 'state', 'priority', 'data', 'promote_at', 'ttl',
    'updated_at', 'delay')
  if stored.err and not is_foreign(stored) then return stored end
  local type, state = stored[1], stored[2]
  local wrong
  if stored.err or not type or (not known[state or ''] and not stored[4]) then
    -- No job, or too little of one: its save was never acknowledged.
    local sets = sets_with(zid, all_types())
    -- What such a member seems to lead to is judged by its own id.
    local has_log = not MEMBERS and call('EXISTS', key .. ':log') == 1
    local has_rest = not MEMBERS and not stored.err and call('EXISTS', key) == 1
    if #sets > 0 or has_log or has_rest then
      wrong = 'orphan'
      if MEND then
        for _, set in ipairs(sets) do call('ZREM', set, zid) end
        if not MEMBERS then
          call('DEL', key .. ':log')
          unindex(id)
        end
        -- A key of another kind in a job's place is not ours.
        if has_rest then call('DEL', key) end
      end
    end
  elseif not ONLY_ORPHANS then
    local priority = score(stored[3])
    if not known[state or ''] then
      wrong = 'unfinished'
      state = (tonumber(stored[8] or '') or 0) > 0 and 'delayed' or 'inactive'
      if MEND then call('HSET', key, 'state', state, 'updated_at', now_text) end
    end
    local by_state, by_type = P .. 'jobs:' .. state, P .. 'jobs:' .. type .. ':' .. state
    local missing = {}
    for _, set in ipairs({ P .. 'jobs', by_state, by_type }) do
      if not call('ZSCORE', set, zid) then missing[#missing + 1] = set end
    end
    local elsewhere = sets_with(zid, { type }, state)
    local unknown_type = call('SISMEMBER', P .. 'job:types', type) == 0
    if not wrong and #missing == 1 and missing[1] == by_type and state == 'inactive' then
      wrong = 'unlisted'
    elseif not wrong and (#missing > 0 or unknown_type) then
      wrong = 'unplaced'
    elseif not wrong and #elsewhere > 0 then
      wrong = 'misplaced'
    end
    if wrong and MEND then
      call('SADD', P .. 'job:types', type)
      for _, set in ipairs(elsewhere) do call('ZREM', set, zid) end
      for _, set in ipairs(missing) do
        local place = priority
        if set == by_state and state == 'delayed' then
          local due = score(stored[5])
          place = due == '0' and now_text or due
        elseif set == by_state and state == 'active' then
          place = active_score(priority, stored[6])
        end
        call('ZADD', set, place, zid)
        if set == by_type and state == 'inactive' then add_tokens(P .. type .. ':jobs', 1) end
      end
    end
  end
  if wrong then
    found[#found + 1] = ARGV[at]
    found[#found + 1] = wrong
    found[#found + 1] = (stored[2] or '') .. '@' .. (stored[7] or '')
  end
end
return found
