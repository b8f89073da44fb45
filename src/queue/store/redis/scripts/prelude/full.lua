-- A server at maxmemory refuses every write that may take memory, unless the script has written
-- something before: then it is let through to its end. So a script that must not be refused begins
-- with a write that takes none. What it moves is in the store already, and outcomes are what makes
-- room. (The flag allow-oom says the same, but servers before 7 cannot read it.)
local function also_when_full() call('DEL', P .. 'rekue:nothing') end
