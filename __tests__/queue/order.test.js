'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const { rekue, setUp, deferred, until } = require('../../test-support/queues')

for (const store of stores) {
  describe(`the order of what is heard and done, ${store.name}`, () => {
    const t = setUp(store)

    it('is that of Kue with one slot: a job waits, runs, and is over before the next one runs', async () => {
      const queue = t.queue()
      /** @type {string[]} */
      const log = []
      const over = deferred()
      for (const event of ['enqueue', 'start', 'failed attempt', 'complete']) {
        queue.on(`job ${event}`, (id) => log.push(`${event} ${id}`))
      }
      queue.on('job complete', (id) => id === 30 && over.resolve())
      let runs = 0
      queue.process('a', (job, done) => {
        log.push(`run ${job.id}`)
        done(++runs % 2 ? new Error('again') : null)
      })
      for (let i = 0; i < 30; i++) queue.create('a').attempts(2).save()
      await over.promise
      const ids = Array.from({ length: 30 }, (_, i) => i + 1)
      const expected = [
        ...ids.map((id) => `enqueue ${id}`),
        ...ids.flatMap((id) => [
          `run ${id}`,
          `start ${id}`,
          `enqueue ${id}`,
          `failed attempt ${id}`,
          `run ${id}`,
          `start ${id}`,
          `complete ${id}`
        ])
      ]
      assert.deepEqual(log, expected)
    })

    it('is that a job whose ttl is over has failed before the next one runs', async () => {
      const queue = t.queue()
      /** @type {string[]} */
      const log = []
      const over = deferred()
      queue.on('job failed', (id) => log.push(`failed ${id}`))
      queue.process('a', (job, _done) => {
        log.push(`run ${job.id}`)
        if (log.length === 9) over.resolve()
      })
      for (let i = 0; i < 5; i++) queue.create('a').ttl(30).save()
      await over.promise
      assert.deepEqual(
        log,
        [1, 2, 3, 4, 5].flatMap((id) => [`run ${id}`, `failed ${id}`]).slice(0, 9)
      )
    })

    it('lets every event of jobs that waited be heard by who listened before it processed', async () => {
      const jobs = 50
      const creator = t.queue({ name: 'creator' })
      await creator.addBulk(Array.from({ length: jobs }, () => ({ type: 'a' })))
      const queue = t.queue({ name: 'worker' })
      let started = 0
      let complete = 0
      const over = deferred()
      queue.process('a', 5, (_job, done) => done())
      queue.on('job start', () => started++)
      queue.on('job complete', () => ++complete === jobs && over.resolve())
      await over.promise
      assert.equal(started, jobs)
    })

    it('is not waited for in a long row of jobs, of which each is heard all the same', async () => {
      const queue = t.queue()
      const jobs = 300
      await queue.addBulk(Array.from({ length: jobs }, () => ({ type: 'a' })))
      let running = 0
      let heard = 0
      let ahead = 0
      const over = deferred()
      queue.on('job complete', () => ++heard === jobs && over.resolve())
      queue.process('a', (_job, done) => {
        ahead = Math.max(ahead, running++ - heard)
        if (running <= 100) assert.equal(ahead, 0)
        done()
      })
      await over.promise
      assert.ok(ahead > 0, 'jobs were started before those before them were heard of')
    })

    it('does not keep a slot from a job where an event does not come', async () => {
      const queue = t.queue()
      queue.on('job complete', () => {})
      const tracker = queue._tracker
      const deliver = tracker.deliver.bind(tracker)
      tracker.deliver = (message) => message.event === 'complete' || deliver(message)
      let runs = 0
      queue.process('a', (_job, done) => (runs++, done()))
      for (let i = 0; i < 20; i++) queue.create('a').save()
      await until(() => runs === 20)
    })

    it('leaves a slot alone that was paused meanwhile, and gives it one job when it is resumed', async () => {
      const queue = t.queue()
      let most = 0
      let running = 0
      let runs = 0
      let paused = false
      queue.on('job complete', () => {})
      queue.process('a', (_job, ctx, done) => {
        most = Math.max(most, ++running)
        runs++
        if (!paused) {
          paused = true
          ctx.pause(1000, () => ctx.resume())
        }
        setImmediate(() => (running--, done()))
      })
      for (let i = 0; i < 10; i++) queue.create('a').save()
      await until(() => runs === 10 && running === 0)
      assert.equal(most, 1)
      assert.equal(rekue.workers.length, 1)
    })
  })
}
