-- Of some jobs, tell which are there and have every one of some words.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, 2 how many ids, then these, then words, or none
-- Returns of each job that is there and has all of the words: its id, and how often it has them in all.
-- Invariant: ids of jobs that are gone are left out, and some of them leave the index with each call: a
--         Kue process that removes a job does not know of it. Not all at once: taking a job out costs a
--         step for each of its words.
-- The caller keeps ids and words few enough for one call (search.rs): nobody else is served meanwhile.
local MOST_TAKEN_OUT = 20
local last = 2 + ARGV[2]
local taken_out = 0
local found = {}
for at = 3, last do
  local id, times = ARGV[at], 0
  if call('EXISTS', P .. 'job:' .. id) == 0 then
    times = nil
    if taken_out < MOST_TAKEN_OUT then unindex(id) end
    taken_out = taken_out + 1
  end
  for word = last + 1, times and #ARGV or 0 do
    local score = call('ZSCORE', WORD .. ARGV[word], id)
    times = score and times + score
    if not times then break end
  end
  if times then
    found[#found + 1] = id
    found[#found + 1] = int(times)
  end
end
return found
