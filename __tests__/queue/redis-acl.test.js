'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const rekue = require('../..')
const { ask, deferred, until } = require('../../test-support/queues')
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

/** What a user may not read is not gone. */
describe('a right that is taken from a user', () => {
  /** @type {import('../../test-support/redis-server').RedisServer} */
  let server
  /** @type {any[]} */
  const queues = []
  /** Of the user's queues. @type {any[]} */
  let errors = []
  const command = (/** @type {any[]} */ ...args) => server.command(...args)
  beforeEach(async () => {
    errors = []
    server = await startRedis()
    await command(...documented('redis.md'))
  })
  afterEach(async () => {
    for (const queue of queues.splice(0)) await queue.close(200).catch(() => {})
    await server.stop()
  })

  /** A queue of the user, or of one who may do anything. @param {boolean} [mayAll] */
  function open(mayAll = false) {
    const user = mayAll ? '' : `queue:${PASSWORD}@`
    const queue = new rekue({
      store: `redis://${user}127.0.0.1:${server.port}`,
      promotion: { interval: 50 },
      lease: { duration: 300 }
    })
    queues.push(queue)
    queue.on('error', (/** @type {any} */ error) => mayAll || errors.push(error))
    return queue
  }
  const take = (/** @type {string} */ right) => command('ACL', 'SETUSER', 'queue', `-${right}`)
  const give = (/** @type {string} */ right) => command('ACL', 'SETUSER', 'queue', `+${right}`)
  const told = (/** @type {number} */ count) => until(() => errors.length >= count)
  /** Nothing is wrong with any job. @param {any} queue */
  const sound = async (queue) =>
    assert.deepEqual((await queue.repair({ dryRun: true, wait: 0 })).found, {})

  afterEach(() => {
    for (const { code, message } of errors) {
      assert.equal(code, 'ERR_STORE_UNAVAILABLE')
      assert.match(message, /rights/)
    }
  })

  for (const right of ['hmget', 'exists']) {
    it(`${right}: what waits and what is delayed stays, and runs once it is given`, async () => {
      const owner = open(true)
      const jobs = await owner.addBulk([
        ...Array.from({ length: 5 }, () => ({ type: 'a' })),
        ...Array.from({ length: 5 }, () => ({ type: 'a', options: { delay: 20 } }))
      ])
      // As Kue's own jobs may be: its members alone do not tell that they are there.
      if (right === 'exists') await command('HDEL', 'q:job:1', 'data', 'created_at')
      await take(right)
      let ran = 0
      open().process('a', 2, async () => void ran++)
      await told(right === 'hmget' ? 5 : 2)
      assert.equal(ran, 0)
      assert.equal(await command('ZCARD', 'q:jobs'), 10)
      const { inactive, delayed } = await owner.stats()
      assert.equal(inactive + delayed, 10)
      // Not over and over.
      assert.ok(errors.length < 50)
      await give(right)
      await Promise.all(jobs.map((job) => job.finished()))
      assert.equal(ran, 10)
      await sound(owner)
    })
  }

  for (const right of ['hmget', 'zadd', 'zrem', 'hset', 'hdel']) {
    it(`${right}: jobs in hand keep their places, and end once it is given`, async () => {
      const owner = open(true)
      const hold = deferred()
      const runs = new Map()
      const begun = deferred()
      const jobs = await owner.addBulk(
        Array.from({ length: 12 }, (_, i) => ({ type: 'a', data: { fails: i % 3 === 0 } }))
      )
      open().process('a', 6, async (job) => {
        runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
        if (runs.size === 6) begun.resolve()
        await hold.promise
        if (job.data.fails) throw new Error('no')
      })
      await begun.promise
      await take(right)
      hold.resolve()
      await told(3)
      await give(right)
      const ends = await Promise.allSettled(jobs.map((job) => job.finished()))
      assert.equal(ends.filter(({ status }) => status === 'rejected').length, 4)
      await until(async () => (await owner.stats()).active === 0)
      await sound(owner)
      // The log of a failure has one line, however often it was told.
      const failed = jobs.filter((job) => job.data.fails)
      for (const job of failed)
        assert.deepEqual(await command('LRANGE', `q:job:${job.id}:log`, 0, -1), ['Error: no'])
    })
  }

  it('hmget: the jobs of a dead worker stay its own until they can be read', async () => {
    const owner = open(true)
    await command(
      'HSET',
      'q:job:1',
      'type',
      'a',
      'state',
      'active',
      'started_at',
      '5',
      'data',
      '{}'
    )
    await command('SET', 'q:ids', '1')
    await command('SADD', 'q:job:types', 'a')
    for (const set of ['q:jobs', 'q:jobs:active', 'q:jobs:a:active']) {
      await command('ZADD', set, '0', '01|1')
    }
    await command('HSET', 'q:rekue:lease:dead', '1', '1@5')
    await command('ZADD', 'q:rekue:leases', '1', 'dead')
    await take('hmget')
    open().process('b', async () => {})
    await told(4)
    assert.equal(await command('HGET', 'q:rekue:lease:dead', '1'), '1@5')
    await give('hmget')
    await until(async () => (await command('ZCARD', 'q:jobs:a:inactive')) === 1)
    assert.equal(await command('EXISTS', 'q:rekue:lease:dead'), 0)
    await sound(owner)
  })

  it('hmget: repair takes no job for one that is gone', async () => {
    const owner = open(true)
    await owner.addBulk([{ type: 'a' }, { type: 'a' }])
    await take('hmget')
    await assert.rejects(open().repair({ wait: 0 }), { code: 'ERR_STORE_UNAVAILABLE' })
    assert.equal(await command('ZCARD', 'q:jobs'), 2)
    await sound(owner)
  })

  it('script|load: who cannot load scripts again says so, and does not try without a pause', async () => {
    const queue = open()
    queue.process('a', async () => 'ran')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    await take('script|load')
    await command('SCRIPT', 'FLUSH')
    const add = queue.add('a')
    await until(() => errors.some(({ message }) => /script\|load/.test(message)))
    const calls = async () =>
      Number(/total_commands_processed:(\d+)/.exec(await command('INFO', 'stats'))?.[1])
    const before = await calls()
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.ok((await calls()) - before < 100)
    await give('script|load')
    assert.equal(await (await add).finished(), 'ran')
  })
})
