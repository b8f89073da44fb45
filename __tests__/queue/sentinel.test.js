'use strict'

const assert = require('node:assert/strict')
const { opened, goes } = require('../../test-support/direct-line')
const { Ledger } = require('../../test-support/ledger')
const { startSentinels } = require('../../test-support/redis-sentinel')
const { startRedis } = require('../../test-support/redis-server')
const { freePort } = require('../../test-support/ports')
const { rekue, setUp } = require('../../test-support/queues')

const JOBS = 1000
/** Long enough for a failover on a busy machine. */
const PATIENT = { commandTimeout: 30_000 }

/** A master with two replicas under three sentinels. */
class Sentinels {
  constructor() {
    this.name = 'Redis Sentinel'
  }

  async start() {
    this.group = await startSentinels()
  }

  async clear() {
    await this.group.settled()
    await (await this.group.master()).command('FLUSHALL')
  }

  /** @param {string} [query] */
  options(query = '') {
    return { store: `${this.group.url}${query}` }
  }
}

describe('Redis Sentinel', function () {
  this.timeout(60_000)
  const sentinels = new Sentinels()
  const t = setUp(/** @type {any} */ (sentinels))
  after(() => sentinels.group?.stop())
  const unavailable = (message) => ({ code: 'ERR_STORE_UNAVAILABLE', message })

  const command = async (...args) => {
    for (;;) {
      const master = await sentinels.group.master()
      // Whoever is about to be the master may not answer as one yet.
      const answer = await master.command(...args).catch(() => undefined)
      if (answer !== undefined) return answer
    }
  }

  it('jobs are stored at the master and worked off', async () => {
    const queue = t.queue()
    queue.process('a', async (job) => job.data.n + 1)
    const job = await queue.add('a', { n: 1 })
    assert.equal(await job.finished(), 2)
    const master = await sentinels.group.master()
    assert.equal(await master.command('HGET', 'q:job:1', 'state'), 'complete')
  })

  /**
   * Work off a thousand jobs while something happens in their midst.
   * @param {string} query
   * @param {() => Promise<void>} happen
   */
  async function workThrough(query, happen) {
    const queue = t.queue({ ...sentinels.options(query), ...PATIENT })
    const workers = [t.queue(PATIENT), t.queue(PATIENT)]
    const ledger = new Ledger(JOBS)
    for (const worker of workers) ledger.work(worker, 10)
    await ledger.addAll(queue, { meanwhile: happen })
    await ledger.check(command)
    t.expectErrors('ERR_STORE_UNAVAILABLE', 'ERR_LEASE_LOST')
  }

  it('a master that is killed in the midst of a thousand jobs', () =>
    workThrough('?replicas=1', async () => {
      const master = await sentinels.group.master()
      await master.kill()
      await sentinels.group.another(master)
      await sentinels.group.follow(master)
    }))

  // The old one does not know for a while: what it takes then it loses, so all must have it.
  it('another master in the midst of a thousand jobs, the old one still alive', () =>
    workThrough('?replicas=2', () => sentinels.group.failover()))

  it('who only waits finds the new master too: a worker, and a listener', async () => {
    const [queue, worker] = [t.queue(PATIENT), t.queue(PATIENT)]
    worker.process('a', async () => 'ran')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    await sentinels.group.failover()
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('who adds one job after the other finds the new master too, on a new direct line', async () => {
    const queue = await opened(t.queue(PATIENT))
    await sentinels.group.failover()
    await opened(queue)
    assert.equal(await goes(queue, () => queue.add('a', { n: 1 })), true)
    const id = await command('GET', 'q:ids')
    assert.equal(await command('HGET', `q:job:${id}`, 'data'), '{"n":1}')
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('jobs that replicas must have go on no direct line', async () => {
    const queue = t.queue(sentinels.options('?replicas=1'))
    const direct = await goes(queue, async () => {
      for (let n = 0; n < 10; n++) await queue.add('a', { n })
    })
    assert.equal(direct, false)
  })

  it('a sentinel that is gone, and one that says nothing, are no hindrance', async () => {
    const silent = require('node:net').createServer((socket) => socket.resume())
    await new Promise((resolve) => silent.listen(0, '127.0.0.1', () => resolve(undefined)))
    t.later(() => new Promise((resolve) => silent.close(resolve)))
    const { port } = /** @type {any} */ (silent.address())
    const gone = await freePort()
    const [known] = sentinels.group.sentinels
    const hosts = `127.0.0.1:${gone},127.0.0.1:${port},127.0.0.1:${known.port}`
    const at = Date.now()
    const queue = t.queue({ store: `redis+sentinel://${hosts}/${sentinels.group.name}` })
    await queue.add('a')
    assert.ok(Date.now() - at < 2000)
    await queue.close()
  })

  describe('trouble is told with the way out', () => {
    const quick = { connectTimeout: 300, commandTimeout: 600 }

    /** @param {string} store @param {RegExp} message */
    async function refused(store, message) {
      const queue = t.queue({ store, ...quick })
      const at = Date.now()
      await assert.rejects(queue.add('a'), unavailable(message))
      assert.ok(Date.now() - at < 2000)
      await queue.close()
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    }

    it('a name that no sentinel knows', () =>
      refused(
        `redis+sentinel://${sentinels.group.hosts}/other`,
        /know no master called "other": check the name in the URL/
      ))

    it('sentinels that are not there', async () => {
      const ports = [await freePort(), await freePort()]
      const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',')
      const says = new RegExp(`no sentinel could be asked:.*127\\.0\\.0\\.1:${ports[0]}.*refused`)
      await refused(`redis+sentinel://${hosts}/main`, says)
    })

    it('a server that is no sentinel', async () => {
      const server = await sentinels.group.master()
      await refused(`redis+sentinel://127.0.0.1:${server.port}/main`, /is no sentinel/)
    })

    it('a master that is gone, until there is another', async () => {
      const server = await startRedis()
      t.later(() => server.stop())
      const config = `sentinel monitor lone 127.0.0.1 ${server.port} 1\n`
      const sentinel = await startRedis({ config, args: ['--sentinel'] })
      t.later(() => sentinel.stop())
      await server.kill()
      await refused(
        `redis+sentinel://127.0.0.1:${sentinel.port}/lone`,
        new RegExp(`cannot connect to Redis at 127\\.0\\.0\\.1:${server.port}: connection refused`)
      )
    })
  })

  it('logs in to sentinels and servers apart, and chooses the database', async () => {
    const group = await startSentinels({
      args: ['--requirepass', 'one', '--masterauth', 'one'],
      login: ['auth-pass NAME one'],
      sentinelArgs: ['--requirepass', 'two'],
      settled: false
    })
    t.later(() => group.stop())
    const at = `${group.hosts}/${group.name}`
    const queue = t.queue({ store: `redis+sentinel://:one@${at}/3?sentinelPassword=two` })
    queue.process('a', async () => 'ran')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    assert.equal((await rekue.Job.get(1)).type, 'a')
    for (const [store, says] of /** @type {[string, RegExp][]} */ ([
      [
        `redis+sentinel://:one@${at}?sentinelPassword=bad`,
        /refuses user or password.*sentinelUser and sentinelPassword/
      ],
      [`redis+sentinel://:bad@${at}?sentinelPassword=two`, /password/]
    ])) {
      const queue = t.queue({ store, commandTimeout: 300 })
      await assert.rejects(queue.add('a'), (error) => {
        assert.equal(error.code, 'ERR_STORE_UNAVAILABLE')
        assert.match(error.message, says)
        assert.doesNotMatch(error.message, /:one|two|bad/)
        return true
      })
      await queue.close()
    }
    t.expectErrors('ERR_STORE_UNAVAILABLE')
    await queue.close()
  })

  it('a master that is cut off from its replicas acknowledges nothing with replicas=1', async () => {
    const server = await startRedis()
    t.later(() => server.stop())
    const config = `sentinel monitor lone 127.0.0.1 ${server.port} 1\n`
    const sentinel = await startRedis({ config, args: ['--sentinel'] })
    t.later(() => sentinel.stop())
    const store = `redis+sentinel://127.0.0.1:${sentinel.port}/lone?replicas=1`
    const queue = t.queue({ store, commandTimeout: 400 })
    await assert.rejects(queue.add('a'), unavailable(/only 0 of the replicas=1/))
    await queue.close()
  })
})
