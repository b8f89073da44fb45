'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const rekue = require('../..')
const { ask, until } = require('../../test-support/queues')
const { startRedis } = require('../../test-support/redis-server')

const ROOT = path.join(__dirname, '../..')
const PASSWORD = 'hidden'

/**
 * The words of the line of a page that makes a user.
 * @param {string} page
 * @returns {string[]}
 */
function documented(page) {
  const text = fs.readFileSync(path.join(ROOT, 'docs', page), 'utf8')
  const lines = text.match(/^ *ACL SETUSER .*$/gm) ?? []
  assert.equal(lines.length, 1, `${page} has one such line`)
  return lines[0].trim().replace('PASSWORD', PASSWORD).split(' ')
}

/** What users were refused. @param {import('../../test-support/redis-server').RedisServer} server */
async function denied(server) {
  /** @type {string[][]} */
  const entries = await server.command('ACL', 'LOG')
  const field = (/** @type {string[]} */ entry, /** @type {string} */ name) =>
    entry[entry.indexOf(name) + 1]
  const objects = entries.map((entry) => `${field(entry, 'reason')} ${field(entry, 'object')}`)
  // Redis 7.2 is told the name of the library where that is allowed; older ones know no such command.
  return objects.filter((object) => object !== 'command client|setinfo')
}

describe('the documented rights', () => {
  /** @type {import('../../test-support/redis-server').RedisServer} */
  let server
  /** @type {any[]} */
  const queues = []
  beforeEach(async () => {
    server = await startRedis()
    await server.command(...documented('redis.md'))
  })
  afterEach(async () => {
    for (const queue of queues.splice(0)) await queue.close(200).catch(() => {})
    await server.stop()
  })

  it('are all that a queue needs', async () => {
    const queue = rekue.createQueue({
      store: `redis://queue:${PASSWORD}@127.0.0.1:${server.port}/1`,
      disableSearch: false,
      promotion: { interval: 50 },
      lease: { duration: 300 }
    })
    queues.push(queue)
    /** @type {Error[]} */
    const errors = []
    queue.on('error', (error) => errors.push(error))
    const completed = new Set()
    queue.on('job complete', (id) => completed.add(Number(id)))
    const attempts = new Map()
    queue.process('mail', 2, async (job) => {
      const attempt = (attempts.get(job.id) ?? 0) + 1
      attempts.set(job.id, attempt)
      job.log('attempt %d', attempt)
      job.progress(attempt, 2, { step: attempt })
      if (job.data.fails >= attempt) throw new Error('not yet')
      return { attempt }
    })

    const one = await queue.add('mail', { title: 'hello' }, { searchKeys: ['title'] })
    assert.deepEqual(await one.finished(), { attempt: 1 })
    const options = { attempts: 2, backoff: { type: 'fixed', delay: 20 } }
    const [retried, late, failed] = await queue.addBulk([
      { type: 'mail', data: { fails: 1 }, options },
      { type: 'mail', data: {}, options: { delay: 60, priority: 'high', ttl: 5000 } },
      { type: 'mail', data: { fails: 9 }, options: { attempts: 2 } },
      { type: 'mail', data: {}, options: { removeOnComplete: true } }
    ])
    assert.deepEqual(await retried.finished(), { attempt: 2 })
    assert.deepEqual(await late.finished(), { attempt: 1 })
    await assert.rejects(failed.finished(), /not yet/)
    // One after the other they go by a connection of their own.
    for (let i = 0; i < 20; i++) await queue.add('mail', { i })
    await until(() => completed.size === 24)

    assert.deepEqual(await queue.search('hello'), [one.id])
    assert.ok((await ask(rekue.Job, 'log', retried.id)).includes('attempt 2'))
    assert.equal((await ask(queue, 'types')).length, 1)
    assert.equal((await ask(queue, 'failed')).length, 1)
    assert.equal((await queue.stats()).complete, 23)
    const waiting = await queue.add('other', { n: 1 })
    const job = await ask(rekue.Job, 'get', waiting.id)
    await ask(job, 'set', 'note', 'x')
    await ask(job.priority('critical'), 'update')
    await ask(job, 'delayed')
    await ask(job, 'inactive')
    await ask(rekue.Job, 'rangeByType', 'other', 'inactive', 0, -1, 'asc')
    await server.command('HSET', 'q:job:999', 'type', 'mail')
    await queue.repair()
    await ask(rekue.Job, 'remove', one.id)
    // A renewal of the lease, and a look at jobs whose ttl may be over.
    await new Promise((resolve) => setTimeout(resolve, 400))
    await queue.close()

    assert.deepEqual(errors, [])
    assert.deepEqual(await denied(server), [])
  })

  it('hold every command that scripts call', () => {
    const rights = new Set(documented('redis.md'))
    const folder = path.join(ROOT, 'src/queue/store/redis/scripts')
    const files = fs.readdirSync(folder, { recursive: true }).map(String)
    const scripts = files.filter((file) => file.endsWith('.lua'))
    assert.ok(scripts.length > 10)
    for (const file of scripts) {
      const text = fs.readFileSync(path.join(folder, file), 'utf8')
      for (const [, command, sub] of text.matchAll(
        /\b(?:p?call|try)\(\s*'([A-Z]+)'(?:, '(NUM[A-Z]+)')?/g
      )) {
        const right = sub ? `${command}|${sub}` : command
        assert.ok(rights.has(`+${right.toLowerCase()}`), `${file}: ${right}`)
      }
    }
  })

  it('of a sentinel’s user are all that a queue needs there', async () => {
    const sentinel = await startRedis({
      args: ['--sentinel'],
      config: `sentinel monitor main 127.0.0.1 ${server.port} 1\n`
    })
    await sentinel.command(...documented('scaling.md'))
    const login = `sentinelUser=watcher&sentinelPassword=${PASSWORD}`
    const queue = rekue.createQueue({
      store: `redis+sentinel://queue:${PASSWORD}@127.0.0.1:${sentinel.port}/main?${login}`,
      commandTimeout: 1000
    })
    queues.push(queue)
    /** @type {Error[]} */
    const errors = []
    queue.on('error', (error) => errors.push(error))
    queue.process('mail', async () => 'sent')
    assert.equal(await (await queue.add('mail')).finished(), 'sent')
    // A connection that says nothing for a second is asked whether it still lives.
    await until(async () => {
      /** @type {string} */
      const list = await sentinel.command('CLIENT', 'LIST')
      const own = list.split('\n').filter((line) => line.includes('user=watcher'))
      return own.some((line) => line.includes('cmd=ping'))
    })
    await queue.close()
    assert.deepEqual(errors, [])
    assert.deepEqual(await denied(sentinel), [])
    assert.deepEqual(await denied(server), [])
    await sentinel.stop()
  })
})
