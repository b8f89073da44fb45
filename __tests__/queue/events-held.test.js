'use strict'

const assert = require('node:assert/strict')
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises')
const EventsHeld = require('../../lib/queue/events-held')

const event = (/** @type {string} */ name, id = 1) => ({ event: name, id, args: [name] })

function setUp() {
  /** @type {string[]} */
  const told = []
  const held = new EventsHeld(
    ({ event, id }) => told.push(`${event} ${id}`),
    ({ event }) => event === 'start'
  )
  return { held, told }
}

describe('events that are not told at once', () => {
  it('are those that came with an answer, and what came after them', async () => {
    const { held, told } = setUp()
    held.hear(event('progress'), false)
    assert.deepEqual(told, ['progress 1'])
    held.hear(event('enqueue'), true)
    held.hear(event('progress'), false)
    assert.deepEqual(told, ['progress 1'])
    await turn()
    assert.deepEqual(told, ['progress 1', 'enqueue 1', 'progress 1'])
  })

  it('are those of starts, until the job was started here', async () => {
    const { held, told } = setUp()
    held.hear(event('start'), false)
    held.hear(event('complete'), false)
    held.started(1)
    assert.deepEqual(told, [], 'the processor has its turn')
    await turn()
    assert.deepEqual(told, ['start 1', 'complete 1'])
  })

  it('are no starts of jobs that were started here before', () => {
    const { held, told } = setUp()
    held.started(1)
    held.hear(event('start'), false)
    assert.deepEqual(told, ['start 1'])
  })

  it('are told soon where the job is started elsewhere', async () => {
    const { held, told } = setUp()
    held.hear(event('start'), false)
    while (told.length === 0) await sleep(1)
    held.hear(event('start', 2), false)
    held.hear(event('complete', 2), false)
    while (told.length < 3) await sleep(1)
    assert.deepEqual(told, ['start 1', 'start 2', 'complete 2'])
  })

  it('wait for nothing where many wait', async () => {
    const { held, told } = setUp()
    for (let id = 1; id <= 300; id++) held.hear(event('start', id), false)
    const before = performance.now()
    while (told.length < 200) await sleep(1)
    assert.ok(performance.now() - before < 1000)
    assert.deepEqual(told.slice(0, 3), ['start 1', 'start 2', 'start 3'])
  })

  it('go on after a listener that throws, which is told of as uncaught', async () => {
    /** @type {any[]} */
    const told = []
    const held = new EventsHeld(
      (message) => {
        told.push(message.id)
        if (message.id === 1) throw new Error('a listener')
      },
      () => false
    )
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve))
    try {
      held.hear(event('a', 1), true)
      held.hear(event('a', 2), true)
      assert.equal((await thrown).message, 'a listener')
    } finally {
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
    assert.deepEqual(told, [1, 2])
  })
})
