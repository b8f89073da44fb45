-- The index of search: a sorted set of ids by each word, and of each job its words, so that they
-- can be taken back.
local WORD = P .. 'rekue:search:word:'
local WORDS_OF = P .. 'rekue:search:job:'
