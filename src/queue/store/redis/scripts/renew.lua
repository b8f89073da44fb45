-- Renew a holder's lease, and find the holders whose lease has run out.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 holder, 3 lease duration in ms
-- Returns { 1 if the holder has a lease, now, holder that ran out, … }.
-- Invariant: only a lease that is there is renewed; one that was given up does not come back. None
--         ends later than a day from now, or a lease of this duration: where the server's clock was set
--         back, the jobs of a holder that died before would be kept for that long.
also_when_full()
-- Whoever lives renews more often (lease.rs), however long its leases are.
local LONGEST_MS = 24 * 3600 * 1000
local leases = P .. 'rekue:leases'
local mine = call('ZSCORE', leases, ARGV[2])
if mine then call('ZADD', leases, int(now + tonumber(ARGV[3])), ARGV[2]) end
local most = math.max(tonumber(ARGV[3]), LONGEST_MS)
for _, holder in ipairs(call('ZRANGEBYSCORE', leases, '(' .. int(now + most), '+inf', 'LIMIT', 0, 100)) do
  call('ZADD', leases, int(now + most), holder)
end
local expired = call('ZRANGEBYSCORE', leases, '-inf', now_text, 'LIMIT', 0, 100)
table.insert(expired, 1, now_text)
table.insert(expired, 1, mine and 1 or 0)
return expired
