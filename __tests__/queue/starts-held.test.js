'use strict'

const assert = require('node:assert/strict')
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises')
const StartsHeld = require('../../lib/queue/starts-held')

/** An offer of jobs that came into the store just now. */
const offers = (...ids) => ids.flatMap((id) => [id, 7, { id, promote_at: `${Date.now()}` }])

function setUp(heard = () => true) {
  /** @type {any[]} */
  const started = []
  const held = new StartsHeld((_type, offers) => {
    for (let at = 2; at < offers.length; at += 3) started.push(offers[at].id)
  }, heard)
  return { held, started }
}

describe('jobs that were claimed before it was told that they wait', () => {
  it('start at once where nobody listens to that', () => {
    const { held, started } = setUp(() => false)
    held.take('a', offers(1))
    assert.deepEqual(started, [1])
  })

  it('start once it was told, and what else came with that', async () => {
    const { held, started } = setUp()
    held.take('a', offers(1))
    held.told(1, 'promotion')
    await turn()
    held.told(1, 'enqueue')
    assert.deepEqual(started, [])
    await turn()
    assert.deepEqual(started, [1])
  })

  it('start at once where it was told before, whatever else was', () => {
    const { held, started } = setUp()
    held.told(1, 'enqueue')
    held.told(1, 'start')
    held.take('a', offers(1))
    assert.deepEqual(started, [1])
  })

  it('wait again for who waits again', async () => {
    const { held, started } = setUp()
    held.told(1, 'enqueue')
    held.told(1, 'failed attempt')
    held.take('a', offers(1))
    assert.deepEqual(started, [])
    held.told(1, 'enqueue')
    await turn()
    assert.deepEqual(started, [1])
  })

  it('start in their order, those that nobody listens to as well', async () => {
    const { held, started } = setUp((id) => id === 1)
    held.take('a', offers(1))
    held.take('a', offers(2))
    assert.deepEqual(started, [])
    held.told(1, 'enqueue')
    await turn()
    assert.deepEqual(started, [1, 2])
  })

  it('start once it was told of all that were added together', async () => {
    const { held, started } = setUp((id) => id < 3)
    held.added(1, [{}, {}, {}])
    held.take('a', offers(1))
    held.told(1, 'enqueue')
    await turn()
    assert.deepEqual(started, [])
    held.told(2, 'enqueue')
    await turn()
    assert.deepEqual(started, [1])
  })

  it('start at once where they have waited for long, or are tried again at once', () => {
    const { held, started } = setUp()
    held.take('a', [1, 7, { id: 1, promote_at: `${Date.now() - 10_000}` }])
    held.take('a', [2, 7, { id: 2, promote_at: `${Date.now() - 5}`, failed_at: `${Date.now()}` }])
    assert.deepEqual(started, [1, 2])
  })

  it('start in time where it is never told, and none waits then until it is', async () => {
    const { held, started } = setUp()
    held.take('a', offers(1))
    while (started.length === 0) await sleep(5)
    held.take('a', offers(2))
    assert.deepEqual(started, [1, 2])
  })

  it('do not start any more once all is over', async () => {
    const { held, started } = setUp()
    held.take('a', offers(1))
    held.drop()
    held.told(1, 'enqueue')
    await turn()
    assert.deepEqual(started, [])
  })
})
