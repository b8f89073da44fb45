-- A stored priority, or time, as a score. What is no number must not stop a script halfway: it counts
-- as 0.
local scores = { ['0'] = '0' }
local function score(priority)
  local text = scores[priority or '0']
  if not text then
    local n = tonumber(priority)
    text = (n and n == n) and string.format('%.17g', n) or '0'
    scores[priority] = text
  end
  return text
end
