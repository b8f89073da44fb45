'use strict'

/**
 * One queue program that uses all of Kue's options, run with a creator and a processor that are
 * Kue or rekue, and a recording of all that it published and stored.
 */

const assert = require('node:assert/strict')
const { recordEvents } = require('./event-recorder')
const { readKeyspace } = require('./keyspace')
const { normaliseEvents, normaliseKeyspace } = require('./kue-record')
const { startPeer } = require('./peer')
const { startRedis } = require('./redis-server')

/**
 * @typedef {'kue' | 'rekue'} Implementation
 * @typedef {{ creator: Implementation, processor: Implementation }} Way
 */

/** Kue looks after delayed jobs at this interval; its default of a second only makes tests slow. */
const PROMOTION = { interval: 50 }

const fixed = { type: 'fixed', delay: 40 }
const exponential = { type: 'exponential', delay: 60 }

/** One job of each kind that differs in what is stored or published. */
const JOBS = [
  { type: 'mail', data: { name: 'plain' } },
  { type: 'mail', data: { name: 'low', attempts: [[{ wait: 5 }]] }, priority: 'low' },
  { type: 'mail', data: { name: 'critical' }, priority: 'critical' },
  { type: 'mail', data: { name: 'priority of its own' }, priority: 7 },
  { type: 'sms', data: { name: 'delayed' }, delay: 120 },
  { type: 'sms', data: { name: 'delayed and high' }, delay: 60, priority: 'high' },
  {
    type: 'mail',
    data: {
      name: 'progress',
      attempts: [
        [
          { progress: [0, 100] },
          { progress: [1, 3, { step: 'one', list: [1, 'zwei'] }] },
          { wait: 2 },
          { progress: [50] },
          { progress: [250, 100] }
        ]
      ]
    }
  },
  {
    type: 'mail',
    data: {
      name: 'log',
      attempts: [
        [
          { log: ['plain'] },
          { log: ['%s has %d', 'x', 3, 'and more'] },
          { log: [{ a: 1, b: ['c'] }] },
          { log: [[1, 2]] },
          { log: ['ünï %% 100%'] }
        ]
      ]
    }
  },
  { type: 'mail', data: { name: 'object', attempts: [[{ done: { ok: true, list: [1] } }]] } },
  { type: 'mail', data: { name: 'text', attempts: [[{ done: 'tëxt "quoted"' }]] } },
  { type: 'mail', data: { name: 'number', attempts: [[{ done: 42 }]] } },
  { type: 'mail', data: { name: 'zero', attempts: [[{ done: 0 }]] } },
  { type: 'mail', data: { name: 'false', attempts: [[{ done: false }]] } },
  { type: 'mail', data: { name: 'empty', attempts: [[{ done: '' }]] } },
  { type: 'mail', data: { name: 'null', attempts: [[{ done: null }]] } },
  { type: 'mail', data: { name: 'fails', attempts: [[{ fail: 'no such person' }]] } },
  { type: 'mail', data: { name: 'fails with text', attempts: [[{ failWith: 'just text' }]] } },
  {
    type: 'mail',
    data: { name: 'fails with lines', attempts: [[{ fail: 'first line\nsecond line' }]] }
  },
  {
    type: 'mail',
    data: { name: 'fails twice', attempts: [[{ fail: 'one' }], [{ fail: 'two' }], [{ done: 3 }]] },
    attempts: 3
  },
  {
    type: 'mail',
    data: { name: 'fails each time', attempts: [[{ progress: [1, 2] }, { fail: 'again' }]] },
    attempts: 2
  },
  {
    type: 'sms',
    data: { name: 'fixed', attempts: [[{ fail: 'one' }], [{ fail: 'two' }], [{ done: 'ok' }]] },
    attempts: 5,
    backoff: fixed
  },
  {
    type: 'sms',
    data: { name: 'exponential', attempts: [[{ fail: 'one' }], [{ failWith: 'two' }]] },
    attempts: 3,
    backoff: exponential
  },
  {
    type: 'sms',
    data: { name: 'own delay', attempts: [[{ fail: 'one' }], [{ done: 1 }]] },
    attempts: 2,
    delay: 30,
    backoff: true
  },
  {
    type: 'sms',
    data: { name: 'delay without backoff', attempts: [[{ fail: 'one' }], [{ done: 1 }]] },
    attempts: 2,
    delay: 30
  },
  { type: 'sms', data: { name: 'in time', attempts: [[{ wait: 2 }]] }, ttl: 10_000 },
  { type: 'late', data: { name: 'late', attempts: [[{ hang: true }]] }, ttl: 80 },
  {
    type: 'late',
    data: { name: 'late once', attempts: [[{ hang: true }], [{ done: 'then' }]] },
    attempts: 2,
    ttl: 80
  },
  {
    type: 'mail',
    data: { name: 'removed', attempts: [[{ log: ['gone'] }, { done: 'seen' }]] },
    removeOnComplete: true
  },
  {
    type: 'mail',
    data: { name: 'kept, for it fails', attempts: [[{ fail: 'kept' }]] },
    removeOnComplete: true
  },
  {
    type: 'mail',
    data: { name: 'of all kinds', text: 'ü"\\\n', number: 1.5, nothing: null, list: [{}] }
  }
]

/** Jobs that are looked at while their processors have them in hand. */
const HELD = [
  { type: 'held', data: { name: 'held', attempts: [[{ progress: [1, 4] }, { hold: true }]] } },
  {
    type: 'held',
    data: { name: 'held with ttl', attempts: [[{ progress: [2, 4] }, { hold: true }]] },
    ttl: 60_000,
    priority: 'high'
  },
  {
    type: 'held',
    data: { name: 'held low', attempts: [[{ progress: [3, 4] }, { hold: true }, { done: 1 }]] },
    priority: 'low'
  }
]

/**
 * Run the program on a Redis of its own.
 * @param {Way} way
 * @returns {Promise<import('./kue-differences').Recording>}
 */
async function record({ creator, processor }) {
  const server = await startRedis()
  const recorder = await recordEvents(server)
  /** @type {import('./peer').Peer[]} */
  const peers = []
  try {
    const start = async (/** @type {Implementation} */ implementation) => {
      const peer = await startPeer(implementation, { redis: server.url, promotion: PROMOTION })
      peers.push(peer)
      return peer
    }
    const [creates, processes] = await Promise.all([start(creator), start(processor)])
    const snapshot = async () => normaliseKeyspace(await readKeyspace(server))
    const seen = (/** @type {string} */ event, /** @type {number[]} */ ids) =>
      recorder.until((messages) =>
        ids.every((id) => messages.some((message) => message.id === id && message.event === event))
      )
    const keys = /** @type {Record<string, any>} */ ({})

    const ids = await creates.call('create', JOBS)
    assert.deepEqual(
      ids,
      JOBS.map((_, i) => i + 1)
    )
    await creates.call('flush')
    // A Kue creator says so on a connection of its own, so a worker may be quicker.
    await seen(
      'enqueue',
      ids.filter((/** @type {number} */ id) => !JOBS[id - 1].delay)
    )
    keys.waiting = await snapshot()

    await processes.call('process', 'mail', 2)
    await processes.call('process', 'sms', 1)
    await processes.call('process', 'late', 2)
    await recorder.over(ids)
    const removed = JOBS.findIndex(({ data }) => data.name === 'removed') + 1
    await seen('remove', [removed])
    await processes.call('flush')
    keys.idle = await snapshot()

    const heldIds = await creates.call('create', HELD)
    await seen('enqueue', heldIds)
    await processes.call('process', 'held', 3)
    await seen('progress', heldIds)
    await processes.call('flush')
    keys.active = await snapshot()
    await processes.call('go')
    await recorder.over(heldIds)
    await processes.call('flush')
    keys.ended = await snapshot()

    // What the creator has not heard yet is on its way on the connection that answers this.
    const names = new Map([...JOBS, ...HELD].map(({ data }, i) => [i + 1, data.name]))
    const heard = await eventually(
      () => creates.call('heard'),
      (heard) => [...names.values()].every((name) => /complete|failed/.test(heard[name]?.at(-1)[0]))
    )
    for (const { told, implementation } of peers) {
      assert.deepEqual(
        told.filter(({ error }) => error),
        [],
        `errors in ${implementation}`
      )
    }
    return { events: normaliseEvents(recorder.byJob(), names), heard, keys }
  } finally {
    recorder.stop()
    await Promise.all(peers.map((peer) => peer.stop()))
    await server.stop()
  }
}

/**
 * Ask until the answer is the right one. The last answer is given in any case.
 * @template T
 * @param {() => Promise<T>} ask
 * @param {(answer: T) => boolean} right
 * @returns {Promise<T>}
 */
async function eventually(ask, right) {
  const deadline = Date.now() + 5000
  for (;;) {
    const answer = await ask()
    if (right(answer) || Date.now() > deadline) return answer
  }
}

module.exports = { record, eventually }
