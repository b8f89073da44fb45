'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const { setUp, gather } = require('../../test-support/queues')
const { Job } = require('../..')

/** What goes to the engine. */
describe('ops', () => {
  const t = setUp(stores[0])

  /**
   * What is submitted meanwhile, each an array of ops; it goes no further.
   * @param {(wire: any, queue: any) => void} work
   */
  function submittedBy(work) {
    const queue = /** @type {any} */ (t.queue())
    const wire = queue._wire
    const native = wire._native
    const submitted = []
    wire._native = { submit: (text) => submitted.push(JSON.parse(text)) > 0 }
    work(wire, queue)
    wire._native = native
    return submitted
  }

  it('jobs that are done leave as one op of each type, in their place among the others', () => {
    const submitted = submittedBy((wire) => {
      wire.completed('a "b"', 1, 7, 30)
      wire.completed('a "b"', 2, 7, null)
      wire.send('{"log":{"id":"3","line":"x"}}')
      wire.completed('a "b"', 3, 8, 40)
      wire.completed('c', 4, 9, 50)
      wire.ask('stats', () => {})
      wire.completed('c', 5, 9, 60)
      wire.flush()
      wire.flush()
      wire._requests.clear()
    })
    const [[first, log, third, fourth, call, last], ...more] = submitted
    assert.deepEqual(first, { completed: { type: 'a "b"', claims: [1, 7, 30, 2, 7, null] } })
    assert.deepEqual(log, { log: { id: '3', line: 'x' } })
    assert.deepEqual(third, { completed: { type: 'a "b"', claims: [3, 8, 40] } })
    assert.deepEqual(fourth, { completed: { type: 'c', claims: [4, 9, 50] } })
    assert.equal(call.call.call, 'stats')
    assert.deepEqual(last, { completed: { type: 'c', claims: [5, 9, 60] } })
    assert.deepEqual(more, [])
  })

  it('jobs whose own events are off wait for events where the queue listens to all', () => {
    const submitted = submittedBy((wire, queue) => {
      queue.create('a').events(false).save()
      wire.flush()
      queue.on('job enqueue', () => {})
      queue.create('a').events(false).save()
      wire.flush()
      wire._requests.clear()
    })
    const adds = submitted.flat().flatMap((op) => (op.add ? [op.add.eventful] : []))
    assert.deepEqual(adds, [false, true])
  })

  it('nothing is told of what is done once the line is broken', () => {
    const submitted = submittedBy((wire) => {
      wire.completed('a', 1, 7, 30)
      wire._break(new Error('over'))
      wire.completed('a', 2, 7, 30)
      wire.flush()
    })
    assert.deepEqual(submitted, [])
  })
})

for (const store of stores) {
  describe(`outcomes, ${store.name}`, () => {
    const t = setUp(store)

    it('what a processor says of its job comes before what became of it', async () => {
      const queue = t.queue()
      const heard = gather(9)
      const seen = []
      queue.on('job progress', (id, percent) => void seen.push(`${id} ${percent}`))
      queue.on('job complete', (id, result) => {
        seen.push(`${id} done ${result ?? ''}`)
        heard.push(id)
      })
      queue.process('a', 3, (job, done) => {
        job.log('at work')
        job.progress(job.data.i, 10)
        // With a result, by a promise, and with nothing to be told.
        if (job.data.i % 3 === 0) done(null, 'r')
        else done()
      })
      const jobs = []
      for (let i = 0; i < 9; i++) jobs.push(await queue.add('a', { i }))
      await heard.full
      for (const [i, { id }] of jobs.entries()) {
        const own = seen.filter((line) => line.startsWith(`${id} `))
        assert.deepEqual(own, [`${id} ${i * 10}`, `${id} done ${i % 3 === 0 ? 'r' : ''}`])
        const job = await Job.get(id)
        assert.equal(job.state(), 'complete')
        assert.equal(job.progress(), '100')
        assert.equal(job.toJSON().result, i % 3 === 0 ? 'r' : undefined)
      }
    })
  })
}

/** What comes from the engine. */
for (const store of stores) {
  describe(`messages, ${store.name}`, () => {
    const t = setUp(store)

    it('what comes is read in pieces, with turns for others in between', async () => {
      const creator = t.queue()
      const data = 'x'.repeat(1 << 20)
      for (let i = 0; i < 30; i++) await creator.add('a', { i, data })
      const queue = t.queue()
      const wire = /** @type {any} */ (queue)._wire
      const pieces = []
      const hear = wire._hear
      wire._hear = (text) => {
        if (text.length > 1 << 20)
          pieces.push({ length: text.length, turns, more: text.endsWith(',[10]]') })
        hear.call(wire, text)
      }
      let turns = 0
      let over = false
      const turn = () => {
        turns++
        if (!over) setImmediate(turn)
      }
      turn()
      const ran = gather(30)
      queue.process('a', 30, async (job) => void ran.push(job.data.i))
      // By then they are there, mostly.
      wire.flush()
      const end = Date.now() + 300
      while (Date.now() < end);
      const order = await ran.full
      over = true
      assert.deepEqual(
        order,
        Array.from({ length: 30 }, (_, i) => i)
      )
      assert.ok(pieces.length >= 3, 'several pieces')
      for (const [i, { length, turns }] of pieces.entries()) {
        assert.ok(length < 10 << 20, `${length}`)
        assert.ok(!pieces[i - 1]?.more || turns > pieces[i - 1].turns, 'a turn for others')
      }
    })
  })
}
