-- Take a job out of the index of search.
local function unindex(id)
  local words = call('HKEYS', WORDS_OF .. id)
  if #words == 0 then return end
  for _, word in ipairs(words) do call('ZREM', WORD .. word, id) end
  call('DEL', WORDS_OF .. id)
end
