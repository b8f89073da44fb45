-- A command with a list of arguments in pieces: Lua's stack holds some thousands only.
local function call_many(command, key, list)
  local n = #list
  for first = 1, n, 4000 do
    call(command, key, unpack(list, first, math.min(first + 3999, n)))
  end
end
