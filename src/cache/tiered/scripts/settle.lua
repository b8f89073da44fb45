-- End a load: store what it gave, unless the right to it was lost meanwhile.
--
-- KEYS  1 the entry, 2 its lock
-- ARGV  1 token of the loader, 2 text of the entry or '', 3 ms to keep it
-- Returns 1 where the right was still the loader's, else 0
-- Invariant: a value that was loaded before an invalidation is never stored after it.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
