-- Kue's score in jobs:active: the deadline, or minus the absolute priority without a ttl.
local function active_score(priority, ttl)
  ttl = tonumber(ttl)
  if ttl and ttl > 0 then return int(now + ttl) end
  local text = score(priority)
  if text == '0' then return text end
  return string.format('%.17g', -math.abs(tonumber(text)))
end
