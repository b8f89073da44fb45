-- Version 1 of the tables of one queue. They bear these names for the prefix `q`, and
-- "PREFIX:name" for another (see tables.rs), so that one file holds several queues.
--
-- Columns without a type keep what they are given: Kue's `job.set` writes any text into any field.

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  type INTEGER NOT NULL,
  state INTEGER NOT NULL,        -- 0 inactive, 1 active, 2 complete, 3 failed, 4 delayed
  priority REAL NOT NULL,
  created_at, updated_at, promote_at,
  started_at, failed_at, duration,
  attempts, max_attempts, delay, ttl, progress,
  deadline,                      -- of an active job with a ttl: when it is over
  holder INTEGER, fence INTEGER, -- who holds an active job; null: nobody with a lease
  lost INTEGER,                  -- how often its worker was lost
  worker INTEGER, slot INTEGER,  -- who claimed it last; or, as text that somebody wrote:
  worker_id,
  remove_on_complete, backoff, data, progress_data, result, error,
  extra                          -- further fields, a JSON object
);

-- The order of claims and of listings; with the id, which every index carries, it covers them.
CREATE INDEX jobs_by_place ON jobs (state, type, priority);
CREATE INDEX jobs_due ON jobs (promote_at) WHERE state = 4;

CREATE TABLE types (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

-- Kue's names of processes: far longer than a number in each job.
CREATE TABLE workers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

-- Numbers that would otherwise take a walk over the jobs.
CREATE TABLE counts (
  type INTEGER NOT NULL, state INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (type, state)
) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE logs (
  job INTEGER NOT NULL, n INTEGER NOT NULL, line TEXT NOT NULL,
  PRIMARY KEY (job, n)
) WITHOUT ROWID;

-- Leases. An id is never used twice, so a job's holder cannot be mistaken for a later one.
CREATE TABLE holders (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, expires INTEGER NOT NULL
);

-- Who wants to be told of changes, and through which socket.
CREATE TABLE peers (
  name TEXT PRIMARY KEY, bell TEXT, works INTEGER NOT NULL, listens INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Events for listeners in other processes: those of one transaction in one row, a line each.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, author TEXT NOT NULL,
  messages TEXT NOT NULL
);

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
