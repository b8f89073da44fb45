'use strict'

const assert = require('node:assert/strict')
const sizes = require('../../lib/queue/sizes')
const { stores } = require('../../test-support/stores')
const { rekue, setUp, saved, ask, gather } = require('../../test-support/queues')

const { Job } = rekue

/** Texts near V8's longest string, told by smaller limits. */
for (const store of stores) {
  describe(`large texts, ${store.name}`, () => {
    const t = setUp(store)
    const tooLong = { name: 'TypeError', code: 'ERR_JOB_DATA', message: /longer than 10000 char/ }

    /** Limits of this test alone. @param {Partial<typeof sizes>} [less] */
    function limit(less = { longest: 10000, together: 4000 }) {
      const before = { ...sizes }
      Object.assign(sizes, less)
      t.later(() => Object.assign(sizes, before))
    }

    /** The lengths of what a queue submits. @param {any} queue @returns {number[]} */
    function submissions(queue) {
      const native = queue._wire._native
      const lengths = []
      const submit = native.submit.bind(native)
      native.submit = (text, aside) => {
        lengths.push(text.length)
        return submit(text, aside)
      }
      return lengths
    }

    /** Process jobs one by one. @param {any} queue @param {(job: any) => any} fn */
    async function runTwo(queue, fn) {
      const [first, second] = await queue.addBulk([
        { type: 'a', data: { first: true } },
        { type: 'a' }
      ])
      const outcomes = [first, second].map((job) => job.finished())
      queue.process('a', 1, async (job) => (job.data.first ? fn(job) : 'small'))
      return [first, second, ...outcomes]
    }

    it('outcomes of one tick leave in parts where they are large together', async () => {
      limit()
      const queue = t.queue()
      const lengths = submissions(queue)
      const jobs = await queue.addBulk(Array.from({ length: 12 }, () => ({ type: 'a' })))
      const outcomes = jobs.map((job) => job.finished())
      const started = gather(12)
      const text = 'x'.repeat(1500)
      queue.process('a', 12, async (job) => {
        started.push(job)
        await started.full
        return text
      })
      assert.deepEqual(await Promise.all(outcomes), Array(12).fill(text))
      assert.ok(Math.max(...lengths) <= 4200, `${lengths}`)
    })

    it('a result that is too long has a note in its place, and its slot takes the next job', async () => {
      limit()
      const [first, , outcome, other] = await runTwo(t.queue(), () => 'x'.repeat(20000))
      assert.deepEqual(await outcome, {
        error: true,
        message:
          'the result could not be stored: result cannot be written as JSON: that would be longer than ' +
          '10000 characters, about the longest text there is. Keep what is large elsewhere, and its ' +
          'place in the job'
      })
      assert.equal(await other, 'small')
      assert.equal((await Job.get(first.id)).state(), 'complete')
    })

    it('so has one that is too long when it is quoted', async () => {
      limit()
      const [, , outcome, other] = await runTwo(t.queue(), () => '"'.repeat(3000))
      assert.match((await outcome).message, /^the result could not be stored: a text cannot be/)
      assert.equal(await other, 'small')
    })

    it('of an error that is too long the beginning is kept', async () => {
      limit()
      const [first, , outcome, other] = await runTwo(t.queue(), () => {
        throw 'no'.repeat(10000)
      })
      await assert.rejects(outcome, { code: 'ERR_JOB_FAILED', message: 'no'.repeat(500) })
      assert.equal(await other, 'small')
      assert.match(
        (await Job.get(first.id)).error(),
        /^(no){500} … \(the rest could not be stored\)$/
      )
    })

    it('addBulk of what is too long for one call is rejected, and stores nothing of it', async () => {
      limit()
      const queue = t.queue()
      const jobs = Array.from({ length: 10 }, () => ({ type: 'a', data: 'x'.repeat(2000) }))
      const refused = queue.addBulk(jobs)
      const meanwhile = queue.add('a')
      await assert.rejects(refused, {
        code: 'ERR_JOB_DATA',
        message: /the data of 10 jobs is longer than 10000 characters.*add them in several/
      })
      await meanwhile
      assert.equal((await queue.stats()).inactive, 1)
    })

    it('a job that is too long is refused alone', async () => {
      limit()
      const queue = t.queue()
      const calls = ['x'.repeat(9990), 'x'.repeat(20000), 'small'].map((data) =>
        queue.add('a', data)
      )
      await assert.rejects(calls[0], tooLong)
      await assert.rejects(calls[1], tooLong)
      await calls[2]
      assert.equal((await queue.stats()).inactive, 1)
    })

    it('jobs of one tick leave in parts where they are large together', async () => {
      limit()
      const queue = t.queue()
      const lengths = submissions(queue)
      const data = 'x'.repeat(1500)
      const jobs = await Promise.all(Array.from({ length: 20 }, () => queue.add('a', data)))
      assert.ok(Math.max(...lengths) <= 4200, `${lengths}`)
      const ids = jobs.map((job) => job.id)
      assert.deepEqual(
        ids,
        [...ids].sort((a, b) => a - b)
      )
    })

    it('jobs that grew behind their save are refused where they are too long by then', async () => {
      limit({ longest: 10000, together: 1000000 })
      const queue = t.queue({ disableSearch: false })
      const jobs = Array.from({ length: 4 }, () => queue.create('a', { text: 'w'.repeat(1000) }))
      const calls = jobs.map(saved)
      for (const job of jobs) job.searchKeys(['text']).attempts(2)
      const results = await Promise.allSettled(calls)
      // Each has its words beside its data now.
      assert.deepEqual([...new Set(results.map(({ status }) => status))], ['fulfilled'])
      limit({ longest: 5000 })
      const more = Array.from({ length: 4 }, () => queue.create('a', { text: 'w'.repeat(1000) }))
      const refused = more.map(saved)
      for (const job of more) job.searchKeys(['text']).attempts(2)
      for (const call of refused) {
        await assert.rejects(call, { code: 'ERR_JOB_DATA', message: /the data of 4 jobs/ })
      }
      await queue.add('b')
    })

    it('what is noted of a job, or asked of it, is refused where it is too long', async () => {
      limit()
      const queue = t.queue()
      const job = await queue.add('a')
      const text = 'x'.repeat(20000)
      assert.throws(() => job.log(text), tooLong)
      assert.throws(() => job.progress(1, 2, text), tooLong)
      assert.throws(() => job.progress(1, 2, '"'.repeat(3000)), tooLong)
      assert.throws(() => job.set('note', text), tooLong)
      await assert.rejects(ask(job, 'set', 'note', text), tooLong)
      job.data = '"'.repeat(3000)
      await assert.rejects(ask(job, 'update'), tooLong)
      assert.equal(await ask(job, 'get', 'note'), null)
    })
  })
}
