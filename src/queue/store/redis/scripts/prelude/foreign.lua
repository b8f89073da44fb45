-- Whether an error says that a key is of another kind than what the queue keeps there: that is gone then.
-- Any other error (a right that this user lacks, a command that is called something else) says nothing
-- of the key, and nothing may be given up for it: whoever meets one ends, and returns it.
local function is_foreign(reply)
  return string.find(reply.err, '^E?R?R? ?%-?WRONGTYPE') ~= nil
end
