'use strict'

const assert = require('node:assert/strict')
const { startRedis } = require('../../test-support/redis-server')
const { CLIENTS, outcome, quit } = require('../../test-support/redis-clients')

const SCRIPT = "return {1, 'two', false, {3, {err = 'MY own'}}, redis.status_reply('FINE')}"
const SHA = require('node:crypto').createHash('sha1').update(SCRIPT).digest('hex')

/** One after the other on each client: what is done, by name. @type {Record<string, (client: any, callback: any) => void>} */
const STEPS = {
  // Strings
  set: (c, cb) => c.set('text', 'grün ✓', cb),
  get: (c, cb) => c.get('text', cb),
  'GET in upper case': (c, cb) => c.GET('text', cb),
  'get of nothing': (c, cb) => c.get('none', cb),
  'get with an array': (c, cb) => c.get(['text'], cb),
  'set of a number': (c, cb) => c.set('number', 12.5, cb),
  'set of a boolean': (c, cb) => c.set('boolean', true, cb),
  'set of a date': (c, cb) => c.set('date', new Date(0), cb),
  'set of an empty text': (c, cb) => c.set('empty', '', cb),
  'get of an empty text': (c, cb) => c.get('empty', cb),
  'set with options': (c, cb) => c.set('text', 'x', 'EX', 100, 'NX', cb),
  'set of a long text': (c, cb) => c.set('long', 'ß'.repeat(40_000), cb),
  'get of a long text': (c, cb) => c.get('long', cb),
  append: (c, cb) => c.append('number', '0', cb),
  strlen: (c, cb) => c.strlen('text', cb),
  getrange: (c, cb) => c.getrange('text', 0, 1, cb),
  setrange: (c, cb) => c.setrange('range', 3, 'abc', cb),
  'get of bytes that are zero': (c, cb) => c.get('range', cb),
  getset: (c, cb) => c.getset('text', 'new', cb),
  setnx: (c, cb) => c.setnx('text', 'newer', cb),
  setex: (c, cb) => c.setex('short', 100, 'v', cb),
  psetex: (c, cb) => c.psetex('short', 100_000, 'v', cb),
  'mset with values': (c, cb) => c.mset('a', 1, 'b', 2, cb),
  'mset with an array': (c, cb) => c.mset(['a', 1, 'b', 2], cb),
  'mset with a key and an array': (c, cb) => c.mset('c', ['3', 'd', '4'], cb),
  mget: (c, cb) => c.mget('a', 'none', 'b', cb),
  'mget with an array': (c, cb) => c.mget(['a', 'none', 'b'], cb),
  msetnx: (c, cb) => c.msetnx('a', 9, 'z', 9, cb),
  incr: (c, cb) => c.incr('counter', cb),
  incrby: (c, cb) => c.incrby('counter', 10, cb),
  decr: (c, cb) => c.decr('counter', cb),
  decrby: (c, cb) => c.decrby('counter', 3, cb),
  incrbyfloat: (c, cb) => c.incrbyfloat('counter', 0.5, cb),
  'incr beyond what a number holds': (c, cb) =>
    c.set('big', '9007199254740993', () => c.incr('big', cb)),
  'incr of a text': (c, cb) => c.incr('text', cb),
  setbit: (c, cb) => c.setbit('bits', 7, 1, cb),
  getbit: (c, cb) => c.getbit('bits', 7, cb),
  bitcount: (c, cb) => c.bitcount('bits', cb),
  bitop: (c, cb) => c.bitop('NOT', 'bits2', 'bits', cb),
  'get of bytes that are no text': (c, cb) => c.get('bits2', cb),
  bitfield: (c, cb) => c.bitfield('bits', 'GET', 'u8', 0, cb),
  // Keys
  exists: (c, cb) => c.exists('a', 'b', 'none', cb),
  type: (c, cb) => c.type('a', cb),
  expire: (c, cb) => c.expire('a', 100, cb),
  ttl: (c, cb) => c.ttl('a', cb),
  'ttl of nothing': (c, cb) => c.ttl('none', cb),
  persist: (c, cb) => c.persist('a', cb),
  rename: (c, cb) => c.rename('a', 'a2', cb),
  'rename of nothing': (c, cb) => c.rename('none', 'a2', cb),
  del: (c, cb) => c.del('a2', 'b', cb),
  'del with an array': (c, cb) => c.del(['c', 'd'], cb),
  keys: (c, cb) => c.keys('te*', cb),
  scan: (c, cb) => c.scan(0, 'MATCH', 'text', 'COUNT', 1000, cb),
  'object encoding': (c, cb) => c.object('encoding', 'text', cb),
  dbsize: (c, cb) => c.dbsize(cb),
  'dump of nothing': (c, cb) => c.dump('none', cb),
  // Hashes
  hset: (c, cb) => c.hset('hash', 'field', 'value', cb),
  'hset again': (c, cb) => c.hset('hash', 'field', 'other', cb),
  'hset with an array': (c, cb) => c.hset(['hash', 'f1', 1, 'f2', 2], cb),
  'hmset with an object': (c, cb) => c.hmset('hash', { one: 1, two: 'zwei' }, cb),
  'hmset with values': (c, cb) => c.hmset('hash', 'three', 3, cb),
  'hmset with a key and an array': (c, cb) => c.hmset('hash', ['four', 4], cb),
  'HMSET with an array': (c, cb) => c.HMSET(['hash', 'five', 5], cb),
  hget: (c, cb) => c.hget('hash', 'field', cb),
  'hget of nothing': (c, cb) => c.hget('hash', 'none', cb),
  hmget: (c, cb) => c.hmget('hash', 'one', 'none', cb),
  hgetall: (c, cb) => c.hgetall('hash', cb),
  'hgetall of nothing': (c, cb) => c.hgetall('none', cb),
  'hgetall of a text': (c, cb) => c.hgetall('text', cb),
  hkeys: (c, cb) => c.hkeys('hash', cb),
  hvals: (c, cb) => c.hvals('hash', cb),
  hlen: (c, cb) => c.hlen('hash', cb),
  hexists: (c, cb) => c.hexists('hash', 'one', cb),
  hincrby: (c, cb) => c.hincrby('hash', 'one', 5, cb),
  hincrbyfloat: (c, cb) => c.hincrbyfloat('hash', 'one', 0.25, cb),
  hdel: (c, cb) => c.hdel('hash', 'one', 'two', cb),
  hscan: (c, cb) => c.hscan('hash', 0, cb),
  // Lists
  lpush: (c, cb) => c.lpush('list', 'b', 'a', cb),
  'rpush with an array': (c, cb) => c.rpush('list', ['c', 'd'], cb),
  lrange: (c, cb) => c.lrange('list', 0, -1, cb),
  'lrange of nothing': (c, cb) => c.lrange('none', 0, -1, cb),
  lindex: (c, cb) => c.lindex('list', 9, cb),
  linsert: (c, cb) => c.linsert('list', 'BEFORE', 'c', 'x', cb),
  'lset out of range': (c, cb) => c.lset('list', 99, 'x', cb),
  lrem: (c, cb) => c.lrem('list', 0, 'x', cb),
  ltrim: (c, cb) => c.ltrim('list', 0, 2, cb),
  llen: (c, cb) => c.llen('list', cb),
  lpop: (c, cb) => c.lpop('list', cb),
  rpoplpush: (c, cb) => c.rpoplpush('list', 'list2', cb),
  brpop: (c, cb) => c.brpop('list', 'list2', 1, cb),
  'blpop of nothing': (c, cb) => c.blpop('none', 0.01, cb),
  'lpush on a text': (c, cb) => c.lpush('text', 1, cb),
  // Sets
  sadd: (c, cb) => c.sadd('set', 'a', 'b', 3, cb),
  'sadd with an array': (c, cb) => c.sadd('set2', ['a', 3], cb),
  scard: (c, cb) => c.scard('set', cb),
  sismember: (c, cb) => c.sismember('set', 'a', cb),
  sinter: (c, cb) => c.sinter('set', 'set2', (error, reply) => cb(error, reply.sort())),
  sdiff: (c, cb) => c.sdiff('set', 'set2', cb),
  sunionstore: (c, cb) => c.sunionstore('set3', 'set', 'set2', cb),
  smove: (c, cb) => c.smove('set', 'set2', 'b', cb),
  srem: (c, cb) => c.srem('set', 'a', cb),
  spop: (c, cb) => c.spop('set', cb),
  'smembers of nothing': (c, cb) => c.smembers('set', cb),
  'srandmember of nothing': (c, cb) => c.srandmember('set', cb),
  // Sorted sets
  zadd: (c, cb) => c.zadd('zset', 1, 'one', 2.5, 'two', cb),
  'zadd with an array': (c, cb) => c.zadd('zset', ['3', 'three'], cb),
  'zrange with scores': (c, cb) => c.zrange('zset', 0, -1, 'WITHSCORES', cb),
  zrangebyscore: (c, cb) => c.zrangebyscore('zset', '-inf', '(3', cb),
  zscore: (c, cb) => c.zscore('zset', 'two', cb),
  'zscore of nothing': (c, cb) => c.zscore('zset', 'none', cb),
  zincrby: (c, cb) => c.zincrby('zset', 2, 'one', cb),
  zrank: (c, cb) => c.zrank('zset', 'one', cb),
  'zrank of nothing': (c, cb) => c.zrank('zset', 'none', cb),
  zcard: (c, cb) => c.zcard('zset', cb),
  zcount: (c, cb) => c.zcount('zset', 0, 10, cb),
  zrem: (c, cb) => c.zrem('zset', 'one', cb),
  zunionstore: (c, cb) => c.zunionstore('zset2', 1, 'zset', 'WEIGHTS', 2, cb),
  'zadd of no number': (c, cb) => c.zadd('zset', 'x', 'y', cb),
  // More types
  geoadd: (c, cb) =>
    c.geoadd('geo', 13.361389, 38.115556, 'Palermo', 15.087269, 37.502669, 'Catania', cb),
  geodist: (c, cb) => c.geodist('geo', 'Palermo', 'Catania', cb),
  geopos: (c, cb) => c.geopos('geo', 'Palermo', 'none', cb),
  pfadd: (c, cb) => c.pfadd('hll', 'a', 'b', cb),
  pfcount: (c, cb) => c.pfcount('hll', cb),
  xadd: (c, cb) => c.xadd('stream', '1-1', 'field', 'value', cb),
  xrange: (c, cb) => c.xrange('stream', '-', '+', cb),
  xread: (c, cb) => c.xread('STREAMS', 'stream', '0', cb),
  xgroup: (c, cb) => c.xgroup('CREATE', 'stream', 'group', 0, cb),
  'xgroup again': (c, cb) => c.xgroup('CREATE', 'stream', 'group', 0, cb),
  xreadgroup: (c, cb) => c.xreadgroup('GROUP', 'group', 'me', 'STREAMS', 'stream', '>', cb),
  xpending: (c, cb) => c.xpending('stream', 'group', cb),
  sort: (c, cb) => c.sort('list', 'ALPHA', 'DESC', cb),
  // Scripts
  eval: (c, cb) => c.eval(SCRIPT, 0, cb),
  'eval with keys': (c, cb) => c.eval('return {KEYS[1], ARGV[1]}', 1, 'key', 'arg', cb),
  'eval with an array': (c, cb) => c.eval(['return ARGV', 0, 1, 2], cb),
  'eval of an error': (c, cb) => c.eval("return redis.error_reply('my own words')", 0, cb),
  'evalsha of nothing': (c, cb) => c.evalsha('0'.repeat(40), 0, cb),
  'script load': (c, cb) => c.script('load', SCRIPT, cb),
  'script exists': (c, cb) => c.script('exists', SHA, '0'.repeat(40), cb),
  evalsha: (c, cb) => c.evalsha(SHA, 0, cb),
  // The server
  ping: (c, cb) => c.ping(cb),
  'ping with a text': (c, cb) => c.ping('hello', cb),
  echo: (c, cb) => c.echo('hello', cb),
  select: (c, cb) => c.select(3, cb),
  'select back': (c, cb) => c.select(0, cb),
  'select of nothing': (c, cb) => c.select(9999, cb),
  'config get': (c, cb) => c.config('get', 'maxmemory-policy', cb),
  'client setname': (c, cb) => c.client('setname', 'me', cb),
  'client getname': (c, cb) => c.client('getname', cb),
  'command count': (c, cb) => c.command('count', cb),
  publish: (c, cb) => c.publish('channel', 'message', cb),
  'pubsub numsub': (c, cb) => c.pubsub('numsub', 'channel', cb),
  watch: (c, cb) => c.watch('text', cb),
  unwatch: (c, cb) => c.unwatch(cb),
  'exec without multi': (c, cb) => c.exec(cb),
  send_command: (c, cb) => c.send_command('get', ['text'], cb),
  'sendCommand in upper case': (c, cb) => c.sendCommand('GET', ['text'], cb),
  'send_command without arguments': (c, cb) => c.send_command('dbsize', cb),
  'send_command of nothing known': (c, cb) => c.send_command('nosuch', ['a', 'b'], cb),
  'too few arguments': (c, cb) => c.set('text', cb),
  'no arguments': (c, cb) => c.get(cb),
  'a callback that is undefined': (c, cb) => {
    c.set('text', 'still', undefined)
    c.get('text', cb)
  },
  // Buffers
  'set of a Buffer': (c, cb) => c.set('buffer', Buffer.from([0, 255, 13, 10, 128]), cb),
  'get of a Buffer': (c, cb) => c.get('buffer', cb),
  'get by a Buffer': (c, cb) => c.get(Buffer.from('buffer'), cb),
  'hset with Buffers': (c, cb) => c.hset('bhash', Buffer.from('f'), Buffer.from([200]), cb),
  'hgetall by a Buffer': (c, cb) => c.hgetall(Buffer.from('bhash'), cb),
  'mget with a Buffer': (c, cb) => c.mget(['text', Buffer.from('buffer')], cb),
  // Transactions and batches
  multi: (c, cb) => c.multi().set('m', 1).incr('m').get('m').hgetall('hash').exec(cb),
  'multi with a Buffer': (c, cb) => c.multi().get('buffer').get(Buffer.from('buffer')).exec(cb),
  'multi with an array': (c, cb) =>
    c
      .multi([
        ['set', 'm', 5],
        ['mget', ['m', 'none']]
      ])
      .exec(cb),
  'multi of nothing': (c, cb) => c.multi().exec(cb),
  'MULTI and EXEC': (c, cb) => c.MULTI().GET('m').EXEC(cb),
  'multi with an error in it': (c, cb) => c.multi().get('m').lpush('m', 1).exec(cb),
  'multi that is refused': (c, cb) => c.multi().set('m').get('m').exec(cb),
  'multi with hmset': (c, cb) => c.multi().hmset('mhash', { a: 1 }).hgetall('mhash').exec(cb),
  'multi with select': (c, cb) => c.multi().select(1).select(0).exec(cb),
  'multi with a script': (c, cb) => c.multi().eval(SCRIPT, 0).exec(cb),
  exec_atomic: (c, cb) => c.multi().get('m').exec_atomic(cb),
  batch: (c, cb) => c.batch().set('m', 1).lpush('m', 2).get('m').exec(cb),
  'batch with an array': (c, cb) =>
    c
      .batch([
        ['get', 'm'],
        ['hgetall', 'hash']
      ])
      .exec(cb),
  'batch of nothing': (c, cb) => c.batch().exec(cb),
  'callbacks of the commands of a multi': (c, cb) => {
    const heard = []
    const hear = (error, reply) => heard.push(error ? error.code : reply)
    c.multi()
      .get('m', hear)
      .lpush('m', 1, hear)
      .incr('m', hear)
      .exec((error, replies) => cb(error, [heard, replies.length]))
  },
  'a watched key that changed': (c, cb) => {
    c.watch('m')
    c.set('m', 'other')
    c.multi().set('m', 'mine').exec(cb)
  }
}

const MODES = {
  'as text': {},
  'with return_buffers': { return_buffers: true },
  'with detect_buffers': { detect_buffers: true },
  'with string_numbers': { string_numbers: true },
  'with a prefix': { prefix: 'pre:' }
}

describe('replies are those of node_redis', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server
  before(async () => (server = await startRedis()))
  after(() => server.stop())

  for (const [mode, options] of Object.entries(MODES)) {
    describe(mode, () => {
      /** Outcomes by client and step. @type {Record<string, Record<string, any>>} */
      const outcomes = {}
      before(async () => {
        for (const [name, redis] of Object.entries(CLIENTS)) {
          await server.command('FLUSHALL')
          await server.command('SCRIPT', 'FLUSH')
          const client = redis.createClient(server.port, { ...options })
          outcomes[name] = {}
          for (const [step, run] of Object.entries(STEPS)) {
            // The genuine ones throw: they do not know where its keys are.
            if (options.prefix && step === 'send_command of nothing known') continue
            outcomes[name][step] = await outcome((callback) => run(client, callback))
          }
          outcomes[name].keys = (await server.command('KEYS', '*')).sort()
          await quit(client)
        }
      })

      for (const step of [...Object.keys(STEPS), 'keys']) {
        it(step, () => {
          assert.deepEqual(outcomes.rekue[step], outcomes['redis@2.8'][step])
          assert.deepEqual(outcomes.rekue[step], outcomes['redis@3.1'][step])
        })
      }
    })
  }
})
