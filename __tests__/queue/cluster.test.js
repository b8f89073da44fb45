'use strict'

const assert = require('node:assert/strict')
const { createClient } = require('rekue/redis')
const { opened, goes } = require('../../test-support/direct-line')
const { Ledger } = require('../../test-support/ledger')
const { startCluster } = require('../../test-support/redis-cluster')
const { startRedis } = require('../../test-support/redis-server')
const { freePort } = require('../../test-support/ports')
const { rekue, setUp, saved, ask, until } = require('../../test-support/queues')
const { sqlite } = require('../../test-support/stores')
const { copy } = require('../../lib/cli/store')

const JOBS = 1000
/** Long enough for a failover on a busy machine. */
const PATIENT = { commandTimeout: 30_000 }
/** Any key of the queue: they are all in one slot. */
const KEY = '{q}:ids'

/** Three masters, each with a replica. */
class Cluster {
  constructor() {
    this.name = 'Redis Cluster'
  }

  async start() {
    this.nodes = await startCluster()
  }

  async clear() {
    await this.nodes.settled()
    await (await this.nodes.owner(KEY)).command('FLUSHALL')
  }

  /** @param {string} [query] */
  options(query = '') {
    return { store: `${this.nodes.url}${query}` }
  }
}

describe('Redis Cluster', function () {
  this.timeout(60_000)
  const cluster = new Cluster()
  const t = setUp(/** @type {any} */ (cluster))
  after(() => cluster.nodes?.stop())

  /** Ask whichever node has the queue. */
  const command = async (...args) => {
    for (;;) {
      const node = await cluster.nodes.owner(KEY)
      const answer = await node.command(...args).catch(() => undefined)
      if (answer !== undefined) return answer
    }
  }

  /**
   * Work off a thousand jobs while something happens in their midst.
   * @param {() => Promise<any>} happen
   * @param {{ query?: string }} [options]
   */
  async function workThrough(happen, { query = '' } = {}) {
    const queue = t.queue({ ...cluster.options(query), ...PATIENT })
    const workers = [t.queue(PATIENT), t.queue(PATIENT)]
    const ledger = new Ledger(JOBS)
    for (const worker of workers) ledger.work(worker, 10)
    await ledger.addAll(queue, { meanwhile: happen })
    await ledger.check(command, '{q}')
    t.expectErrors('ERR_STORE_UNAVAILABLE', 'ERR_LEASE_LOST')
    return ledger
  }

  /** A master that does not have the queue. */
  async function anotherMaster() {
    const owner = await cluster.nodes.owner(KEY)
    for (const node of cluster.nodes.nodes) {
      const [role] = node.running ? await node.command('ROLE') : []
      if (role === 'master' && node !== owner) return node
    }
    throw new Error('the cluster has one master only')
  }

  it('keeps all of a queue in one slot, found through any node', async () => {
    for (const node of cluster.nodes.nodes) {
      const queue = t.queue({ store: `redis+cluster://127.0.0.1:${node.port}` })
      queue.process('a', async (job) => job.data.n)
      const job = await queue.add('a', { n: node.port })
      assert.equal(await job.finished(), node.port)
      await queue.close()
    }
    const owner = await cluster.nodes.owner(KEY)
    const keys = await owner.command('KEYS', '*')
    assert.ok(keys.length > 6)
    assert.deepEqual(
      keys.filter((key) => !key.startsWith('{q}:')),
      []
    )
  })

  it('has everything that a queue has', async () => {
    const queue = t.queue({ disableSearch: false })
    queue.process('a', async (job) => {
      if (job.data.fail) throw new Error('bad')
    })
    const job = await saved(
      queue.create('a', { fail: true }).attempts(2).backoff({ type: 'fixed', delay: 10 })
    )
    const failed = new Promise((resolve) => job.on('failed', resolve))
    assert.equal(await failed, 'bad')
    await (await queue.add('a', {}, { delay: 20, removeOnComplete: true })).finished()
    await queue.addBulk([
      { type: 'b', data: { title: 'avi video' }, options: { priority: 'high' } },
      { type: 'b', data: { title: 'video', n: 2 } }
    ])
    assert.deepEqual(await ask(rekue.Job, 'rangeByType', 'b', 'inactive', 0, -1, 'asc').then(ids), [
      '3',
      '4'
    ])
    assert.deepEqual(await queue.search('video'), [4, 3])
    assert.deepEqual(await queue.search('videos avi'), [3])
    const { failed: failures, complete, inactive } = await queue.stats()
    assert.deepEqual([failures, complete, inactive], [1, 0, 2])
    assert.deepEqual((await rekue.Job.log(1)).length, 2)
    await (await rekue.Job.get(3)).remove()
  })

  /** @param {any[]} jobs */
  const ids = (jobs) => jobs.map((job) => String(job.id))

  it('a master that is killed in the midst of a thousand jobs', async () => {
    const happen = async () => {
      const master = await cluster.nodes.owner(KEY)
      await master.kill()
      await cluster.nodes.owner(KEY)
      await master.restart()
    }
    await workThrough(happen, { query: '?replicas=1' })
  })

  it('a replica that takes over in the midst of a thousand jobs', async () => {
    const happen = async () => {
      const replica = await cluster.nodes.replicaOf(await cluster.nodes.owner(KEY))
      await replica.command('CLUSTER', 'FAILOVER')
      await cluster.nodes.until(async () => (await cluster.nodes.owner(KEY)) === replica)
    }
    await workThrough(happen)
  })

  it('a slot that moves to another node in the midst of a thousand jobs', async () => {
    const happen = async () => {
      const moved = await cluster.nodes.reshard(KEY, await anotherMaster())
      assert.ok(moved > 300, `${moved} keys`)
    }
    const ledger = await workThrough(happen)
    // Nothing was lost on the way, so nothing had to be done twice.
    assert.equal(ledger.extraRuns, 0)
  })

  it('nothing is done by halves while the slot is on two nodes', async () => {
    const queue = t.queue(PATIENT)
    await queue.addBulk(Array.from({ length: 120 }, (_, i) => ({ type: 'a', data: { i } })))
    const ran = new Set()
    const to = await anotherMaster()
    let asked
    await cluster.nodes.reshard(KEY, to, async (moved) => {
      if (asked) return
      assert.ok(moved < 120)
      // Some jobs are here, some there: whoever asks now is answered when all are there.
      asked = Promise.all([queue.add('a', { i: 120 }), queue.stats()])
      queue.process('a', 10, async (job) => void ran.add(job.data.i))
      await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 300))])
      assert.equal(ran.size, 0)
    })
    await asked
    await cluster.nodes.until(async () => (await queue.stats()).complete === 121)
    assert.equal(ran.size, 121)
    assert.equal(await cluster.nodes.owner(KEY), to)
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('a call that waits for a slot in vain says so in time', async () => {
    const queue = t.queue({ commandTimeout: 400 })
    await queue.add('a')
    const [from, to] = [await cluster.nodes.owner(KEY), await anotherMaster()]
    const slot = await cluster.nodes.slot(KEY)
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
    await assert.rejects(queue.add('a'), {
      code: 'ERR_STORE_UNAVAILABLE',
      message: /slot is on its way to another node/
    })
    for (const node of [from, to]) await node.command('CLUSTER', 'SETSLOT', slot, 'STABLE')
    assert.equal((await queue.add('a')).type, 'a')
  })

  it('who only waits finds the new node too: a worker, and a listener', async () => {
    const [queue, worker] = [t.queue(PATIENT), t.queue(PATIENT)]
    worker.process('a', async () => 'ran')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    await cluster.nodes.reshard(KEY, await anotherMaster())
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('who adds one job after the other follows the slot, on a new direct line', async () => {
    const queue = await opened(t.queue(PATIENT))
    assert.equal(await goes(queue, () => queue.add('a', { n: 1 })), true)
    await cluster.nodes.reshard(KEY, await anotherMaster())
    await queue.add('a', { n: 2 })
    await opened(queue)
    assert.equal(await goes(queue, () => queue.add('a', { n: 3 })), true)
    const ids = (await command('ZRANGE', '{q}:jobs', 0, -1)).map((zid) => zid.slice(3))
    const all = await Promise.all(ids.map((id) => command('HGET', `{q}:job:${id}`, 'data')))
    assert.deepEqual(
      all.filter((data) => !data.includes('warm')),
      ['{"n":1}', '{"n":2}', '{"n":3}']
    )
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('takes the jobs of another store, and gives them back', async () => {
    await sqlite.start()
    await sqlite.clear()
    const source = t.queue(sqlite.options())
    await source.addBulk([{ type: 'a', data: { n: 1 } }, { type: 'b' }])
    await source.close()
    assert.equal(await copy(sqlite.options(), cluster.options()), 2)
    const queue = t.queue()
    assert.deepEqual((await rekue.Job.get(1)).data, { n: 1 })
    assert.equal((await queue.stats()).inactive, 2)
    await sqlite.clear()
    assert.equal(await copy(cluster.options(), sqlite.options()), 2)
  })

  it('a TieredCache shares its entries through any node', async () => {
    const caches = cluster.nodes.nodes.slice(0, 3).map(({ port }) => {
      const l1 = new rekue.cache.Cache({ max: 100 })
      const url = `redis+cluster://127.0.0.1:${port}`
      return new rekue.cache.TieredCache({ l1, redis: url, ttl: 60_000, l2Timeout: 5000 })
    })
    const [first, ...others] = caches
    for (const key of ['a', 'b', 'c', 'd']) {
      assert.equal(await first.fetch(key, () => key.toUpperCase()), key.toUpperCase())
      for (const cache of others) {
        const loaded = cache.fetch(key, () => assert.fail('loaded a second time'))
        assert.equal(await loaded, key.toUpperCase())
      }
    }
    await first.invalidate('a')
    await until(() => others.every((cache) => cache.stats().invalidations === 1))
    assert.equal(await others[0].fetch('a', () => 'new'), 'new')
    for (const cache of caches) await cache.close()
  })

  describe('trouble is told with the way out', () => {
    /** @param {string} store @param {RegExp} message */
    async function refused(store, message) {
      const queue = t.queue({ store, connectTimeout: 300, commandTimeout: 600 })
      const at = Date.now()
      await assert.rejects(queue.add('a'), { code: 'ERR_STORE_UNAVAILABLE', message })
      assert.ok(Date.now() - at < 2000)
      await queue.close()
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    }

    it('nodes that are not there', async () => {
      const port = await freePort()
      const says = new RegExp(`no node of the cluster could be asked:.*${port}.*refused`)
      await refused(`redis+cluster://127.0.0.1:${port}`, says)
    })

    it('a server that is in no cluster', async () => {
      const server = await startRedis()
      t.later(() => server.stop())
      const says = /cluster support disabled.*redis:\/\/HOST:PORT/
      await refused(`redis+cluster://127.0.0.1:${server.port}`, says)
    })

    it('a client, which talks to one server', async () => {
      const queue = t.queue()
      assert.throws(() => queue.client.get('a'), {
        code: 'ERR_INVALID_ARG',
        message: /createClient/
      })
      const refusal = { code: 'ERR_INVALID_ARG', message: /one server.*redis\+cluster/ }
      assert.throws(() => createClient(cluster.nodes.url), refusal)
    })

    it('a node that is given as a single server', async () => {
      const owner = await cluster.nodes.owner(KEY)
      const other = cluster.nodes.nodes.find((node) => node !== owner)
      await refused(`redis://127.0.0.1:${other?.port}`, /redis\+cluster:\/\/HOST:PORT/)
    })
  })
})
