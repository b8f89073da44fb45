-- Whether a Kue process is at work under one of its locks. It reads jobs and changes them step by
-- step: what a script did in between would be done a second time. Kue's locks carry no prefix, so
-- with a hash tag they may be in another slot, out of a script's reach, and where an ACL keeps this
-- user to the prefix, so it keeps Kue.
local function kue_holds(lock)
  return sub(P, 1, 1) ~= '{' and try('EXISTS', lock .. ':lock') == 1
end
