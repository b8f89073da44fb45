-- Where add.lua begins: one job that starts at once and brings nothing but its data. This is what most
-- calls add, and mostly to a server that was idle and finds its caches cold: each line and each table
-- costs it then. It writes what add.lua would write, and leaves all else to that.
local JOB = P .. 'job:'

if ARGV[6] == '1' and not ARGV[17] and ARGV[10] ~= '' and ARGV[11] == '' and ARGV[12] == ''
  and ARGV[13] == '' and ARGV[14] == '' and ARGV[15] == '0' then
  local first = call('INCRBY', P .. 'ids', 1)
  local id, note, type_name, priority = int(first), ARGV[4], ARGV[7], ARGV[9]
  if not call('SET', note, id .. ':' .. now_text .. ':1', 'PX', ARGV[5], 'NX') then
    call('DECRBY', P .. 'ids', 1)
    return call('GET', note)
  end
  local key, zid = JOB .. id, member(id)
  local all, waiting, of_type = P .. 'jobs', P .. 'jobs:inactive', P .. 'jobs:' .. type_name .. ':inactive'
  local written = try('HSET', key, 'max_attempts', ARGV[10], 'type', type_name, 'created_at', now_text,
    'promote_at', now_text, 'updated_at', now_text, 'priority', priority, 'data', ARGV[16],
    'state', 'inactive')
  if type(written) == 'table' then
    call('DEL', note)
    return written
  end
  local typed = try('SADD', P .. 'job:types', type_name)
  local listed = try('ZADD', all, priority, zid)
  local waits = try('ZADD', waiting, priority, zid)
  local waits_of_type = try('ZADD', of_type, priority, zid)
  for _, reply in ipairs({ typed, listed, waits, waits_of_type }) do
    if type(reply) == 'table' then
      call('DEL', key, note)
      try('ZREM', all, zid)
      try('ZREM', waiting, zid)
      try('ZREM', of_type, zid)
      return reply
    end
  end
  try('LPUSH', P .. type_name .. ':jobs', '1')
  try('PUBLISH', EVENTS, '{"id":' .. id .. ',"event":"enqueue","args":["enqueue",' .. ARGV[8] .. ']}')
  return { first, now, 1 }
end
