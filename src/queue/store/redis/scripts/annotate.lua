-- Write progress, log lines and fields of jobs that exist; of others, nothing.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 the key by which a call that is sent again knows that it was here before, or '' where
--       that does no harm, 3 how long it stays, in ms, then 5 per note: id, kind and
--         p  progress in percent, data as JSON or '', event message
--         l  the line, '', ''
--         s  field, value, ''
--         t  '', '', '': the ttl of an active job starts anew, as it does with progress
--         e  error, its first line, event message
-- Returns how many notes were written; none where they were written before.
-- Invariant: a job that was removed is not brought back as a hash with two fields. No line is stored and
--         no event sent twice.
if ARGV[2] ~= '' and not call('SET', ARGV[2], '1', 'PX', ARGV[3], 'NX') then return 0 end
local written, failure = 0, nil
for at = 4, #ARGV, 5 do
  local id, kind = ARGV[at], ARGV[at + 1]
  local key = P .. 'job:' .. id
  local stored = try('HMGET', key, 'type', 'state', 'ttl')
  if stored.err then
    -- The notes of other jobs are written all the same.
    if not is_foreign(stored) then failure = stored end
  elseif stored[1] then
    written = written + 1
    local ttl = (kind == 'p' or kind == 't') and tonumber(stored[3] or '')
    if ttl and ttl > 0 and stored[2] == 'active' then
      call('ZADD', P .. 'jobs:active', 'XX', int(now + ttl), member(id))
    end
    if kind == 'p' then
      if ARGV[at + 3] ~= '' then
        call('HSET', key, 'progress', ARGV[at + 2], 'progress_data', ARGV[at + 3], 'updated_at', now_text)
      else
        call('HSET', key, 'progress', ARGV[at + 2], 'updated_at', now_text)
      end
      try('PUBLISH', EVENTS, ARGV[at + 4])
    elseif kind == 'l' then
      try('RPUSH', key .. ':log', ARGV[at + 2])
      call('HSET', key, 'updated_at', now_text)
    elseif kind == 'e' then
      call('HSET', key, 'error', ARGV[at + 2], 'updated_at', now_text)
      try('RPUSH', key .. ':log', ARGV[at + 3])
      try('PUBLISH', EVENTS, ARGV[at + 4])
    elseif kind == 's' then
      call('HSET', key, ARGV[at + 2], ARGV[at + 3])
    end
  end
end
return failure or written
