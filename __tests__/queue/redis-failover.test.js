'use strict'

const assert = require('node:assert/strict')
const { startRedis } = require('../../test-support/redis-server')
const { startProxy } = require('../../test-support/tcp-proxy')
const { redis } = require('../../test-support/stores')
const { setUp, ask, deferred, until } = require('../../test-support/queues')

/** What a failover does to a client, step by step, on single servers. */
describe('Redis fails over', () => {
  const t = setUp(redis)

  async function ownServer() {
    const server = await startRedis()
    t.later(() => server.stop())
    return server
  }

  /** @param {{ port: number }} server */
  async function proxyTo(server) {
    const proxy = await startProxy(server.port)
    t.later(() => proxy.stop())
    return proxy
  }

  describe('what passes is waited out', () => {
    /**
     * @param {(server: any) => Promise<any>} begin
     * @param {(server: any) => Promise<any>} end
     * @param {RegExp} says
     * @param {(queue: any) => Promise<any>} [call] which hears of it
     */
    async function waitsOut(begin, end, says, call = (queue) => queue.add('a')) {
      const server = await ownServer()
      const queue = t.queue({ store: server.url })
      const hasty = t.queue({ store: server.url, commandTimeout: 300 })
      queue.process('a', async () => 'ran')
      assert.equal(await (await queue.add('a')).finished(), 'ran')
      await begin(server)
      await assert.rejects(call(hasty), { code: 'ERR_STORE_UNAVAILABLE', message: says })
      const adding = queue.add('a')
      await end(server)
      assert.equal(await (await adding).finished(), 'ran')
      assert.equal(await server.command('ZCARD', 'q:jobs'), 2)
      await queue.close()
      await hasty.close()
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    }

    it('READONLY: the server is a replica for a while', () =>
      waitsOut(
        // Nobody is there, so it keeps what it has.
        (server) => server.command('REPLICAOF', '127.0.0.1', 1),
        (server) => server.command('REPLICAOF', 'NO', 'ONE'),
        /READONLY/
      ))

    it('NOREPLICAS: the server has too few replicas for a write', () =>
      waitsOut(
        (server) => server.command('CONFIG', 'SET', 'min-replicas-to-write', 1),
        (server) => server.command('CONFIG', 'SET', 'min-replicas-to-write', 0),
        /NOREPLICAS/
      ))

    it('MASTERDOWN: a replica that has lost its master, and does not serve old data', () =>
      waitsOut(
        async (server) => {
          await server.command('CONFIG', 'SET', 'replica-serve-stale-data', 'no')
          await server.command('REPLICAOF', '127.0.0.1', 1)
        },
        (server) => server.command('REPLICAOF', 'NO', 'ONE'),
        /MASTERDOWN/,
        (queue) => queue.stats()
      ))
  })

  describe('a half-open connection', () => {
    it('is noticed before a call needs it', async () => {
      const proxy = await proxyTo(redis.server)
      const queue = t.queue({ store: proxy.url, commandTimeout: 1000 })
      await queue.add('a')
      // One for calls, one for events.
      const { count } = proxy
      assert.equal(count, 2)
      proxy.silence()
      await until(() => proxy.count === 2 * count)
      await queue.add('a')
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })

    it('is noticed by a worker and by a listener that only wait', async () => {
      const proxy = await proxyTo(redis.server)
      const through = t.queue({ store: proxy.url, commandTimeout: 1000 })
      through.process('a', async () => 'ran')
      const direct = t.queue()
      assert.equal(await (await direct.add('a')).finished(), 'ran')
      const job = await through.add('b')
      const finished = job.finished()
      await through.stats()
      proxy.silence()
      direct.process('b', async () => 'other')
      assert.equal(await finished, 'other')
      assert.equal(await (await direct.add('a')).finished(), 'ran')
      t.expectErrors('ERR_STORE_UNAVAILABLE', 'ERR_LEASE_LOST')
    }).timeout(30_000)

    it('costs a call no more than its time', async () => {
      const proxy = await proxyTo(redis.server)
      const queue = t.queue({ store: proxy.url, commandTimeout: 500 })
      await queue.add('a')
      proxy.silence()
      const at = Date.now()
      await assert.rejects(queue.add('a'), { code: 'ERR_STORE_UNAVAILABLE' })
      assert.ok(Date.now() - at < 1500)
      await queue.add('a')
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })
  })

  describe('an add whose reply was lost', () => {
    /**
     * A proxy that swallows the reply to the next transaction, and cuts the connection. What
     * `then` does happens before anybody can connect again.
     * @param {{ port: number }} server
     * @param {(proxy: any) => void} [then]
     */
    async function losingReply(server, then = () => {}) {
      const proxy = await proxyTo(server)
      let lost
      proxy.onRequest = (text, pair) => {
        if (text.includes('rekue:added:')) lost ??= pair
        return false
      }
      proxy.onReply = (text, pair) => {
        if (pair !== lost) return false
        setImmediate(() => {
          then(proxy)
          proxy.cut()
        })
        return true
      }
      return proxy
    }

    for (const options of [{}, { removeOnComplete: true }]) {
      it(`is not repeated where it took effect: ${JSON.stringify(options)}`, async () => {
        const proxy = await losingReply(redis.server)
        const worker = t.queue()
        const runs = []
        worker.process('a', async (job) => void runs.push(job.data.n))
        const queue = t.queue({ store: proxy.url })
        const job = await queue.add('a', { n: 1 }, options)
        const next = await queue.add('a', { n: 2 }, options)
        await until(async () => {
          const { inactive, active } = await worker.stats()
          return inactive + active === 0 && runs.length >= 2
        })
        assert.deepEqual(runs.sort(), [1, 2])
        assert.deepEqual([job.id, next.id], [1, 2])
        t.expectErrors('ERR_STORE_UNAVAILABLE')
      })
    }

    it('and whose id another server gave to another job gets a new one', async () => {
      const [old, fresh] = [await ownServer(), await ownServer()]
      const stranger = t.queue({ store: fresh.url })
      await stranger.add('a', { of: 'stranger' })
      const proxy = await losingReply(old, (proxy) => (proxy.target = fresh.port))
      const queue = t.queue({ store: proxy.url })
      const job = await queue.add('a', { of: 'ours' })
      assert.equal(await old.command('ZCARD', 'q:jobs'), 1)
      assert.equal(job.id, 2)
      const data = (id) => fresh.command('HGET', `q:job:${id}`, 'data')
      assert.equal(await data(1), '{"of":"stranger"}')
      assert.equal(await data(2), '{"of":"ours"}')
      assert.equal(await fresh.command('ZCARD', 'q:jobs'), 2)
      await queue.close()
      await stranger.close()
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })
  })

  describe('a server that forgot what it was told last', () => {
    /** Keep a copy of all keys, and put it back later, as a replica that was behind would. */
    const COPY = `
for _, key in ipairs(redis.call('KEYS', 'q:*')) do redis.call('COPY', key, 'kept:' .. key) end`
    const BACK = `
for _, key in ipairs(redis.call('KEYS', 'q:*')) do redis.call('DEL', key) end
for _, key in ipairs(redis.call('KEYS', 'kept:*')) do
  redis.call('RENAME', key, string.sub(key, 6))
end`

    it('an outcome: the job runs again, although the process that did it lives', async () => {
      const queue = t.queue({ lease: { duration: 600 } })
      const [first, again, hold] = [deferred(), deferred(), deferred()]
      const runs = [first, again]
      queue.process('a', async () => {
        runs.shift()?.resolve()
        await hold.promise
      })
      await queue.add('a')
      await first.promise
      await redis.server.command('EVAL', COPY, 0)
      hold.resolve()
      await until(async () => (await queue.stats()).complete === 1)
      await redis.server.command('EVAL', BACK, 0)
      assert.equal(await ask(queue, 'card', 'active'), 1)
      await again.promise
      await until(async () => (await queue.stats()).complete === 1)
      assert.equal((await queue.stats()).active, 0)
    })

    it('a claim: another may take it, and one outcome counts', async () => {
      const queue = t.queue({ lease: { duration: 600 } })
      const starts = []
      const [first, second] = [deferred(), deferred()]
      queue.process('a', 2, async () => {
        const start = deferred()
        starts.push(start)
        ;[first, second][starts.length - 1].resolve()
        return start.promise
      })
      const job = await queue.add('a', {}, { delay: 300 })
      await redis.server.command('EVAL', COPY, 0)
      await first.promise
      await redis.server.command('EVAL', BACK, 0)
      await second.promise
      starts[0].resolve('late')
      assert.equal((await t.error('ERR_LEASE_LOST')).code, 'ERR_LEASE_LOST')
      starts[1].resolve('right')
      assert.equal(await job.finished(), 'right')
      const { complete, active } = await queue.stats()
      assert.deepEqual([complete, active], [1, 0])
    })
  })

  it('nobody takes the jobs of the living in the first moment after an outage', async () => {
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    t.later(() => server.stop())
    const options = { store: server.url, lease: { duration: 900 } }
    const runs = []
    const started = deferred()
    const worker = t.queue(options)
    const hold = deferred()
    worker.process('a', 2, async (job) => {
      runs.push(job.id)
      started.resolve()
      return hold.promise
    })
    // Others renew too, and look for leases that have run out.
    const others = Array.from({ length: 3 }, () => t.queue(options))
    for (const other of others) other.process('b', async () => {})
    const job = await worker.add('a')
    await started.promise
    await server.kill()
    // Longer than the lease: it is over when the server is back.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await server.restart()
    await until(async () => (await others[0].stats()).active === 1)
    // For two renewals of everybody.
    await new Promise((resolve) => setTimeout(resolve, 700))
    hold.resolve('kept')
    assert.equal(await job.finished(), 'kept')
    assert.equal(runs.length, 1)
    for (const queue of [worker, ...others]) await queue.close()
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('nobody takes the jobs of the living after one outage that follows another', async () => {
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    t.later(() => server.stop())
    const options = { store: server.url, lease: { duration: 1500 } }
    const starts = []
    const queues = Array.from({ length: 4 }, () => t.queue(options))
    const [all, hold] = [deferred(), deferred()]
    for (const queue of queues) {
      queue.process('a', 3, async (job) => {
        if (starts.push(job.id) === 12) all.resolve()
        await hold.promise
      })
    }
    const jobs = await queues[0].addBulk(Array.from({ length: 12 }, () => ({ type: 'a' })))
    await all.promise
    for (let outage = 0; outage < 2; outage++) {
      await server.kill()
      await new Promise((resolve) => setTimeout(resolve, 2000))
      await server.restart()
      await until(() => queues[0].stats().catch(() => false))
      // Less than it takes everybody to renew.
      await new Promise((resolve) => setTimeout(resolve, outage === 0 ? 300 : 2500))
    }
    hold.resolve()
    await Promise.all(jobs.map((job) => job.finished()))
    assert.equal(starts.length, 12)
    for (const queue of queues) await queue.close()
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })
})
