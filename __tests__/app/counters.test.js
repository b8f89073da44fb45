'use strict'

/** Sums that several processes add to, on either store. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const pino = require('pino')
const { openCounters } = require('../../app/stores/counters')
const { AppRedis } = require('../../app/stores/redis')
const { temporaryFolder } = require('../../test-support/app')
const { startRedis } = require('../../test-support/redis-server')

describe('counters in Redis', () => {
  it('add up over all who add', async () => {
    const redis = await startRedis()
    const clients = [0, 1].map(() => new AppRedis(redis.url, pino({ level: 'silent' })))
    await Promise.all(clients.map((client) => client.settled()))
    const [a, b] = clients.map((client) => openCounters({ folder: '', redis: client }))
    assert.deepEqual(await a.read(), {})
    await a.add({ views: 1, ms: 0.5 })
    await b.add({ views: 2, other: 1 })
    assert.deepEqual(await a.read(), { views: 3, ms: 0.5, other: 1 })
    for (const client of clients) client.close()
    await redis.stop()
  })
})

describe('counters in files', () => {
  /** @type {string} */
  let folder

  beforeEach(() => {
    folder = path.join(temporaryFolder(), 'counters')
  })

  afterEach(() => fs.rmSync(path.dirname(folder), { recursive: true, force: true }))

  it('add up what this process and others have', async () => {
    fs.mkdirSync(folder)
    // Of a process that lives: the one that runs the tests.
    const other = path.join(folder, `${os.hostname()}.${process.ppid}.json`)
    fs.writeFileSync(other, '{"views":10,"theirs":1}')
    const counters = openCounters({ folder })
    await counters.add({ views: 1 })
    await counters.add({ views: 1, ours: 0.5 })
    assert.deepEqual(await counters.read(), { views: 12, ours: 0.5, theirs: 1 })
    await counters.close()
    assert.ok(fs.existsSync(other))
  })

  it('are on disk when they are closed, and continued by the next process', async () => {
    const program = `
      const { openCounters } = require(${JSON.stringify(require.resolve('../../app/stores/counters'))})
      const counters = openCounters({ folder: ${JSON.stringify(folder)} })
      counters.add({ views: 2 }).then(() => counters.close())`
    for (let run = 0; run < 3; run++) {
      const { status, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    }
    assert.equal(fs.readdirSync(folder).length, 1)
    const counters = openCounters({ folder })
    assert.deepEqual(await counters.read(), { views: 6 })
    await counters.close()
  })

  it('tell where the folder cannot be used', async () => {
    fs.writeFileSync(folder, 'a file')
    const counters = openCounters({ folder })
    await assert.rejects(counters.read(), { code: 'ENOTDIR' })
  })
})
