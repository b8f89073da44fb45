'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const { rekue, setUp, ask } = require('../../test-support/queues')

const { Job } = rekue

for (const store of stores) {
  describe(`testMode, ${store.name}`, () => {
    const t = setUp(store)

    /** @type {any} */
    let queue
    beforeEach(() => (queue = t.queue()))
    afterEach(() => {
      queue.testMode.exit()
      queue.testMode.clear()
    })

    it('collects the very jobs, calls back at once, gives text ids that never start anew', async () => {
      queue.testMode.enter()
      let called = 0
      const one = queue.create('a', { x: 1 }).save(() => called++)
      const two = queue
        .create('b')
        .priority('high')
        .save(() => called++)
      assert.equal(called, 2)
      assert.equal(queue.testMode.jobs.length, 2)
      assert.equal(queue.testMode.jobs[0], one)
      assert.equal(queue.testMode.jobs[1].type, 'b')
      assert.deepEqual(queue.testMode.jobs[0].data, { x: 1 })
      assert.equal(typeof one.id, 'string')
      assert.equal(Number(two.id), Number(one.id) + 1)
      queue.testMode.clear()
      assert.equal(queue.testMode.jobs.length, 0)
      const three = queue.create('a').save()
      assert.equal(Number(three.id), Number(two.id) + 1)
      queue.testMode.exit()
      assert.equal(await ask(queue, 'inactiveCount'), 0)
    })

    it('tells whether jobs are processed too', () => {
      assert.equal(queue.testMode.processQueue, false)
      queue.testMode.enter(true)
      assert.equal(queue.testMode.processQueue, true)
      queue.testMode.exit()
      queue.testMode.enter()
      assert.equal(queue.testMode.processQueue, false)
    })

    it('touches no store with update, add and addBulk', async () => {
      queue.testMode.enter()
      const job = await queue.add('a')
      let called = false
      job.update(() => (called = true))
      assert.equal(called, true)
      const more = await queue.addBulk([{ type: 'a' }, { type: 'b' }])
      assert.deepEqual(queue.testMode.jobs, [job, ...more])
      assert.equal(typeof more[0].id, 'string')
      queue.testMode.exit()
      assert.deepEqual((await queue.stats()).inactive, 0)
    })

    it('leaves alone the stored job that has the id of a collected one', async () => {
      queue.testMode.enter()
      const job = queue.create('a').save()
      queue.testMode.exit()
      const ids = Array.from({ length: Number(job.id) }, () => ({ type: 'b' }))
      await queue.addBulk(ids)
      job.log('mine').progress(1, 2).set('mine', 1)
      job.on('remove', () => assert.fail('it is another one\u2019s'))
      await ask(job, 'state', 'failed')
      await ask(job, 'remove')
      await queue.stats()
      assert.equal((await queue.stats()).inactive, ids.length)
      assert.deepEqual(await ask(Job, 'log', job.id), [])
    })

    it('enter(true) also stores and processes', async () => {
      queue.testMode.enter(true)
      queue.process('a', async () => 'for real')
      const job = await queue.add('a')
      assert.equal(typeof job.id, 'number')
      assert.equal(await job.finished(), 'for real')
      const [bulk] = await queue.addBulk([{ type: 'a' }])
      assert.deepEqual(queue.testMode.jobs, [job, bulk])
    })

    it('runs the first job only of a processor that never says that it is done, as Kue does', async () => {
      queue.testMode.enter(true)
      let calls = 0
      const called = new Promise((resolve) => {
        queue.process('a', () => {
          calls++
          resolve(undefined)
        })
      })
      const jobs = await Promise.all([queue.add('a'), queue.add('a')])
      await called
      // The store has heard all that was said by then.
      await queue.stats()
      await queue.stats()
      const states = await Promise.all(jobs.map(({ id }) => Job.get(id).then((job) => job.state())))
      assert.deepEqual([calls, ...states], [1, 'active', 'inactive'])
      queue.testMode.exit()
      for (const worker of queue.workers) worker._done(worker._fence)
      await jobs[1].finished()
      assert.equal(calls, 2)
    })

    it('takes what a processor returns, or its promise, for its word', async () => {
      queue.testMode.enter(true)
      queue.process('value', () => 7)
      queue.process('promise', async () => {})
      assert.equal(await (await queue.add('value')).finished(), 7)
      assert.equal(await (await queue.add('promise')).finished(), null)
    })

    it('exit stores again and keeps what was collected', async () => {
      queue.testMode.enter()
      queue.create('a').save()
      queue.testMode.exit()
      await queue.add('a')
      assert.equal(queue.testMode.jobs.length, 1)
      assert.equal((await queue.stats()).inactive, 1)
    })

    it('is one for all queues, as in Kue', () => {
      assert.equal(t.queue().testMode, queue.testMode)
    })
  })
}
