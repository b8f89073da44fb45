'use strict'

const assert = require('node:assert/strict')
const Lane = require('../../lib/queue/lane')
const { stores } = require('../../test-support/stores')
const { setUp, deferred } = require('../../test-support/queues')

/** A line to an engine that lets every offer be taken. */
function wire(others) {
  return { take: () => true, flush() {}, ...others }
}

/** A worker that notes what it gets, and ends it when told. */
function idler(lane, started) {
  const worker = {
    process(stored, fence) {
      started.push([stored, fence])
      worker.during?.()
    }
  }
  lane.wait(worker)
  return worker
}

describe('a lane', () => {
  it('gives jobs to workers in order, each to the one that waited longest', () => {
    const [lane, first, second] = [new Lane(wire()), [], []]
    idler(lane, first)
    idler(lane, second)
    lane.offer([1, 7, 'a', 2, 7, 'b', 3, 7, 'c'])
    assert.deepEqual([first, second], [[['a', 7]], [['b', 7]]])
  })

  it('does not start what was called back', () => {
    const started = []
    const lane = new Lane(wire({ take: (offer) => offer !== 1 }))
    idler(lane, started)
    lane.offer([1, 7, 'a', 2, 8, 'b'])
    assert.deepEqual(started, [['b', 8]])
  })

  it('keeps offers for workers that come later, and leaves out those that left', async () => {
    const [started, left] = [[], []]
    const lane = new Lane(wire())
    lane.leave(idler(lane, left))
    lane.offer([1, 7, 'a'])
    lane.offer([2, 8, 'b'])
    const worker = idler(lane, started)
    assert.deepEqual(started, [])
    await null
    assert.deepEqual(started, [['a', 7]])
    lane.wait(worker)
    await null
    assert.deepEqual([started.length, left], [2, []])
  })

  it('sends the outcomes of the first half of a large batch before it starts the second', () => {
    const [started, flushedAt] = [[], []]
    const lane = new Lane(wire({ flush: () => flushedAt.push(started.length) }))
    const worker = idler(lane, started)
    worker.during = () => lane.wait(worker)
    const offers = (count) => Array.from({ length: 3 * count }, (_, i) => i)
    lane.offer(offers(100))
    assert.deepEqual(flushedAt, [50, 100])
    lane.offer(offers(20))
    assert.deepEqual([started.length, flushedAt.length], [120, 2])
  })

  it('works off a batch whose jobs end at once, without growing the stack or starving others', async () => {
    const started = []
    const lane = new Lane(wire())
    const worker = idler(lane, started)
    worker.during = () => lane.wait(worker)
    let turns = 0
    lane.offer(Array.from({ length: 600000 }, (_, i) => i))
    for (; started.length < 200000; turns++) await new Promise(setImmediate)
    assert.ok(turns > 1)
  })
})

for (const store of stores) {
  describe(`a lane, ${store.name}`, () => {
    const t = setUp(store)

    it('starts no job before the code is over that ended the one before', async () => {
      const queue = t.queue()
      const over = deferred()
      let [inside, most, count] = [0, 0, 0]
      queue.process('a', (job, done) => {
        most = Math.max(most, ++inside)
        const end = () => {
          done()
          inside--
          if (++count === 60) over.resolve()
        }
        if (job.data.n % 2) end()
        else setImmediate(end)
      })
      await queue.addBulk(Array.from({ length: 60 }, (_, n) => ({ type: 'a', data: { n } })))
      await over.promise
      assert.equal(most, 1)
    })

    it('leaves jobs that it holds ahead to others while its event loop is busy', async () => {
      const queue = t.queue()
      // Quick ones, so that it begins to hold some ahead, and one that holds up the event loop.
      const busy = t.child((rekue, options, tell) => {
        const queue = rekue.createQueue(options)
        queue.process('a', (job, done) => {
          if (job.data.blocks) {
            tell('blocked')
            const end = Date.now() + 3000
            while (Date.now() < end);
          }
          done()
        })
        tell('ready')
      })
      await busy.told()
      const jobs = Array.from({ length: 100 }, (_, n) => ({
        type: 'a',
        data: { blocks: n === 60 }
      }))
      await queue.addBulk(jobs)
      await busy.told()
      let ran = 0
      const rest = deferred()
      queue.process('a', (job, done) => {
        done()
        if (++ran === 39) rest.resolve()
      })
      const from = Date.now()
      await rest.promise
      assert.ok(Date.now() - from < 2500, 'before the other one was free again')
    })
  })
}
