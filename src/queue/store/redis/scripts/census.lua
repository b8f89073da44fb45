-- Count what waits, and the wake-up tokens beside it.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 'look' or 'mend', then type, how many tokens it may get, …
-- Returns { members of jobs:inactive, of all jobs:TYPE:inactive together, leftovers of leases, then
--         type, tokens, waiting, … of the types whose numbers differ }.
-- Invariant: tokens are hints. A type gets no more than it lacks, and loses what it has too many,
--         which is always safe: a token without a job only wakes somebody for nothing.
local MEND = ARGV[2] == 'mend'
local may_get = {}
for at = 3, #ARGV, 2 do may_get[ARGV[at]] = tonumber(ARGV[at + 1]) end
local sum, differ = 0, {}
for _, job_type in ipairs(call('SMEMBERS', P .. 'job:types')) do
  local list = P .. job_type .. ':jobs'
  local waiting = call('ZCARD', P .. 'jobs:' .. job_type .. ':inactive')
  local tokens = try('LLEN', list)
  sum = sum + waiting
  -- A key of another kind is none of ours.
  if type(tokens) == 'number' and tokens ~= waiting then
    for _, value in ipairs({ job_type, tokens, waiting }) do differ[#differ + 1] = value end
    if MEND then
      for _ = 1, math.min(may_get[job_type] or 0, waiting - tokens) do call('LPUSH', list, '1') end
      if tokens > waiting then call('LTRIM', list, tokens - waiting, -1) end
    end
  end
end
-- Losses are remembered of jobs that are still to run.
local leftovers = 0
local lost = P .. 'rekue:lost'
for _, id in ipairs(try('HKEYS', lost)) do
  local state = try('HGET', P .. 'job:' .. id, 'state')
  if type(state) == 'table' and not is_foreign(state) then return state end
  if type(state) ~= 'string' or state == 'complete' or state == 'failed' then
    leftovers = leftovers + 1
    if MEND then call('HDEL', lost, id) end
  end
end
local result = { call('ZCARD', P .. 'jobs:inactive'), sum, leftovers }
for _, value in ipairs(differ) do result[#result + 1] = value end
return result
