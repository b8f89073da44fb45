'use strict'

const assert = require('node:assert/strict')
const { setImmediate: turn } = require('node:timers/promises')
const JobsHeld = require('../../lib/queue/jobs-held')

/** An offer of a job with this id. */
const offer = (id) => [id, 7, { id }]

function setUp() {
  /** @type {any[]} */
  const started = []
  const held = new JobsHeld((_type, offers) => started.push(offers[2].id))
  held.watch()
  return { started, held }
}

describe('jobs that come before the answer of an add', () => {
  it('start at once where nothing was added', () => {
    const { started, held } = setUp()
    held.take('a', offer(1))
    assert.deepEqual(started, [1])
  })

  it('wait until who awaits the answer has had its turn', async () => {
    const { started, held } = setUp()
    const add = held.added()
    held.take('a', offer(1))
    await turn()
    assert.deepEqual(started, [])
    held.answered(add, 1)
    const before = Promise.resolve().then(() => started.length)
    assert.equal(await before, 0)
    await turn()
    assert.deepEqual(started, [1])
  })

  it('wait too where they come right behind the answer', async () => {
    const { started, held } = setUp()
    held.answered(held.added(), 1)
    held.take('a', offer(1))
    assert.deepEqual(started, [])
    await turn()
    assert.deepEqual(started, [1])
  })

  it('start at once where their id was known before the add left', async () => {
    const { started, held } = setUp()
    held.answered(held.added(), 5)
    await turn()
    held.added()
    held.take('a', offer(5))
    assert.deepEqual(started, [5])
    held.take('a', offer(6))
    // In order: nobody overtakes one that waits.
    held.take('a', offer(4))
    assert.deepEqual(started, [5])
  })

  it('do not wait for adds that left after they came', async () => {
    const { started, held } = setUp()
    const [first] = [held.added()]
    held.take('a', offer(1))
    held.added()
    held.answered(first, 1)
    await turn()
    assert.deepEqual(started, [1])
  })

  it('start once all of them are told, whatever else is under way', async () => {
    const { started, held } = setUp()
    const [first] = [held.added(), held.added()]
    held.take('a', offer(1))
    held.take('a', offer(3))
    held.answered(first, 2)
    await turn()
    assert.deepEqual(started, [1])
  })

  it('wait for an add that takes long once, not each of them', async () => {
    const { started, held } = setUp()
    held.added()
    const at = performance.now()
    held.take('a', offer(1))
    while (started.length === 0) await turn()
    assert.ok(performance.now() - at >= 95, 'they are held')
    held.take('a', offer(2))
    assert.deepEqual(started, [1, 2])
  })

  it('start after a while where no answer comes, and never once the queue is closed', async () => {
    const { started, held } = setUp()
    held.added()
    held.take('a', offer(1))
    const closed = setUp()
    closed.held.added()
    closed.held.take('a', offer(2))
    closed.held.drop()
    while (started.length === 0) await turn()
    assert.deepEqual([started, closed.started], [[1], []])
  })
})
