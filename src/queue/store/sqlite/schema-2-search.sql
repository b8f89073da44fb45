-- Version 2: the index of search. A word is in the form of src/queue/search.

CREATE TABLE words (
  word TEXT NOT NULL, job INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (word, job)
) WITHOUT ROWID;
CREATE INDEX words_by_job ON words (job);
