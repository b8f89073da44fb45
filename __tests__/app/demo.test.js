'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { freePort } = require('../../test-support/ports')
const { startRedis } = require('../../test-support/redis-server')

const DEMO = path.join(__dirname, '..', '..', 'app', 'demo.js')
const PHONES = 11
const BLACKLISTED = ['4153518780', '4153518781']

describe('the demo', () => {
  let redis

  before(async () => {
    redis = await startRedis()
  })

  beforeEach(() => redis.command('FLUSHALL'))

  after(() => redis.stop())

  /**
   * Start the demo.
   * @param {string} url
   */
  function start(url) {
    const child = spawn(process.execPath, [DEMO], {
      env: { ...process.env, REDIS_URL: url },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const run = { child, stdout: '', stderr: '', ended: once(child, 'close') }
    child.stdout.setEncoding('utf8').on('data', (text) => (run.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (run.stderr += text))
    return run
  }

  /** How many lines match. @param {string} text @param {RegExp} line */
  const count = (text, line) => text.split('\n').filter((each) => line.test(each)).length

  /** What Redis holds of the demo's jobs. */
  async function jobKeys() {
    const keys = await redis.command('KEYS', '*')
    return keys.filter((/** @type {string} */ key) => /:jobs\b|:job:\d+/.test(key))
  }

  /** How many clients Redis has beside the one that asks. */
  async function clients() {
    const list = await redis.command('CLIENT', 'LIST')
    return list.trim().split('\n').length - 1
  }

  it('follows eleven jobs through another process to their outcomes, and ends', async () => {
    const run = start(redis.url)
    const [code] = await run.ended
    assert.equal(run.stderr, '')
    assert.equal(code, 0)
    const { stdout } = run
    assert.equal(count(stdout, /^Notification job created: \d+$/), PHONES)
    assert.equal(count(stdout, /^Notification job \d+ 0% complete$/), PHONES)
    assert.equal(count(stdout, /^Notification job \d+ 50% complete$/), 9)
    assert.equal(count(stdout, /^Notification job \d+ completed$/), 9)
    for (const phone of BLACKLISTED) {
      const line = new RegExp(`^Notification job \\d failed: Phone number ${phone} is blacklisted$`)
      assert.equal(count(stdout, line), 1, phone)
    }
    assert.equal(count(stdout, /^Sending notification to \d{10}, with message: .+$/), 9)
    assert.match(stdout, /^11 jobs in \d\.\d s: 9 completed, 2 failed/m)
    assert.match(stdout, /^What to try next:/m)
  })

  it('tells each job in order, and the jobs of one priority first come first served', async () => {
    const run = start(redis.url)
    await run.ended
    const seven = run.stdout
      .split('\n')
      .filter((line) => /^Notification job (created: )?7\b/.test(line))
    assert.deepEqual(seven, [
      'Notification job created: 7',
      'Notification job 7 started',
      'Notification job 7 0% complete',
      'Notification job 7 50% complete',
      'Notification job 7 completed'
    ])
    const ids = [...run.stdout.matchAll(/^Notification job (\d+) started$/gm)].map((m) =>
      Number(m[1])
    )
    assert.equal(ids.length, PHONES)
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b)
    )
  })

  it('leaves no job and no connection behind', async () => {
    await start(redis.url).ended
    assert.deepEqual(await jobKeys(), [])
    assert.equal(await clients(), 0)
  })

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    it(`ends cleanly on ${signal}, whatever is under way`, async () => {
      const run = start(redis.url)
      while (!run.stdout.includes('Notification job 3 0% complete')) {
        await once(run.child.stdout, 'data')
      }
      run.child.kill(signal)
      const [code] = await run.ended
      assert.equal(run.stderr, '')
      assert.equal(code, 0)
      assert.match(run.stdout, new RegExp(`^${signal}: finishing what is in hand`, 'm'))
      assert.match(run.stdout, /Ended early/)
      assert.deepEqual(await jobKeys(), [])
      assert.equal(await clients(), 0)
    })
  }

  it('says that there is no Redis, and ends with 1', async () => {
    const run = start(`redis://127.0.0.1:${await freePort()}`)
    const [code] = await run.ended
    assert.equal(code, 1)
    assert.match(run.stdout, /^trouble: .*Redis at 127\.0\.0\.1:\d+/m)
    assert.equal(count(run.stdout, /^trouble: /), 1)
    assert.match(run.stderr, /^The demo could not go on: .*connect/m)
  })
})
