'use strict'

const assert = require('node:assert/strict')
const { execFile, spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const readline = require('node:readline')
const { promisify } = require('node:util')
const { request } = require('../../test-support/http')
const { setUp } = require('../../test-support/queues')
const { startRedis } = require('../../test-support/redis-server')
const { stores, redis, sqlite } = require('../../test-support/stores')

const BIN = path.join(__dirname, '..', '..', 'bin', 'rekue.js')
/** Kue's command. */
const KUES = path.join(__dirname, '..', '..', 'bin', 'kue-dashboard')

/** @param {string[]} args @param {Record<string, string>} [env] */
const run = (args, env) =>
  promisify(execFile)(process.execPath, [BIN, ...args], { env: { ...process.env, ...env } })

for (const store of stores) {
  describe(`rekue dashboard and stats on ${store.name}`, function () {
    this.timeout(30_000)
    const t = setUp(store)

    /** Where the queue is, in the command's words. @param {string} option */
    const where = (option) => [option, /** @type {any} */ (store.options()).store]

    /** @param {string[]} args @param {Record<string, string>} [env] */
    async function dashboard(args, env) {
      const child = spawn(process.execPath, [BIN, 'dashboard', '--port', '0', ...args], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit']
      })
      t.later(() => child.kill('SIGKILL'))
      const [line] = await once(readline.createInterface({ input: child.stdout }), 'line')
      return { child, address: new URL(line.replace('Running on ', '')) }
    }

    it('serves the queue of a prefix until it is told to end', async () => {
      await t.queue({ prefix: 'mine' }).add('mail', { to: 'a' })
      const option = store === redis ? '--redis' : '--store'
      const { child, address } = await dashboard([...where(option), '--prefix', 'mine'])
      assert.equal(address.hostname, '127.0.0.1')
      const { body } = await request(Number(address.port), '/job/1')
      assert.deepEqual(body.data, { to: 'a' })
      child.kill('SIGTERM')
      assert.deepEqual(await once(child, 'exit'), [0, null])
    })

    it('asks for the password of REKUE_PASSWORD', async () => {
      const { address } = await dashboard([...where('--store'), '--host', '0.0.0.0'], {
        REKUE_PASSWORD: 'päss:word'
      })
      const ask = async (/** @type {string} */ password) => {
        const code = Buffer.from(`kim:${password}`).toString('base64')
        const headers = password ? { Authorization: `Basic ${code}` } : {}
        return (await request(Number(address.port), '/stats', { headers })).status
      }
      assert.deepEqual(
        [await ask(''), await ask('wrong'), await ask('word'), await ask('päss:word')],
        [401, 401, 401, 200]
      )
    })

    it('prints the counts', async () => {
      const queue = t.queue()
      await queue.addBulk(Array.from({ length: 12 }, () => ({ type: 'a' })))
      await queue.add('a', {}, { delay: 60_000 })
      const { stdout } = await run(['stats', ...where('-s')])
      assert.equal(
        stdout,
        [
          'inactive     12',
          'active        0',
          'complete      0',
          'failed        0',
          'delayed       1',
          'work time 0.0 s',
          ''
        ].join('\n')
      )
      const json = JSON.parse((await run(['stats', ...where('--store'), '--json'])).stdout)
      assert.deepEqual(json, await queue.stats())
    })
  })
}

describe('rekue dashboard and stats', function () {
  this.timeout(30_000)
  const t = setUp(sqlite)

  it('are found under the name of Kue’s command, with its options', async () => {
    const server = await startRedis()
    t.later(() => server.stop())
    await t.queue({ store: server.url, prefix: 'mine' }).add('mail', { to: 'a' })
    const child = spawn(KUES, ['-p', '0', '-r', server.url, '-q', 'mine'], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    t.later(() => child.kill('SIGKILL'))
    const [line] = await once(readline.createInterface({ input: child.stdout }), 'line')
    assert.match(line, /^Running on http:\/\/127\.0\.0\.1:\d+$/)
    const { body } = await request(Number(new URL(line.slice('Running on '.length)).port), '/job/1')
    assert.deepEqual(body.data, { to: 'a' })
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
    const { stdout } = await promisify(execFile)(KUES, ['-h'])
    assert.match(stdout, /-p, --port N +default: 3000\n/)
    assert.match(stdout, /default: redis:\/\/127\.0\.0\.1:6379\n[^]*default: q\n/)
  })

  it('tell how they are used', async () => {
    for (const command of ['dashboard', 'stats']) {
      assert.match((await run([command, '--help'])).stdout, new RegExp(`usage: rekue ${command}`))
    }
  })

  it('say of a wrong port before anything of a server that does not answer', async () => {
    const args = ['dashboard', '--port', 'abc', '--redis', 'redis://127.0.0.1:1']
    await assert.rejects(run(args), (/** @type {any} */ error) => {
      assert.equal(error.code, 2)
      assert.match(error.stderr, /^rekue: --port must be [^\n]*\n$/)
      return true
    })
  })

  it('refuse what cannot be', async () => {
    const file = /** @type {any} */ (sqlite.options()).store
    const cases = [
      [['stats', '--redis', 'redis://x', '--store', file], /give one of them/],
      [['stats', '--store', 'nowhere:7'], /options\.store must be/],
      [['stats', '--prefx', 'a'], /--prefx/],
      [['dashboard', '--port', 'http', '--store', file], /--port must be/],
      [['dashboard', '--port', '70000', '--store', file], /--port must be/],
      [['dashboard', '--host', '0.0.0.0', '--store', file], /REKUE_PASSWORD/]
    ]
    for (const [args, message] of /** @type {[string[], RegExp][]} */ (cases)) {
      await assert.rejects(run(args, { REKUE_PASSWORD: '' }), (/** @type {any} */ error) => {
        assert.equal(error.code, 2, args.join(' '))
        assert.match(error.stderr, message)
        return true
      })
    }
  })
})
