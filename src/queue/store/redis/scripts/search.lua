-- Find the jobs that have every one of some words.
--
-- KEYS  1 any key of the queue (for routing)
-- ARGV  1 prefix, then the words, one or more
-- Returns their ids: first those that have the words most often, among equals the newest.
-- Invariant: ids of jobs that are gone are left out, and leave the index: a Kue process that
--         removes a job does not know of it.
local found = P .. 'rekue:search:found'
-- Lua's stack holds some thousands of arguments only; a further part goes on from what was found.
for first = 2, #ARGV, 1000 do
  local keys = first > 2 and { found } or {}
  for at = first, math.min(first + 999, #ARGV) do keys[#keys + 1] = WORD .. ARGV[at] end
  call('ZINTERSTORE', found, #keys, unpack(keys))
end
local scored = call('ZRANGE', found, 0, -1, 'WITHSCORES')
call('DEL', found)
local hits = {}
for i = 1, #scored, 2 do
  local id = scored[i]
  if call('EXISTS', P .. 'job:' .. id) == 1 then
    hits[#hits + 1] = { id, tonumber(scored[i + 1]), tonumber(id) or 0 }
  else
    unindex(id)
  end
end
table.sort(hits, function(a, b)
  if a[2] ~= b[2] then return a[2] > b[2] end
  return a[3] > b[3]
end)
local ids = {}
for i, hit in ipairs(hits) do ids[i] = hit[1] end
return ids
