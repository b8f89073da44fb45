-- A queue as schema 2 left it, in every state that a job can be in. `@` stands for what its prefix
-- puts before a name. It is a copy on purpose: it stays as it is when the schema's own text moves on.

CREATE TABLE "@jobs" (
  id INTEGER PRIMARY KEY,
  type INTEGER NOT NULL,
  state INTEGER NOT NULL,
  priority REAL NOT NULL,
  created_at, updated_at, promote_at,
  started_at, failed_at, duration,
  attempts, max_attempts, delay, ttl, progress,
  deadline,
  holder INTEGER, fence INTEGER,
  lost INTEGER,
  worker INTEGER, slot INTEGER,
  worker_id,
  remove_on_complete, backoff, data, progress_data, result, error,
  extra
);
CREATE INDEX "@jobs_by_place" ON "@jobs" (state, type, priority);
CREATE INDEX "@jobs_due" ON "@jobs" (promote_at) WHERE state = 4;
CREATE TABLE "@types" (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE "@workers" (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE "@counts" (
  type INTEGER NOT NULL, state INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (type, state)
) WITHOUT ROWID;
CREATE TABLE "@counters" (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE "@logs" (
  job INTEGER NOT NULL, n INTEGER NOT NULL, line TEXT NOT NULL,
  PRIMARY KEY (job, n)
) WITHOUT ROWID;
CREATE TABLE "@holders" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, expires INTEGER NOT NULL
);
CREATE TABLE "@peers" (
  name TEXT PRIMARY KEY, bell TEXT, works INTEGER NOT NULL, listens INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE "@events" (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, author TEXT NOT NULL,
  messages TEXT NOT NULL
);
CREATE TABLE "@settings" (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE "@words" (
  word TEXT NOT NULL, job INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (word, job)
) WITHOUT ROWID;
CREATE INDEX "@words_by_job" ON "@words" (job);

INSERT INTO "@types" VALUES (1, 'mail'), (2, 'video');
INSERT INTO "@workers" VALUES (1, 'kue:host:77:abc');
-- One whose lease ran out long ago, one whose lease is good for centuries.
INSERT INTO "@holders" VALUES (3, 'gone', 1700000000000), (4, 'here', 99999999999999);
INSERT INTO "@settings" VALUES ('colour', 'blue');

-- Inactive: as added, with every option, and lower and higher in priority.
INSERT INTO "@jobs" (id, type, state, priority, created_at, updated_at, promote_at, data)
VALUES
  (1, 1, 0, 0, 1700000000001, 1700000000001, 1700000000001, '{"n":1}'),
  (2, 1, 0, 0, 1700000000002, 1700000000002, 1700000000002, '{"n":2}'),
  (4, 1, 0, 10, 1700000000004, 1700000000004, 1700000000004, '{"n":4}');
INSERT INTO "@jobs" (id, type, state, priority, created_at, updated_at, promote_at, max_attempts,
  attempts, ttl, remove_on_complete, backoff, data, error, failed_at, extra)
VALUES (3, 1, 0, -10.5, 1700000000003, 1700000000500, 1700000000003, 5, 1, 60000, 'true',
  '{"type":"fixed","delay":7}', '{"text":"ü \"x\""}', 'Error: once', 1700000000400,
  '{"colour":"red"}');
-- Active: of the one that is gone, of the one that is here, and without a lease.
INSERT INTO "@jobs" (id, type, state, priority, created_at, updated_at, promote_at, started_at,
  deadline, ttl, holder, fence, lost, worker, slot, progress, progress_data, data)
VALUES
  (5, 1, 1, 0, 1700000000005, 1700000001000, 1700000000005, 1700000001000,
    NULL, NULL, 3, 8, 1, 1, 0, NULL, NULL, '{"n":5}'),
  (6, 2, 1, 0, 1700000000006, 1700000001000, 1700000000006, 1700000001000,
    99999999999999, 60000, 4, 9, NULL, 1, 2, 40, '"half"', '{"n":6}'),
  (7, 2, 1, -5, 1700000000007, 1700000001000, 1700000000007, 1700000001000,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"n":7}');
-- Complete, failed, delayed (one of them is due).
INSERT INTO "@jobs" (id, type, state, priority, created_at, updated_at, promote_at, started_at,
  duration, attempts, progress, worker, slot, result, data)
VALUES (8, 2, 2, 0, 1700000000008, 1700000002000, 1700000000008, 1700000001000,
  1000, 1, 100, 1, 3, '{"ok":true}', '{"n":8}');
INSERT INTO "@jobs" (id, type, state, priority, created_at, updated_at, promote_at, started_at,
  failed_at, attempts, max_attempts, worker_id, error, data)
VALUES (9, 1, 3, 15, 1700000000009, 1700000002000, 1700000000009, 1700000001000,
  1700000002000, 2, 2, 'by:hand', 'Error: no', '{"n":9}');
INSERT INTO "@jobs" (id, type, state, priority, created_at, updated_at, promote_at, delay, data)
VALUES
  (10, 2, 4, 0, 1700000000010, 1700000000010, 99999999999999, 86400000, '{"n":10}'),
  (11, 2, 4, 0, 1700000000011, 1700000000011, 1700000000111, 100, '{"n":11}');

INSERT INTO "@counts" VALUES
  (1, 0, 4), (1, 1, 1), (1, 3, 1), (2, 0, 0), (2, 1, 2), (2, 2, 1), (2, 4, 2);
-- More ids were given than there are jobs: some were removed.
INSERT INTO "@counters" VALUES ('ids', 20), ('work_time', 1000);
INSERT INTO "@logs" VALUES (3, 1, 'Error: once'), (9, 1, 'a line'), (9, 2, 'another "line"');
INSERT INTO "@words" VALUES
  ('ANFS', 3, 1), ('ANFS', 9, 4), ('TL', 9, 1), ('TL', 10, 2);
