'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { spawnSync } = require('node:child_process')
const kue = require('kue')
const rekue = require('rekue')
const redis = require('rekue/redis')
const { until } = require('../../test-support/queues')
const { freePort } = require('../../test-support/ports')
const { startRedis } = require('../../test-support/redis-server')
const { outcome } = require('../../test-support/redis-clients')

describe('clients beside a queue', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server
  /** @type {any} */
  let queue
  before(async () => (server = await startRedis()))
  after(() => server.stop())
  beforeEach(() => (queue = new rekue({ redis: { port: server.port, db: 3 }, prefix: 'w' })))
  afterEach(async () => {
    await queue.close()
    await server.command('FLUSHALL')
  })

  const clients = async () => (await server.command('CLIENT', 'LIST')).split('\n').length

  describe('queue.client', () => {
    it('is a rekue/redis client for the keys of the queue', async () => {
      const { client } = queue
      assert.ok(client instanceof redis.RedisClient)
      assert.equal(queue.client, client)
      assert.equal(client.prefix, 'w')
      assert.equal(client.selected_db, 3)
      assert.equal(client.options.port, server.port)
      const job = await queue.add('email', { to: 'kim' })
      const [, type] = (
        await outcome((callback) =>
          client.hmget(client.getKey(`job:${job.id}`), 'id', 'type', callback)
        )
      ).reply
      assert.equal(type, 'email')
      const members = await client.async.zrange(client.getKey('jobs'), 0, -1)
      assert.deepEqual(members.map(client.stripFIFO), [job.id])
      assert.equal(members[0], client.createFIFO(job.id))
    })

    it('has the helpers of genuine Kue', async () => {
      const genuine = kue.redis
      const options = { prefix: 'w', redis: { port: server.port } }
      genuine.configureFactory(options, queue)
      const theirs = genuine.createClient()
      const ours = queue.client
      for (const id of [1, 42, 1234567890, '77']) {
        assert.equal(ours.createFIFO(id), theirs.createFIFO(id))
        assert.equal(ours.stripFIFO(ours.createFIFO(id)), theirs.stripFIFO(theirs.createFIFO(id)))
      }
      assert.equal(ours.stripFIFO(undefined), theirs.stripFIFO(undefined))
      assert.equal(ours.getKey('jobs:inactive'), theirs.getKey('jobs:inactive'))
      await new Promise((resolve) => theirs.quit(resolve))
    })

    it('costs nothing before it is asked for', async () => {
      await queue.types()
      await queue.stats()
      const before = await clients()
      await queue.client.async.ping()
      assert.equal(await clients(), before + 1)
    })

    it('puts the prefix in braces where the queue does', async () => {
      const tagged = new rekue({ redis: server.url, hashTag: true })
      assert.equal(tagged.client.getKey('jobs'), '{q}:jobs')
      await tagged.close()
    })

    it('tells its errors through the queue', async () => {
      const lost = new rekue({ redis: { port: await freePort() }, connectTimeout: 100 })
      const heard = new Promise((resolve) =>
        lost.on('error', (error) => error.syscall === 'connect' && resolve(error))
      )
      void lost.client
      assert.equal((await heard).code, 'ECONNREFUSED')
      await lost.close()
    })

    it('is that of its jobs, and of Job', async () => {
      const { client } = queue
      assert.equal(queue.create('a').client, client)
      assert.equal(rekue.Job.client, client)
    })

    it('ends its connections with the queue, also where another one lives on', async () => {
      // Its own connection stands, and one of a test before may be about to go.
      await queue.stats()
      const before = await clients()
      for (let n = 0; n < 10; n++) {
        const other = new rekue({ redis: server.url })
        await other.add('a')
        await other.close()
      }
      await until(async () => (await clients()) <= before)
    })

    it('quits with the queue, and is null from then on', async () => {
      const { client } = queue
      await client.async.ping()
      const ended = once(client, 'end')
      await queue.close()
      await ended
      assert.equal(queue.client, null)
      const untouched = new rekue({ redis: server.url })
      await untouched.close()
      assert.equal(untouched.client, null)
    })

    it('takes all that an address can say', async () => {
      const options = [
        [{ redis: `redis://127.0.0.1:${server.port}/5` }, 5],
        [{ redis: `redis://127.0.0.1:${server.port}?db=6` }, 6],
        [{ redis: { port: server.port, options: { string_numbers: true } } }, 0],
        [{ store: server.url }, 0]
      ]
      for (const [given, db] of options) {
        const other = new rekue(given)
        assert.equal(other.client.selected_db, db)
        const size = await other.client.async.dbsize()
        assert.equal(size, given.redis?.options ? '0' : 0)
        await other.close()
      }
    })
  })

  describe('rekue.redis', () => {
    it('has what kue.redis has', () => {
      rekue.redis.configureFactory({ redis: server.url }, queue)
      const names = Object.keys(kue.redis).filter((name) => !name.startsWith('_'))
      for (const name of names) assert.equal(typeof rekue.redis[name], 'function', name)
    })

    it('makes clients for the queue that was made last', async () => {
      const client = rekue.redis.createClient()
      assert.equal(client.getKey('ids'), 'w:ids')
      assert.equal(client.selected_db, 3)
      assert.equal(await client.async.ping(), 'PONG')
      await client.async.quit()
    })

    it('shares two clients, until it is reset or the queue is closed', async () => {
      const shared = rekue.redis.client()
      const pubsub = rekue.redis.pubsubClient()
      assert.equal(rekue.redis.client(), shared)
      assert.notEqual(pubsub, shared)
      await shared.async.ping()
      const ended = [once(shared, 'end'), once(pubsub, 'end')]
      rekue.redis.reset()
      await Promise.all(ended)
      const next = rekue.redis.client()
      assert.notEqual(next, shared)
      await next.async.ping()
      const closed = once(next, 'end')
      await queue.close()
      await closed
    })

    it('configureFactory takes Kue’s options, and refuses what cannot be', async () => {
      const options = { redis: { port: server.port, db: 4 } }
      rekue.redis.configureFactory(options, queue)
      assert.equal(options.prefix, 'q')
      const client = rekue.redis.createClient()
      assert.equal(client.selected_db, 4)
      const plain = rekue.redis.createClientFactory(options)
      assert.equal(plain.getKey, undefined)
      await Promise.all([client.async.quit(), plain.async.quit()])
      assert.throws(
        () => rekue.redis.configureFactory({ redis: { createClientFactory: () => {} } }, queue),
        { code: 'ERR_INVALID_ARG' }
      )
    })

    it('loads and connects nothing before it is used', () => {
      const program = `
        require('rekue')
        const loaded = Object.keys(require.cache).filter((file) => /lib.redis/.test(file))
        console.log(loaded.length)`
      const { stdout } = spawnSync(process.execPath, ['-e', program], { cwd: __dirname })
      assert.equal(String(stdout), '0\n')
    })
  })
})
