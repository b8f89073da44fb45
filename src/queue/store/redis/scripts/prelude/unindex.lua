-- Take a job out of the index of search.
local function unindex(id)
  local words = try('HKEYS', WORDS_OF .. id)
  -- Where somebody put another kind of key in its place, that goes.
  if #words == 0 and not words.err then return end
  for _, word in ipairs(words) do try('ZREM', WORD .. word, id) end
  call('DEL', WORDS_OF .. id)
end
