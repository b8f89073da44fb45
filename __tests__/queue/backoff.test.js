'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const { rekue, setUp, saved, ask, next, gather } = require('../../test-support/queues')

const { Job } = rekue

for (const store of stores) {
  describe(`backoff, ${store.name}`, () => {
    const t = setUp(store)

    /** Let a job fail until it is over, and give the pauses between its attempts. */
    async function pauses(job, attempts) {
      const starts = gather(attempts)
      const queue = job._queue
      queue.process('a', async () => {
        starts.push(Date.now())
        throw new Error('again')
      })
      await starts.full
      return starts.slice(1).map((at, i) => at - starts[i])
    }

    /** @param {number[]} found @param {number[]} due */
    function assertPauses(found, due) {
      assert.equal(found.length, due.length)
      found.forEach((ms, i) => {
        assert.ok(ms >= due[i] - 5 && ms < due[i] + 500, `${found} instead of ${due}`)
      })
    }

    it('without one a retry is at once, whatever the delay was', async () => {
      const queue = t.queue()
      const job = await queue.add('a', {}, { attempts: 3, delay: 400 })
      const found = await pauses(job, 3)
      assert.ok(found[0] + found[1] < 350, String(found))
    })

    it('true waits for the delay of the job', async () => {
      const job = await t.queue().add('a', {}, { attempts: 3, delay: 60, backoff: true })
      assertPauses(await pauses(job, 3), [60, 60])
    })

    it('fixed waits for its own delay', async () => {
      const backoff = { type: 'fixed', delay: 70 }
      const job = await t.queue().add('a', {}, { attempts: 3, backoff })
      assertPauses(await pauses(job, 3), [70, 70])
    })

    it('exponential waits longer every time, up to a limit', async () => {
      const backoff = { type: 'exponential', delay: 80, maxDelay: 200 }
      const job = await t.queue().add('a', {}, { attempts: 4, backoff })
      assertPauses(await pauses(job, 4), [40, 120, 160])
    })

    it('a function of one’s own gets attempts and delay, with the job as this', async () => {
      const queue = t.queue()
      const calls = []
      const job = await saved(
        queue
          .create('a', { x: 5 })
          .attempts(3)
          .delay(20)
          .backoff(function (attempts, delay) {
            calls.push([attempts, Number(delay), this.data.x])
            return attempts * 40
          })
      )
      assertPauses(await pauses(job, 3), [40, 80])
      assert.deepEqual(
        calls.map(([attempts, , x]) => [attempts, x]),
        [
          [1, 5],
          [2, 5]
        ]
      )
      assert.equal(calls[0][1], 20)
    })

    it('a function that another process stored works where its text is registered', async () => {
      const child = t.child((rekue, options, tell) => {
        const queue = rekue.createQueue(options)
        queue
          .create('a')
          .attempts(2)
          .backoff((attempts) => attempts * 123)
          .save(() => queue.close().then(() => tell('saved')))
      })
      await child.says('saved')
      const queue = t.queue()
      queue.backoff('mine', (attempts) => attempts * 123)
      const job = await Job.get(1)
      assert.equal(typeof job.backoff(), 'function')
      assertPauses(await pauses(job, 2), [123])
    })

    it('a name finds the function that was registered under it', async () => {
      const queue = t.queue()
      queue.backoff('slowly', () => 90)
      const job = await queue.add('a', {}, { attempts: 2, backoff: 'slowly' })
      assertPauses(await pauses(job, 2), [90])
    })

    for (const [name, fn] of [
      ['throws', "() => { throw new Error('in the backoff') }"],
      ['gives no number', "() => 'soon'"],
      ['gives NaN', '() => NaN'],
      ['gives Infinity', '() => Infinity'],
      ['gives a negative number', '() => -5'],
      ['gives a promise', 'async () => 5']
    ]) {
      it(`a function that ${name} leaves the delay of the job`, async () => {
        const queue = t.queue()
        const backoff = new Function(`return ${fn}`)()
        const job = await queue.add('a', {}, { attempts: 2, delay: 50, backoff })
        const found = await pauses(job, 2)
        if (name === 'throws') assert.equal(t.errors.splice(0)[0].message, 'in the backoff')
        assertPauses(found, [50])
      })
    }

    it('text that nobody registered is never run: the delay serves, and an error tells of it', async () => {
      const child = t.child((rekue, options, tell) => {
        const queue = rekue.createQueue(options)
        queue
          .create('a')
          .attempts(2)
          .delay(60)
          .backoff(`(globalThis.hacked = true, process.exit(66), { type: 'fixed', delay: 1 })`)
          .save(() => queue.close().then(() => tell('saved')))
      })
      await child.says('saved')
      const queue = t.queue()
      const job = await Job.get(1)
      assert.equal(job.backoff(), undefined)
      assertPauses(await pauses(job, 2), [60])
      const error = await t.error('ERR_UNKNOWN_BACKOFF')
      assert.match(error.message, /job "1".*queue\.backoff/s)
      assert.equal(globalThis.hacked, undefined)
      await ask(queue, 'failedCount')
    })

    it('unknown text stays as it is through an update', async () => {
      const queue = t.queue()
      const job = await queue.add('a', {}, { backoff: 'function(){ return 5 }' })
      const read = await Job.get(job.id)
      await ask(read, 'update')
      assert.equal(await ask(job, 'get', 'backoff'), 'function(){ return 5 }')
    })

    it('a retry that waits counts as delayed, with the delay that was reckoned', async () => {
      const queue = t.queue()
      const job = await queue.add(
        'a',
        {},
        { attempts: 2, backoff: { type: 'fixed', delay: 60_000 } }
      )
      const failed = next(job, 'failed attempt')
      queue.process('a', async () => {
        throw new Error('no')
      })
      await failed
      const stored = await Job.get(job.id)
      assert.equal(stored.state(), 'delayed')
      assert.equal(Number(stored.delay()), 60_000)
      assert.equal(Number(stored.promote_at) - Number(stored.failed_at), 60_000)
    })
  })
}
