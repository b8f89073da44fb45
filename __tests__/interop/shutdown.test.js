'use strict'

const assert = require('node:assert/strict')
const { eventually } = require('../../test-support/four-ways')
const { normaliseKeyspace } = require('../../test-support/kue-record')
const { openStage } = require('../../test-support/stage')

/**
 * Shut a worker down over a job that does not end in time, and tell what is left.
 * @param {'kue' | 'rekue'} implementation
 * @param {object} options of the job
 */
async function interrupted(implementation, options) {
  const stage = await openStage()
  try {
    const [creator, worker] = await Promise.all([stage.peer('kue'), stage.peer(implementation)])
    const data = { name: 'a', attempts: [[{ progress: [1, 2] }, { hang: true }]] }
    await creator.call('create', [{ type: 'long', data, ...options }])
    await stage.seen('enqueue', 1)
    await worker.call('process', 'long', 1)
    await stage.seen('progress', 1)
    await worker.run(({ queue }) => new Promise((resolve) => queue.shutdown(30, () => resolve())))
    await stage.recorder.until((messages) => messages.some(({ event }) => /^failed/.test(event)))
    const keys = normaliseKeyspace(await stage.keys())
    const heard = await eventually(
      () => creator.call('heard').then(({ a }) => a),
      (events) => /^failed/.test(events.at(-1)[0])
    )
    return { keys, events: stage.recorder.byJob().get(1), heard }
  } finally {
    await stage.close()
  }
}

describe('a worker that is shut down over its job', () => {
  for (const [what, options] of Object.entries({
    'fails a job without attempts left': {},
    'queues one with attempts left again': { attempts: 2 },
    'delays one with a backoff': { attempts: 2, backoff: { type: 'fixed', delay: 60_000 } }
  })) {
    it(`${what}, as Kue does`, async () => {
      const [kue, rekue] = await Promise.all([
        interrupted('kue', options),
        interrupted('rekue', options)
      ])
      // What Kue pushes for its own blocked call is there or not, as chance will have it.
      const tokens = kue.keys['q:long:jobs'] ?? []
      delete kue.keys['q:long:jobs']
      const waiting = 'attempts' in options && !('backoff' in options) ? 1 : 0
      assert.ok(tokens.length >= waiting)
      assert.equal((rekue.keys['q:long:jobs'] ?? []).length, waiting)
      delete rekue.keys['q:long:jobs']
      assert.deepEqual(rekue, kue)
    })
  }
})
