'use strict'

const assert = require('node:assert/strict')
const { openStage } = require('../../test-support/stage')
const {
  normaliseEvents,
  normaliseKeyspace,
  withoutFalseStarts
} = require('../../test-support/kue-record')

const JOBS = 1000
/** Of each type; Kue warns of a leak above ten workers. */
const SLOTS = 5
const PATIENCE_MS = 90_000

/** Priorities, delays, retries of every kind, progress, results, logs and removal, all mixed. */
const SPECS = Array.from({ length: JOBS }, (_, n) => {
  const name = String(n)
  const priority = ['low', 'normal', 'medium', 'high', 'critical', 3, -2][n % 7]
  const spec = (/** @type {any[][]} */ attempts, /** @type {object} */ more = {}) => ({
    type: n % 3 === 0 ? 'mail' : 'sms',
    data: { name, n, attempts },
    priority,
    ...more
  })
  const fails = [{ progress: [1, 3] }, { fail: `failure of ${n}` }]
  switch (n % 10) {
    case 0:
      return spec([[{ done: { sum: n, list: [n] } }]])
    case 1:
      return spec([[{ progress: [1, 2, { step: n }] }, { wait: n % 4 }, { done: `result ${n}` }]])
    case 2:
      return spec([[{ done: n }]], { delay: 20 + (n % 400) })
    case 3:
      return spec([fails, [{ done: n }]], { attempts: 3 })
    case 4:
      return spec([fails, fails, [{ done: n }]], {
        attempts: 3,
        backoff: { type: 'fixed', delay: 30 + (n % 50) }
      })
    case 5:
      return spec([fails], { attempts: 2, backoff: { type: 'exponential', delay: 40 } })
    case 6:
      return spec([fails])
    case 7:
      return spec([[{ log: ['%s of %d', 'line', n] }, { done: true }]], { removeOnComplete: true })
    case 8:
      return spec([fails, [{ done: n }]], { attempts: 2, delay: 15, backoff: true })
    default:
      return spec([[{ log: [{ n }] }, { progress: [n % 100, 100] }]], { ttl: 60_000 })
  }
})

/**
 * @param {'kue' | 'rekue'} creator
 * @param {'kue' | 'rekue'} processor
 */
async function run(creator, processor) {
  const stage = await openStage()
  try {
    const [creates, processes] = await Promise.all([stage.peer(creator), stage.peer(processor)])
    const ids = await creates.call('create', SPECS)
    assert.deepEqual(
      ids,
      SPECS.map((_, i) => i + 1)
    )
    await processes.call('process', 'mail', SLOTS)
    await processes.call('process', 'sms', SLOTS)
    await stage.recorder.over(ids, PATIENCE_MS)
    await processes.call('flush')
    const names = new Map(SPECS.map(({ data }, i) => [i + 1, data.name]))
    // What is on its way to the creator is there before the answer to this; Kue sends its last
    // events and removals on connections of their own.
    const removals = SPECS.filter((spec) => 'removeOnComplete' in spec).length
    await stage.recorder.until(
      (messages) => messages.filter(({ event }) => event === 'remove').length === removals,
      'the removals'
    )
    for (const peer of [creates, processes]) await peer.call('flush')
    const heard = await creates.call('heard')
    const errors = stage.peers.flatMap(({ told }) => told.filter(({ error }) => error))
    assert.deepEqual(errors, [])
    return {
      events: normaliseEvents(stage.recorder.byJob(), names),
      heard,
      keys: normaliseKeyspace(await stage.keys())
    }
  } finally {
    await stage.close()
  }
}

/**
 * What a job went through, in order. "enqueue" and "promotion" are counted: Kue publishes them on
 * a connection of their own after the fact, when another of its workers may have begun already.
 * @param {any[][]} events
 */
function story(events) {
  const told = withoutFalseStarts(events)
  const isLate = (/** @type {any[]} */ [name]) => name === 'enqueue' || name === 'promotion'
  return {
    told: told.filter((event) => !isLate(event)),
    queued: told.filter(([name]) => name === 'enqueue').length,
    promoted: told.filter(([name]) => name === 'promotion').length
  }
}

/** @param {Record<string, any[][]>} byName */
const stories = (byName) =>
  Object.fromEntries(Object.entries(byName).map(([name, events]) => [name, story(events)]))

describe(`${JOBS} jobs each, four ways`, function () {
  this.timeout(180_000)

  /** @type {Record<string, Awaited<ReturnType<typeof run>>>} */
  const ways = {}
  before(async () => {
    await Promise.all(
      /** @type {const} */ (['kue', 'rekue']).flatMap((creator) =>
        /** @type {const} */ (['kue', 'rekue']).map(async (processor) => {
          ways[`${creator} to ${processor}`] = await run(creator, processor)
        })
      )
    )
  })

  for (const way of ['kue to rekue', 'rekue to kue', 'rekue to rekue']) {
    it(`${way}: publishes what Kue alone publishes`, () => {
      assert.deepEqual(stories(ways[way].events), stories(ways['kue to kue'].events))
    })

    it(`${way}: tells the jobs of the creator what Kue alone tells them`, () => {
      assert.deepEqual(stories(ways[way].heard), stories(ways['kue to kue'].heard))
    })

    it(`${way}: leaves the keys and fields that Kue alone leaves`, () => {
      const [own, kue] = [ways[way].keys, ways['kue to kue'].keys]
      assert.deepEqual(Object.keys(own).sort(), Object.keys(kue).sort())
      for (const [key, value] of Object.entries(kue)) assert.deepEqual(own[key], value, key)
    })
  }

  it('all of them ran every job to its end', () => {
    for (const [way, { keys }] of Object.entries(ways)) {
      const count = (/** @type {string} */ key) => Object.keys(keys[key] ?? {}).length
      assert.deepEqual(
        ['q:jobs', 'q:jobs:complete', 'q:jobs:failed', 'q:jobs:active', 'q:jobs:delayed'].map(
          count
        ),
        [900, 700, 200, 0, 0],
        way
      )
    }
  })
})
