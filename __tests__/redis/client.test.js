'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { promisify } = require('node:util')
const { Worker } = require('node:worker_threads')
const redis = require('rekue/redis')
const { names } = require('../../lib/redis/command-table')
const { startRedis } = require('../../test-support/redis-server')
const { CLIENTS, outcome, quit } = require('../../test-support/redis-clients')

describe('rekue/redis', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server
  /** @type {any} */
  let client
  before(async () => (server = await startRedis()))
  after(() => server.stop())
  beforeEach(() => (client = redis.createClient(server.port)))
  afterEach(async () => {
    await quit(client)
    await server.command('FLUSHALL')
  })

  it('has the debug_mode of the genuine clients, which can be set', () => {
    assert.equal(redis.debug_mode, false)
    for (const genuine of Object.values(CLIENTS)) {
      assert.equal(typeof genuine.debug_mode, 'boolean')
      const before = genuine.debug_mode
      genuine.debug_mode = true
      assert.equal(genuine.debug_mode, true)
      genuine.debug_mode = before
    }
  })

  it('has every method of the genuine clients, in both cases', () => {
    for (const name of ['redis@2.8', 'redis@3.1']) {
      const genuine = CLIENTS[name]
      for (const kind of ['RedisClient', 'Multi']) {
        const names = Object.getOwnPropertyNames(genuine[kind].prototype)
        const commands = names.filter(
          (key) => names.includes(key.toUpperCase()) && /^[a-z]/.test(key)
        )
        // What is no command: an accident in the list of commands that they use.
        const known = commands.filter((key) => !/^host(:|_)$/.test(key))
        assert.ok(known.length > 200)
        const missing = known.filter((key) => typeof redis[kind].prototype[key] !== 'function')
        assert.deepEqual(missing, [])
        const upper = known.filter((key) => !redis[kind].prototype[key.toUpperCase()])
        assert.deepEqual(upper, [])
      }
    }
  })

  it('knows the commands of the server that runs here', async () => {
    const { reply } = await outcome((callback) => client.command(callback))
    const missing = reply.map(([name]) => name).filter((name) => typeof client[name] !== 'function')
    assert.deepEqual(missing, [])
  })

  it('has a type for each command', () => {
    const file = path.join(__dirname, '../../types/redis.d.ts')
    const union = /type CommandName =([^]*?)\n\n/.exec(fs.readFileSync(file, 'utf8'))?.[1]
    const typed = [...String(union).matchAll(/'([^']+)'/g)].map(([, name]) => name)
    assert.deepEqual(typed, [...names].sort())
  })

  it('works with promisify', async () => {
    const set = promisify(client.set).bind(client)
    const get = promisify(client.get).bind(client)
    assert.equal(await set('key', 'value'), 'OK')
    assert.equal(await get('key'), 'value')
    await assert.rejects(promisify(client.lpush).bind(client)('key', 1), redis.ReplyError)
  })

  it('gives promises for every command under async', async () => {
    assert.equal(await client.async.set('key', 1), 'OK')
    assert.equal(await client.async.INCR('key'), 2)
    assert.deepEqual(await client.async.mget(['key', 'none']), ['2', null])
    assert.equal(await client.async.hset('hash', { a: 1, b: 2 }), 2)
    assert.deepEqual(await client.async.hgetall('hash'), { a: '1', b: '2' })
    assert.equal(await client.async.select(1), 'OK')
    assert.equal(client.selected_db, 1)
    assert.equal(await client.async.get('key', undefined), null)
    assert.deepEqual(await client.async.multi().set('a', 1).get('a').exec(), ['OK', '1'])
    assert.deepEqual(await client.async.batch([['get', 'a']]).exec(), ['1'])
    assert.equal(await client.async.send_command('echo', ['text']), 'text')
    await assert.rejects(client.async.lpush('a', 1), { name: 'ReplyError', code: 'WRONGTYPE' })
    await assert.rejects(client.async.multi().set('a').exec(), { code: 'EXECABORT' })
  })

  it('takes an object for the fields of hset, in a transaction too', async () => {
    assert.deepEqual(
      await outcome((callback) => client.hset('hash', { a: 1, b: 'two' }, callback)),
      { reply: 2 }
    )
    const multi = client.multi().hset('hash', { c: 3 }).hgetall('hash')
    assert.deepEqual(await outcome((callback) => multi.exec(callback)), {
      reply: [1, { a: '1', b: 'two', c: '3' }]
    })
  })

  it('keeps a field that is named as an object’s own', async () => {
    await client.async.hset('hash', '__proto__', 'x', 'constructor', 'y')
    const reply = await client.async.hgetall('hash')
    assert.deepEqual(Object.entries(reply), [
      ['__proto__', 'x'],
      ['constructor', 'y']
    ])
    assert.equal(Object.getPrototypeOf(reply), Object.prototype)
  })

  it('sends what is no text as redis@2.8 does, and warns', async () => {
    const sent = {}
    for (const name of ['rekue', 'redis@2.8']) {
      const other = CLIENTS[name].createClient(server.port)
      let warnings = 0
      other.on('warning', () => warnings++)
      for (const value of [undefined, null, { a: 1 }]) {
        await outcome((callback) => other.set('key', value, 'EX', 10, callback))
        const reply = await outcome((callback) => other.get('key', callback))
        ;(sent[name] ??= []).push(reply)
      }
      sent[name].push(warnings)
      await quit(other)
    }
    assert.deepEqual(sent.rekue, sent['redis@2.8'])
  })

  it('sends the commands of a tick together', async () => {
    let pieces = 0
    const proxy = net.createServer((socket) => {
      const upstream = net.connect(server.port, '127.0.0.1')
      socket.on('data', (piece) => {
        if (String(piece).includes('incr')) pieces++
        upstream.write(piece)
      })
      upstream.on('data', (piece) => socket.write(piece))
      socket.on('close', () => upstream.destroy())
    })
    await once(proxy.listen(0, '127.0.0.1'), 'listening')
    const port = /** @type {net.AddressInfo} */ (proxy.address()).port
    const other = redis.createClient(port)
    await once(other, 'ready')
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => other.async.incr('counter'))
    )
    assert.equal(replies.at(-1), 100)
    assert.equal(pieces, 1)
    await quit(other)
    proxy.close()
  })

  it('carries large values both ways', async () => {
    const text = 'ä'.repeat(3_000_000)
    const bytes = Buffer.alloc(5_000_000, 200)
    const buffers = redis.createClient(server.port, { return_buffers: true })
    assert.equal(await client.async.set('text', text), 'OK')
    assert.equal(await client.async.get('text'), text)
    await buffers.async.set('bytes', bytes)
    assert.deepEqual(await buffers.async.get('bytes'), bytes)
    await client.async.rpush(
      'list',
      Array.from({ length: 100_000 }, (_, i) => i)
    )
    const list = await client.async.lrange('list', 0, -1)
    assert.equal(list.length, 100_000)
    assert.equal(list[99_999], '99999')
    await quit(buffers)
  })

  it('has methods for commands that were added, under names that can be written', async () => {
    redis.addCommand('my.module-command')
    const error = await client.async.my_module_command('x').catch((error) => error)
    assert.equal(error.command, 'MY.MODULE-COMMAND')
    assert.equal(typeof client['MY.MODULE-COMMAND'], 'function')
    assert.equal(typeof redis.Multi.prototype.my_module_command, 'function')
  })

  it('sends a command under the name it was given on the server', async () => {
    const other = redis.createClient(server.port, { rename_commands: { ECHO: 'ping' } })
    assert.equal(await other.async.echo('text'), 'text')
    await quit(other)
  })

  it('puts the prefix before all keys of a command', async () => {
    const other = redis.createClient(server.port, { prefix: 'p:' })
    await other.async.mset('a', 1, 'b', 2)
    await other.async.eval('return redis.call("SET", KEYS[1], ARGV[1])', 1, 'e', 'v')
    await other.async.zadd('z', 1, 'm')
    await other.async.zunionstore('z2', 1, 'z')
    await other.async.xadd('s', '*', 'f', 'v')
    await other.async.xread('COUNT', 1, 'STREAMS', 's', 0)
    await other.async.rename(Buffer.from('a'), 'c')
    const keys = await client.async.keys('*')
    assert.deepEqual(keys.sort(), ['p:b', 'p:c', 'p:e', 'p:s', 'p:z', 'p:z2'])
    await quit(other)
  })

  it('takes what is no reply of Redis for an error, and connects again', async () => {
    const strange = net.createServer((socket) =>
      socket.on('data', () => socket.write('HTTP/1.1\r\n'))
    )
    await once(strange.listen(0, '127.0.0.1'), 'listening')
    const other = redis.createClient(/** @type {net.AddressInfo} */ (strange.address()).port)
    /** @type {Error[]} */
    const errors = []
    other.on('error', (error) => errors.push(error))
    await new Promise((resolve) => other.once('reconnecting', resolve))
    other.end(true)
    strange.close()
    const error = errors.find(({ name }) => name === 'ParserError')
    assert.match(String(error?.message), /^Protocol error, got "H" as reply type byte/)
  })

  it('works in worker threads, and ends with them', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
       const redis = require(${JSON.stringify(require.resolve('rekue/redis'))})
       const client = redis.createClient(${server.port})
       client.subscribe('flood')
       client.async.ping().then((reply) => parentPort.postMessage(reply))`,
      { eval: true }
    )
    assert.deepEqual(
      await once(worker, 'message'),
      ['PONG'].map(() => ['pong', ''])
    )
    const flood = Promise.all(
      Array.from({ length: 1000 }, (_, i) => client.async.publish('flood', i))
    )
    await worker.terminate()
    await flood
  })
})
