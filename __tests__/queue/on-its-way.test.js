'use strict'

const assert = require('node:assert/strict')
const { ask, deferred, rekue, saved, setUp, until } = require('../../test-support/queues')
const { stores } = require('../../test-support/stores')

const { Job } = rekue

for (const store of stores) {
  describe(`a job on its way into the store, ${store.name}`, () => {
    const t = setUp(store)

    it('is one job however often it is saved', async () => {
      const queue = t.queue()
      const job = queue.create('a', { n: 1 })
      /** @type {string[]} */
      const order = []
      job.save(() => order.push('first'))
      job.data.n = 2
      await ask(job.priority('high'), 'save').then(() => order.push('second'))
      assert.deepEqual(order, ['first', 'second'])
      assert.deepEqual(await ask(queue, 'inactive'), [job.id])
      const read = await Job.get(job.id)
      assert.deepEqual([read.data, read.priority()], [{ n: 2 }, -10])
    })

    it('is stored as what is chained to its save makes it', async () => {
      const queue = t.queue()
      const jobs = [
        queue.create('a').save().delay(60_000),
        queue.create('a').save().priority('high').attempts(3).backoff(true),
        queue.create('a').save().ttl(5000).removeOnComplete(true)
      ]
      // As many as leave together, and more.
      const many = Array.from({ length: 250 }, () => queue.create('b').save().priority('low'))
      await ask(queue.create('a'), 'save')
      const [delayed, urgent, short] = await Promise.all(jobs.map((job) => Job.get(job.id)))
      assert.deepEqual([delayed.state(), Number(delayed.delay())], ['delayed', 60_000])
      const { max } = urgent.toJSON().attempts
      assert.deepEqual([urgent.priority(), max, urgent.backoff()], [-10, 3, true])
      assert.deepEqual([Number(short.ttl()), short.removeOnComplete()], [5000, 'true'])
      const stored = await Promise.all(many.map((job) => Job.get(job.id)))
      assert.ok(stored.every((job) => job.priority() === 10))
    })

    it('is what it was before where what is chained to its save cannot be', async () => {
      const queue = t.queue()
      const job = queue.create('a').delay(60_000).save()
      job.priority(/** @type {any} */ ({}))
      await ask(queue.create('a'), 'save')
      assert.equal((await t.error('ERR_INVALID_ARG')).argument, 'priority')
      assert.equal((await Job.get(job.id)).priority(), 0)
    })

    it('is known by its id to who saved it before its processor runs', async () => {
      const queue = t.queue()
      const known = new Set()
      const [early, over] = [[], deferred()]
      let runs = 0
      queue.process('a', async (job) => {
        if (!known.has(job.id)) early.push(job.id)
        if (++runs === 150) over.resolve()
      })
      for (let n = 0; n < 50; n++) {
        // One by callback, one by promise, one among others.
        const job = queue.create('a')
        await new Promise((resolve) => job.save(() => resolve(known.add(job.id))))
        const added = queue.add('a').then(({ id }) => known.add(id))
        await Promise.all([added, queue.addBulk([{ type: 'a' }]).then(([{ id }]) => known.add(id))])
      }
      await over.promise
      assert.deepEqual(early, [])
    })

    it('takes a new delay', async () => {
      const queue = t.queue()
      const job = queue.create('a').delay(60_000).save()
      await ask(job.delay(30_000), 'save')
      assert.equal(job.promote_at, job.created_at + 30_000)
      assert.equal(Number((await Job.get(job.id)).promote_at), job.promote_at)
    })

    it('is removed where that was asked', async () => {
      const queue = t.queue()
      const gone = deferred()
      queue.on('job remove', gone.resolve)
      const job = queue.create('a').save().remove()
      assert.equal(await gone.promise, job.id)
      assert.deepEqual(await ask(queue, 'inactive'), [])
    })

    it('keeps what is written to it, in order', async () => {
      const queue = t.queue()
      const job = queue.create('a').save()
      job.log('one').log('two').set('colour', 'blue').progress(1, 2)
      job.error('oh')
      assert.equal(await ask(job, 'get', 'colour'), 'blue')
      await ask(job, 'failed')
      const read = await Job.get(job.id)
      assert.deepEqual([read.state(), read.progress(), read.error()], ['failed', '50', 'oh'])
      assert.deepEqual(await Job.log(job.id), ['one', 'two', ''])
    })

    it('tells each callback, where it cannot be stored, and takes another try', async () => {
      const queue = t.queue()
      const job = queue.create('a')
      await queue.close()
      const told = await Promise.allSettled([saved(job), saved(job), ask(job, 'remove')])
      assert.deepEqual(
        told.map((one) => one.status === 'rejected' && one.reason.code),
        ['ERR_STORE_UNAVAILABLE', 'ERR_STORE_UNAVAILABLE', 'ERR_INVALID_ARG']
      )
      job._queue = t.queue()
      await saved(job)
      assert.equal((await Job.get(job.id)).type, 'a')
    })

    it('is counted by hand only once it is there', async () => {
      const queue = t.queue()
      const job = queue.create('a').attempts(2).save()
      const [error, again, made] = await new Promise((resolve) =>
        job.failedAttempt(new Error('lost'), (...args) => resolve(args))
      )
      assert.deepEqual([error, again, made], [null, true, 1])
      assert.equal((await Job.get(job.id)).toJSON().attempts.made, 1)
    })
  })

  describe(`refreshTtl, ${store.name}`, () => {
    const t = setUp(store)

    it('lets an active job live on', async () => {
      const queue = t.queue()
      queue.process('a', async (job, ctx, done) => {
        for (let i = 0; i < 5; i++) {
          await new Promise((resolve) => setTimeout(resolve, 60))
          job.refreshTtl()
        }
        done(null, 'in time')
      })
      const job = await queue.add('a', {}, { ttl: 200 })
      assert.equal(await job.finished(), 'in time')
    })

    it('leaves other jobs alone', async () => {
      const queue = t.queue()
      const job = await queue.add('a', {}, { ttl: 200 })
      assert.equal(job.refreshTtl(), job)
      queue.create('never saved').refreshTtl()
      await until(async () => (await queue.stats()).inactive === 1)
      assert.equal((await Job.get(job.id)).state(), 'inactive')
    })
  })
}
