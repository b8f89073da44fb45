-- Renew a holder's lease, and find the holders whose lease has run out.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 holder, 3 lease duration in ms
-- Returns { 1 if the holder has a lease, now, holder that ran out, … }.
-- Invariant: only a lease that is there is renewed; one that was given up does not come back.
also_when_full()
local leases = P .. 'rekue:leases'
local mine = call('ZSCORE', leases, ARGV[2])
if mine then call('ZADD', leases, int(now + tonumber(ARGV[3])), ARGV[2]) end
local expired = call('ZRANGEBYSCORE', leases, '-inf', now_text, 'LIMIT', 0, 100)
table.insert(expired, 1, now_text)
table.insert(expired, 1, mine and 1 or 0)
return expired
