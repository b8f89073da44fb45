'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')
const { setUp } = require('../../test-support/queues')
const { redis, sqlite } = require('../../test-support/stores')

const BIN = path.join(__dirname, '..', '..', 'bin', 'rekue.js')

/** @param {...string} args @returns {Promise<{ stdout: string, stderr: string, code: number }>} */
const run = (...args) =>
  promisify(execFile)(process.execPath, [BIN, 'repair', ...args]).then(
    (output) => ({ ...output, code: 0 }),
    (error) => ({ stdout: error.stdout, stderr: error.stderr, code: error.code })
  )

describe('rekue repair', () => {
  const t = setUp(redis)
  const command = (...args) => redis.server.command(...args)

  it('tells, mends, and then has nothing to tell', async () => {
    const queue = t.queue()
    await queue.add('a')
    await command('ZADD', 'q:jobs:failed', '0', '02|77')
    await command('LPUSH', 'q:a:jobs', '1')
    const { url } = redis.server
    const dry = await run(url, '--dry-run', '--wait', '10')
    assert.equal(dry.code, 1)
    assert.match(dry.stdout, /^1 sets or logs of jobs that are not there$/m)
    assert.match(dry.stdout, /^1 wake-up tokens out of step$/m)
    assert.match(dry.stdout, /^jobs: 77\nnothing was changed$/m)
    assert.equal(await command('ZCARD', 'q:jobs:failed'), 1)
    const wet = await run(url, '--wait', '10')
    assert.deepEqual([wet.code, wet.stderr], [0, ''])
    assert.match(wet.stdout, /^mended$/m)
    assert.equal(await command('EXISTS', 'q:jobs:failed'), 0)
    assert.deepEqual(await run(url, '--wait', '10'), {
      stdout: 'nothing is wrong\n',
      stderr: '',
      code: 0
    })
  })

  it('takes a prefix with and without a hash tag', async () => {
    await command('LPUSH', '{mine}:a:jobs', '1')
    await command('SADD', '{mine}:job:types', 'a')
    const { url } = redis.server
    const args = [url, '--prefix', 'mine', '--wait', '0']
    assert.match((await run(...args)).stdout, /nothing is wrong/)
    assert.match((await run(...args, '--hash-tag')).stdout, /1 wake-up tokens/)
  })

  it('looks over a file too', async () => {
    await sqlite.start()
    await sqlite.clear()
    const { store } = sqlite.options()
    const queue = t.queue({ store })
    await queue.add('a')
    assert.match((await run(store)).stdout, /nothing is wrong/)
  })

  it('refuses what it does not know, and a store that is not there', async () => {
    for (const args of [[], ['one', 'two'], ['ftp://x'], [redis.server.url, '--wait', 'long']]) {
      const { code, stdout, stderr } = await run(...args)
      assert.deepEqual([code, stdout], [2, ''], args.join(' '))
      assert.match(stderr, /^(rekue|usage): /)
    }
    assert.match((await run('--help')).stdout, /usage: rekue repair STORE/)
  })
})
