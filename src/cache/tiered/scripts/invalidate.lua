-- Delete an entry, take the right from whoever is loading it, and tell every process.
--
-- KEYS  1 the entry, 2 its lock
-- ARGV  1 channel, 2 the key as processes know it
-- Returns how many processes were told
-- Invariant: no process keeps what it had, or loads now, of the key.
redis.call('DEL', KEYS[1], KEYS[2])
return redis.call('PUBLISH', ARGV[1], ARGV[2])
