'use strict'

const assert = require('node:assert/strict')
const { setTimeout: sleep } = require('node:timers/promises')
const Turns = require('../../lib/queue/turns')

function setUp() {
  /** @type {string[]} */
  const went = []
  const turns = new Turns(30)
  const go = (/** @type {string} */ name) => () => void went.push(name)
  return { turns, went, go }
}

describe('what waits for an event', () => {
  it('goes on once that was told of its job, not of another, nor by another event', () => {
    const { turns, went, go } = setUp()
    turns.after(1, 'complete', go('one'))
    turns.after(2, 'complete', go('two'))
    turns.told(1, 'progress')
    assert.deepEqual(went, [])
    turns.told(2, 'complete')
    assert.deepEqual(went, ['two'])
    turns.told('1', 'complete')
    turns.told(1, 'complete')
    assert.deepEqual(went, ['two', 'one'])
  })

  it('goes on at once where the job was removed before', () => {
    const { turns, went, go } = setUp()
    turns.told(1, 'remove')
    turns.after(1, 'complete', go('one'))
    assert.deepEqual(went, ['one'])
  })

  it('goes on in its order where several wait for the same, each with one event', async () => {
    const { turns, went, go } = setUp()
    for (const name of ['first', 'second', 'third']) turns.after(5, 'failed attempt', go(name))
    turns.told(5, 'failed attempt')
    assert.deepEqual(went, ['first'])
    turns.told(5, 'failed')
    assert.deepEqual(went, ['first', 'second'])
    while (went.length < 3) await sleep(5)
    assert.equal(went.at(-1), 'third')
  })

  for (const end of ['failed', 'failed attempt', 'remove']) {
    it(`goes on where the job ends by ${end} in the place of what was expected`, () => {
      const { turns, went, go } = setUp()
      turns.after(1, 'complete', go('one'))
      turns.told(1, end)
      assert.deepEqual(went, ['one'])
    })
  }

  it('goes on in time where the event does not come, and waits no more until it comes again', async () => {
    const { turns, went, go } = setUp()
    turns.after(1, 'complete', go('one'))
    turns.after(2, 'failed', go('two'))
    while (went.length < 2) await sleep(5)
    turns.after(3, 'complete', go('three'))
    assert.deepEqual(went, ['one', 'two', 'three'])
    turns.told(9, 'complete')
    turns.after(4, 'complete', go('four'))
    assert.deepEqual(went, ['one', 'two', 'three'])
    turns.told(4, 'complete')
    assert.equal(went.at(-1), 'four')
  })

  it('goes on at once where the event was the last of its job', () => {
    const { turns, went, go } = setUp()
    turns.told(1, 'failed attempt')
    turns.afterOrNow(1, 'failed attempt', go('first attempt'))
    turns.told(1, 'start')
    turns.afterOrNow(1, 'failed attempt', go('second attempt'))
    assert.deepEqual(went, ['first attempt'])
    turns.told(1, 'failed attempt')
    assert.deepEqual(went, ['first attempt', 'second attempt'])
  })
})
