'use strict'

const assert = require('node:assert/strict')
const { redis, stores } = require('../../test-support/stores')
const { rekue, setUp, ask, deferred, until } = require('../../test-support/queues')

const { Job } = rekue

/** Jobs and processors that are not as they should be: the worker goes on, the job gets its due. */
for (const store of stores) {
  describe(`poison, ${store.name}`, () => {
    const t = setUp(store)

    it('10 MB of data go there and back', async () => {
      const queue = t.queue()
      const text = 'ä"\\\n'.repeat(2_500_000)
      queue.process('a', async (job) => ({
        length: job.data.text.length,
        same: job.data.text === text
      }))
      const job = await queue.add('a', { text })
      assert.deepEqual(await job.finished(), { length: text.length, same: true })
    })

    it('10 MB of a result are stored', async () => {
      const queue = t.queue()
      queue.process('a', async () => 'x'.repeat(10_000_000))
      const job = await queue.add('a')
      assert.equal((await job.finished()).length, 10_000_000)
      assert.equal((await Job.get(job.id)).result.length, 10_000_000)
    })

    for (const [field, value] of [
      ['data', '{oops'],
      ['data', ''],
      ['max_attempts', 'many'],
      ['attempts', '-1'],
      ['attempts', '1e400'],
      ['delay', 'soon'],
      ['ttl', 'long'],
      ['backoff', '{"type":"exponential","delay":"x"}'],
      ['backoff', 'function () { process.exit(9) }'],
      ['removeOnComplete', '\u0000'],
      ['__proto__', '{"polluted":true}'],
      ['constructor', 'x'],
      ['result', '{oops'],
      ['error', '\ud800'],
      ['created_at', 'yesterday'],
      ['started_at', 'never']
    ]) {
      it(`a job whose ${field} is ${JSON.stringify(value)} ends, and the next one runs`, async () => {
        const queue = t.queue()
        const [bad, good] = await queue.addBulk([
          { type: 'a', options: { attempts: 2 } },
          { type: 'a' }
        ])
        await ask(bad, 'set', field, value)
        queue.process('a', async () => 'ran')
        assert.equal(await good.finished(), 'ran')
        await until(async () => {
          const { inactive, active, delayed } = await queue.stats()
          return inactive + active + delayed === 0
        })
        const found = await ask(Job, 'range', 0, -1, 'asc')
        assert.ok(found.some((job) => job.id === bad.id) || field === 'removeOnComplete')
        assert.equal(/** @type {any} */ ({}).polluted, undefined)
        t.expectErrors('ERR_UNKNOWN_BACKOFF')
      })
    }

    it('a processor that never calls done holds its slot alone, and fails when its ttl is over', async () => {
      const queue = t.queue()
      queue.process('a', 2, (job, done) => {
        if (!job.data.silent) done(null, 'ran')
      })
      const silent = await queue.add('a', { silent: true }, { ttl: 300 })
      for (let i = 0; i < 5; i++) assert.equal(await (await queue.add('a')).finished(), 'ran')
      await assert.rejects(silent.finished(), { code: 'ERR_JOB_FAILED', message: 'TTL exceeded' })
      const both = await queue.addBulk([{ type: 'a' }, { type: 'a' }])
      for (const job of both) assert.equal(await job.finished(), 'ran')
    })

    it('a processor that never calls done does not keep a queue from closing', async () => {
      const queue = t.queue()
      const started = deferred()
      queue.process('a', (_job, _done) => started.resolve())
      const job = await queue.add('a', {}, { attempts: 2 })
      await started.promise
      await queue.close(100)
      const other = t.queue()
      assert.equal((await other.stats()).inactive, 1)
      other.process('a', async () => 'ran')
      await until(async () => (await other.stats()).complete === 1)
      assert.equal((await Job.get(job.id)).toJSON().attempts.made, 2)
    })

    it('listeners that throw do not stop a queue', async () => {
      const child = t.child((rekue, options, tell) => {
        const queue = rekue.createQueue(options)
        const caught = []
        process.on('uncaughtException', (error) => caught.push(error.message))
        queue.on('job complete', () => {
          throw new Error('of the queue')
        })
        queue.process('a', async () => 'ran')
        queue.add('a').then(async (job) => {
          job.on('complete', () => {
            throw new Error('of the job')
          })
          await job.finished()
          const second = await queue.add('a')
          tell(await second.finished())
          await queue.close()
          tell([...new Set(caught)].sort())
        })
      })
      await child.says('ran')
      await child.says(['of the job', 'of the queue'])
    })
  })
}

describe('poison, keys of another kind in Redis', () => {
  const t = setUp(redis)
  const command = (...args) => redis.server.command(...args)

  it('in the place of the wake-up tokens: jobs of all types still run', async () => {
    const queue = t.queue()
    const jobs = await queue.addBulk([{ type: 'a' }, { type: 'a', options: { attempts: 2 } }])
    await command('DEL', 'q:a:jobs')
    await command('SET', 'q:a:jobs', 'not a list')
    let failed = false
    queue.process('a', async (job) => {
      if (job.id === jobs[1].id && !failed) {
        failed = true
        throw new Error('once')
      }
      return 'ran'
    })
    queue.process('b', async () => 'ran')
    for (const job of jobs) assert.equal(await job.finished(), 'ran')
    assert.equal(await (await queue.add('b')).finished(), 'ran')
  })

  it('in the place of a type that nobody can mend: the others run, and an error tells of it', async () => {
    const queue = t.queue()
    await command('SET', 'q:jobs:a:inactive', 'not a set')
    queue.process('a', async () => 'ran')
    queue.process('b', async () => 'ran')
    assert.match((await t.error('ERR_STORE_UNAVAILABLE')).message, /WRONGTYPE/)
    for (let i = 0; i < 3; i++) assert.equal(await (await queue.add('b')).finished(), 'ran')
    await command('DEL', 'q:jobs:a:inactive')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    await queue.close()
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })
})
