-- Version 3: what a job's way through its states costs.
--
-- An index for each state in place of one for all: shorter entries in smaller trees, and a tree of a
-- page or two for the jobs that are active. Each holds the order of claims and of listings; with the
-- id, which every index carries, it covers them.
DROP INDEX jobs_by_place;
CREATE INDEX jobs_inactive ON jobs (type, priority) WHERE state = 0;
CREATE INDEX jobs_active ON jobs (type, priority) WHERE state = 1;
CREATE INDEX jobs_complete ON jobs (type, priority) WHERE state = 2;
CREATE INDEX jobs_failed ON jobs (type, priority) WHERE state = 3;
CREATE INDEX jobs_delayed ON jobs (type, priority) WHERE state = 4;

-- Bytes that mean nothing, until the job is claimed: about as many as its claim and its completion
-- write, so that its row then stays on its page, and pages that were filled once need not be split.
ALTER TABLE jobs ADD COLUMN room;
