-- Kue's sorted-set member: two digits that tell the length of the id, so that ids of one score
-- sort by number.
local heads = {}
local function member(id)
  local head = heads[#id]
  if not head then
    head = format('%02d|', #id)
    heads[#id] = head
  end
  return head .. id
end
