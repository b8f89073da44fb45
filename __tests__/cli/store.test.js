'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')
const { rekue, setUp, until } = require('../../test-support/queues')
const { redis, sqlite } = require('../../test-support/stores')

const BIN = path.join(__dirname, '..', '..', 'bin', 'rekue.js')

/** @param {...string} args */
const run = (...args) => promisify(execFile)(process.execPath, [BIN, 'store', ...args])

/** Jobs in every state, with all that a job may have. @param {any} queue */
async function everyState(queue) {
  const add = (state, options) => queue.add('work', { state, text: 'ü "x"\n' }, options)
  const waits = await add('inactive', { priority: 'high', ttl: 5000 })
  const fails = await add('failed', { attempts: 2, backoff: { type: 'fixed', delay: 5 } })
  await add('complete', { priority: -3 })
  const runs = await add('active', {})
  await add('delayed', { delay: 3_600_000 })
  const more = await queue.add('other', { n: 1 })
  more.set('colour', 'blue')
  waits.log('a line')
  waits.log('another "line"')
  queue.process('other', async () => ({ done: true }))
  await more.finished()
  for (const state of ['failed', 'complete', 'active']) {
    const jobs = { failed: fails, active: runs }
    await new Promise((resolve, reject) =>
      (jobs[state] || more).state(state, (error) => (error ? reject(error) : resolve(undefined)))
    )
  }
  await until(async () => (await queue.stats()).active === 1)
}

/** All that can be read of a queue's jobs. @param {any} queue */
async function everything(queue) {
  const { Job } = rekue
  const found = []
  for (const state of ['inactive', 'active', 'complete', 'failed', 'delayed']) {
    const ids = await new Promise((resolve) => queue.state(state, (_, ids) => resolve(ids)))
    for (const id of ids) {
      const job = await Job.get(id)
      const colour = await new Promise((resolve) => job.get('colour', (_, value) => resolve(value)))
      found.push({ ...job.toJSON(), listed: state, log: await Job.log(id), colour })
    }
  }
  return found.sort((a, b) => a.id - b.id)
}

describe('rekue store', function () {
  this.timeout(30_000)
  const t = setUp(sqlite)
  before(() => redis.start())
  beforeEach(() => redis.clear())
  const beside = (name) => path.join(path.dirname(sqlite.file()), name)

  const onRedis = () => redis.options().store
  const inFile = () => sqlite.options().store
  for (const [name, from, target] of [
    ['from a file to Redis', inFile, onRedis],
    ['from Redis to a file', onRedis, inFile],
    ['from a file to another', inFile, () => `sqlite:${beside('target.db')}`]
  ]) {
    it(`copy moves jobs in every state ${name}`, async () => {
      const source = t.queue({ store: from(), disableSearch: false })
      await everyState(source)
      const found = await source.search('failed')
      const before = await everything(source)
      assert.deepEqual([...new Set(before.map((job) => job.listed))].sort(), [
        'active',
        'complete',
        'delayed',
        'failed',
        'inactive'
      ])
      const { workTime } = await source.stats()
      await source.close()
      const { stdout } = await run('copy', from(), target())
      assert.equal(stdout, `${before.length} jobs copied\n`)

      const moved = t.queue({ store: target() })
      const expected = before.map((job) =>
        job.listed === 'active' ? { ...job, listed: 'inactive', state: 'inactive' } : job
      )
      assert.deepEqual(await everything(moved), expected)
      assert.equal((await moved.stats()).workTime, workTime)
      assert.equal(found.length, 1)
      assert.deepEqual(await moved.search('failed'), found)
      // It is a queue like any other: what waits is worked off, and ids go on.
      const waiting = expected.filter((job) => job.listed === 'inactive').length
      const next = await moved.add('work', {})
      assert.equal(next.id, Math.max(...expected.map((job) => job.id)) + 1)
      let ran = 0
      moved.process('work', async () => ++ran)
      await until(() => ran === waiting + 1)

      await assert.rejects(run('copy', from(), target()), /has jobs already/)
    })
  }

  it('backup copies a file while workers run', async () => {
    const queue = t.queue()
    queue.process('work', 10, async (job) => job.data.n)
    let adding = true
    const adds = (async () => {
      for (let n = 0; adding; n++) await queue.add('work', { n })
    })()
    await until(async () => (await queue.stats()).complete > 50)
    const copy = beside('copy.db')
    await run('backup', sqlite.file(), copy)
    adding = false
    await adds
    const total = (stats) => stats.inactive + stats.active + stats.complete
    const copied = t.queue({ store: `sqlite:${copy}` })
    const stats = await copied.stats()
    assert.ok(total(stats) > 50 && total(stats) <= total(await queue.stats()))
    assert.equal((await everything(copied)).length, total(stats))
    await copied.close()
    await assert.rejects(run('backup', sqlite.file(), copy), /exists already/)
    await assert.rejects(run('backup', beside('none.db'), beside('x.db')), /does not exist/)
    assert.equal(fs.existsSync(beside('none.db')), false)
  })
})
