-- Wake-up tokens. They are hints: where somebody put another kind of key in the place of their list,
-- a script must not stop halfway for it.
local function add_tokens(list, count)
  for _ = 1, count do try('LPUSH', list, '1') end
end
