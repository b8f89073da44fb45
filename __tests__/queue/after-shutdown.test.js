'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const { rekue, setUp, ask, saved, deferred } = require('../../test-support/queues')

const { Job } = rekue

for (const store of stores) {
  describe(`a shutdown, and what comes after it, ${store.name}`, () => {
    const t = setUp(store)

    /** The queue of this process. @param {object} [more] */
    function singleton(more) {
      const queue = rekue.createQueue({ ...store.options(), ...more })
      t.later(() => queue.close(100))
      return queue
    }

    it('gives a new queue to who asks for one meanwhile, with the options of that call', async () => {
      const queue = singleton({ prefix: 'one' })
      const held = deferred()
      const started = deferred()
      queue.process('a', () => (started.resolve(), held.promise))
      await saved(queue.create('a'))
      await started.promise
      const over = ask(queue, 'shutdown', 5000)
      const next = singleton({ prefix: 'two' })
      assert.notEqual(next, queue)
      assert.equal(rekue.createQueue(), next)
      await saved(next.create('b'))
      held.resolve()
      await over
      assert.equal(rekue.createQueue(), next, 'the end of the one before does not end it')
      assert.equal((await next.stats()).inactive, 1)
    })

    it('lets jobs be read, listed and removed once it is over, and a new queue be made', async () => {
      const queue = singleton()
      const job = await saved(queue.create('a', { x: 1 }))
      await ask(queue, 'shutdown', 5000)
      const read = await Job.get(job.id)
      assert.deepEqual(read.data, { x: 1 })
      assert.equal((await ask(Job, 'rangeByState', 'inactive', 0, -1, 'asc')).length, 1)
      await ask(read, 'remove')
      await assert.rejects(Job.get(job.id), { code: 'ERR_JOB_NOT_FOUND' })
      const next = singleton()
      assert.equal(Job._queue, next)
      assert.equal((await next.stats()).inactive, 0)
    })

    it('does not come of a call without a callback and a type where nothing is worked on, as in Kue', async () => {
      const queue = singleton()
      assert.equal(queue.shutdown(), queue)
      assert.equal(queue.shutdown(500), queue)
      assert.equal(rekue.createQueue(), queue)
      await saved(queue.create('a'))
      assert.equal(queue.shuttingDown, false)
    })

    it('comes of such a call where jobs are worked on', async () => {
      const queue = singleton()
      queue.process('a', async () => {})
      queue.shutdown(500)
      assert.equal(queue.shuttingDown, true)
      await queue.close()
      assert.equal(queue.workers.length, 0)
    })

    it('keeps no process that has asked for a job afterwards', async () => {
      const child = t.child(async (rekue, options, tell) => {
        const queue = rekue.createQueue(options)
        const job = await queue.add('a')
        await new Promise((resolve) => queue.shutdown(500, resolve))
        tell((await rekue.Job.get(job.id)).id)
      })
      await child.says(1)
      await child.ended
    })
  })
}
