-- Make the delayed jobs that are due inactive.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 how many at the most
-- Returns { number promoted, now, when the next one is due or -1 }.
-- Invariant: a job leaves the delayed sets and enters the inactive ones in the same step, so it is
--         promoted once however many processes look. While a Kue process promotes, nothing.
also_when_full()
local zids = call('ZRANGEBYSCORE', P .. 'jobs:delayed', '-inf', now_text, 'LIMIT', 0, ARGV[2])
local promoted = 0
-- Kue is done in a few ms, as a rule.
if #zids > 0 and kue_holds('promotion') then return { 0, now, now + 5 } end
for _, zid in ipairs(zids) do
  local id = string.match(zid, '|(.*)$') or zid
  local key = P .. 'job:' .. id
  local stored = try('HMGET', key, 'type', 'priority')
  if stored.err and not is_foreign(stored) then return stored end
  if stored.err or not stored[1] then
    call('ZREM', P .. 'jobs:delayed', zid)
    call('ZREM', P .. 'jobs', zid)
  else
    local by_type = P .. 'jobs:' .. stored[1] .. ':'
    local priority = score(stored[2])
    -- The last one is what the job is found by: where one before it is refused, the next look goes on.
    call('ZREM', by_type .. 'delayed', zid)
    call('HSET', key, 'state', 'inactive', 'updated_at', now_text)
    call('ZADD', P .. 'jobs:inactive', priority, zid)
    call('ZADD', by_type .. 'inactive', priority, zid)
    call('ZREM', P .. 'jobs:delayed', zid)
    add_tokens(P .. stored[1] .. ':jobs', 1)
    try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"promotion","args":["promotion"]}')
    try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"enqueue","args":["enqueue",' .. cjson.encode(stored[1]) .. ']}')
    promoted = promoted + 1
  end
end
local next_due = call('ZRANGE', P .. 'jobs:delayed', 0, 0, 'WITHSCORES')
return { promoted, now, next_due[2] and math.floor(tonumber(next_due[2])) or -1 }
