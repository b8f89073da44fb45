'use strict'

const assert = require('node:assert/strict')
const { lib, setUp, ask, saved, next, until } = require('../../test-support/compat')

const { Job } = lib
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms))

describe('processing jobs', () => {
  const t = setUp()

  it('hands the job to the processor, and its result to who listens and to the store', async () => {
    const queue = t.queue()
    queue.process('sum', (/** @type {any} */ job, /** @type {any} */ done) => {
      assert.ok(job instanceof Job)
      done(null, { sum: job.data.a + job.data.b })
    })
    const job = queue.create('sum', { a: 1, b: 2 })
    const complete = next(job, 'complete')
    await saved(job)
    const [result] = await complete
    assert.deepEqual(result, { sum: 3 })
    const read = await ask(Job, 'get', job.id)
    assert.deepEqual(read.result, { sum: 3 })
    assert.deepEqual([read.state(), read.progress()], ['complete', '100'])
    assert.match(read.started_at, /^\d{13}$/)
    assert.match(read.duration, /^\d+$/)
    assert.match(read.workerId, /^kue:.+:\d+:sum:1$/)
    assert.deepEqual(read.toJSON().attempts, { made: 1, remaining: 0, max: 1 })
  })

  it('gives the job that runs its state and times', async () => {
    const queue = t.queue()
    const seen = new Promise((resolve) =>
      queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
        resolve([job.state(), typeof job.started_at, job.id, typeof job.workerId])
        done()
      })
    )
    await saved(queue.create('a'))
    assert.deepEqual(await seen, ['active', 'number', 1, 'string'])
  })

  it('fails a job by an error, with its message for listeners and its stack in the store', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) =>
      done(new Error('no luck'))
    )
    const job = queue.create('a')
    const failed = next(job, 'failed')
    await saved(job)
    assert.equal((await failed)[0], 'no luck')
    await until(async () => (await ask(Job, 'get', 1)).toJSON().attempts.made === 1)
    const read = await ask(Job, 'get', 1)
    assert.equal(read.state(), 'failed')
    assert.match(read.error(), /^Error: no luck\n {4}at /)
    assert.deepEqual(await ask(Job, 'log', 1), ['Error: no luck'])
    assert.match(read.failed_at, /^\d{13}$/)
  })

  it('fails a job by a text', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done('just so'))
    const job = queue.create('a')
    const failed = next(job, 'failed')
    await saved(job)
    assert.equal((await failed)[0], 'just so')
    assert.equal((await ask(Job, 'get', 1)).error(), 'just so')
  })

  it('tries again as often as the job says, and tells of each failure', async () => {
    const queue = t.queue()
    let runs = 0
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) =>
      ++runs < 3 ? done(new Error(`failure ${runs}`)) : done(null, 'at last')
    )
    const job = queue.create('a').attempts(3)
    /** @type {any[]} */
    const heard = []
    for (const event of ['failed attempt', 'failed', 'complete'])
      job.on(event, (/** @type {any} */ value, /** @type {any} */ made) =>
        heard.push([event, value, made])
      )
    const complete = next(job, 'complete')
    await saved(job)
    await complete
    assert.deepEqual(heard.slice(0, 2), [
      ['failed attempt', 'failure 1', 1],
      ['failed attempt', 'failure 2', 2]
    ])
    assert.deepEqual(heard[2].slice(0, 2), ['complete', 'at last'])
    assert.equal((await ask(Job, 'get', 1)).toJSON().attempts.made, 3)
  })

  for (const [name, backoff, least] of /** @type {[string, any, number][]} */ ([
    ['the delay of the job', true, 60],
    ['a fixed pause', { type: 'fixed', delay: 80 }, 80],
    ['a pause that grows', { type: 'exponential', delay: 80 }, 40],
    ['its own function', (/** @type {number} */ attempts) => attempts * 70, 70]
  ])) {
    it(`waits before another attempt: ${name}`, async () => {
      const queue = t.queue()
      /** @type {number[]} */
      const times = []
      queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
        times.push(Date.now())
        done(times.length < 2 ? new Error('once') : null)
      })
      const job = queue.create('a').attempts(2).delay(60).backoff(backoff)
      const complete = next(job, 'complete')
      await saved(job)
      await complete
      assert.ok(times[1] - times[0] >= least - 2, `after ${times[1] - times[0]} ms`)
    })
  }

  it('takes jobs by priority, then by age', async () => {
    const queue = t.queue()
    for (const [name, priority] of [
      ['low', 'low'],
      ['normal 1', 'normal'],
      ['critical', 'critical'],
      ['normal 2', 'normal'],
      ['number', -7]
    ]) {
      await saved(queue.create('a', { name }).priority(priority))
    }
    /** @type {string[]} */
    const order = []
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
      order.push(job.data.name)
      done()
    })
    await until(() => order.length === 5)
    assert.deepEqual(order, ['critical', 'number', 'normal 1', 'normal 2', 'low'])
  })

  it('runs as many jobs at once as it is told', async () => {
    const queue = t.queue()
    let running = 0
    let most = 0
    let ended = 0
    queue.process('a', 3, (/** @type {any} */ job, /** @type {any} */ done) => {
      most = Math.max(most, ++running)
      setTimeout(() => {
        running--
        ended++
        done()
      }, 10)
    })
    for (let i = 0; i < 9; i++) await saved(queue.create('a'))
    await until(() => ended === 9)
    assert.equal(most, 3)
  })

  it('starts delayed jobs when their time has come', async () => {
    const queue = t.queue()
    const job = queue.create('a').delay(100)
    const promoted = next(job, 'promotion')
    const queued = next(job, 'enqueue')
    const started = new Promise((resolve) =>
      queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
        resolve(Date.now())
        done()
      })
    )
    const before = Date.now()
    await saved(job)
    assert.ok((await started) - before >= 98)
    await Promise.all([promoted, queued])
  })

  it('fails a job whose time is over', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ _job, /** @type {any} */ _done) => {})
    const job = queue.create('a').ttl(100)
    const failed = next(job, 'failed')
    await saved(job)
    assert.equal((await failed)[0], 'TTL exceeded')
    assert.equal((await ask(Job, 'get', 1)).error(), 'TTL exceeded')
  })

  it('lets a job with a ttl live on as long as it makes progress, or says so', async () => {
    const queue = t.queue()
    queue.process('a', async (/** @type {any} */ job, /** @type {any} */ done) => {
      for (let i = 0; i < 3; i++) {
        await pause(150)
        job.progress(i, 10)
        await pause(150)
        job.refreshTtl()
      }
      done(null, 'in time')
    })
    const job = queue.create('a').ttl(250)
    const end = Promise.race([next(job, 'complete'), next(job, 'failed')])
    await saved(job)
    assert.equal((await end)[0], 'in time')
  })

  it('removes a job on completion where the job says so', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done(null, 'gone'))
    const job = queue.create('a').removeOnComplete(true)
    const complete = next(job, 'complete')
    await saved(job)
    assert.equal((await complete)[0], 'gone')
    await until(async () => (await t.server.command('EXISTS', 'q:job:1')) === 0)
    assert.equal(await ask(queue, 'completeCount'), 0)
  })

  it('adds up the time of its work', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => setTimeout(done, 30))
    await saved(queue.create('a'))
    await until(async () => (await ask(queue, 'completeCount')) === 1)
    await until(async () => (await ask(queue, 'workTime')) >= 28)
  })

  it('accepts the watch for stuck jobs', () => {
    t.queue().watchStuckJobs(1000)
  })

  it('takes jobs that were put back by hand, as for stuck ones', async () => {
    const queue = t.queue()
    await saved(queue.create('a'))
    await ask(await ask(Job, 'get', 1), 'active')
    const ids = await ask(queue, 'active')
    for (const id of ids) await ask(await ask(Job, 'get', id), 'inactive')
    const done = new Promise((resolve) =>
      queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
        resolve(job.id)
        done()
      })
    )
    assert.equal(await done, 1)
  })
})

describe('events', () => {
  const t = setUp()

  it('tell the creator of a job’s life', async () => {
    const queue = t.queue()
    const job = queue.create('a', {})
    /** @type {any[][]} */
    const heard = []
    for (const event of ['enqueue', 'start', 'progress', 'complete']) {
      job.on(event, (/** @type {any[]} */ ...args) => heard.push([event, args[0]]))
    }
    const complete = next(job, 'complete')
    await saved(job)
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
      job.progress(1, 4, { step: 'one' })
      done(null, 7)
    })
    await complete
    assert.deepEqual(heard, [
      ['enqueue', 'a'],
      ['start', 'a'],
      ['progress', 25],
      ['complete', 7]
    ])
  })

  it('carry progress in percent, with data', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
      job.progress(2, 3, { frame: 2 })
      job.progress(9, 3)
      done()
    })
    const job = queue.create('a')
    /** @type {any[][]} */
    const heard = []
    job.on('progress', (/** @type {any} */ percent, /** @type {any} */ data) =>
      heard.push([percent, data ?? null])
    )
    const complete = next(job, 'complete')
    await saved(job)
    await complete
    assert.deepEqual(heard, [
      [66, { frame: 2 }],
      [100, null]
    ])
    assert.deepEqual((await ask(Job, 'get', 1)).progress_data, { frame: 2 })
  })

  it('reach a listener that is attached right after save', async () => {
    const queue = t.queue()
    const job = queue.create('a').save()
    assert.equal((await next(job, 'enqueue'))[0], 'a')
  })

  it('tell the queue of every job, the id first', async () => {
    const queue = t.queue()
    /** @type {any[][]} */
    const heard = []
    for (const event of ['enqueue', 'start', 'progress', 'failed attempt', 'complete', 'remove']) {
      queue.on(`job ${event}`, (/** @type {any[]} */ ...args) =>
        heard.push([event, ...args.slice(0, 2)])
      )
    }
    let runs = 0
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
      if (++runs === 1) return done(new Error('once'))
      job.progress(1, 2)
      done(null, 'end')
    })
    const complete = next(queue, 'job complete')
    await saved(queue.create('a').attempts(2))
    assert.deepEqual((await complete).slice(0, 2), [1, 'end'])
    const removed = next(queue, 'job remove')
    await ask(Job, 'remove', '1')
    await removed
    const names = heard.map(([event]) => event)
    assert.equal(names.filter((name) => name === 'start').length, 2)
    const at = (/** @type {string} */ name) => heard[names.indexOf(name)]
    assert.deepEqual(at('enqueue'), ['enqueue', 1, 'a'])
    assert.deepEqual(at('failed attempt'), ['failed attempt', 1, 'once'])
    assert.deepEqual(at('progress'), ['progress', 1, 50])
    assert.deepEqual(heard.at(-1)?.slice(0, 1), ['remove'])
  })

  it('stay away from a job that wants none, and from all of a queue that wants none', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done())
    const silent = queue.create('a').events(false)
    let heard = 0
    silent.on('complete', () => heard++)
    const ended = next(queue, 'job complete')
    await saved(silent)
    await ended
    await pause(20)
    assert.equal(heard, 0)
  })

  it('are off for jobs where createQueue says jobEvents: false', async () => {
    const queue = t.queue({ jobEvents: false })
    assert.equal(Job.jobEvents, false)
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done())
    const job = queue.create('a')
    let heard = 0
    job.on('complete', () => heard++)
    const ended = next(queue, 'job complete')
    await saved(job)
    await ended
    await pause(20)
    assert.equal(heard, 0)
  })

  it('are forgotten for a job that is over', async () => {
    const queue = t.queue()
    const job = queue.create('a').attempts(1)
    let heard = 0
    job.on('complete', () => heard++)
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done())
    const first = next(queue, 'job complete')
    await saved(job)
    await first
    const again = next(queue, 'job complete')
    await ask(await ask(Job, 'get', 1), 'inactive')
    await again
    assert.equal(heard, 1)
  })

  it('of a failed job without an error listener end nothing', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done(new Error('x')))
    const job = queue.create('a')
    const failed = next(job, 'failed')
    await saved(job)
    await failed
  })
})
