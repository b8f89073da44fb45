'use strict'

const assert = require('node:assert/strict')
const { eventually } = require('../../test-support/four-ways')
const { openStage } = require('../../test-support/stage')

/** Fails once with progress before, then gives a result. */
const STORY = {
  type: 'story',
  data: {
    name: 'story',
    attempts: [
      [{ progress: [1, 4, { part: 'first' }] }, { wait: 1 }, { fail: 'not yet' }],
      [{ progress: [3, 4] }, { wait: 1 }, { done: { at: 'last' } }]
    ]
  },
  attempts: 2,
  backoff: { type: 'fixed', delay: 20 }
}

const FAILURE = {
  type: 'story',
  data: { name: 'failure', attempts: [[{ wait: 1 }, { fail: 'never' }]] }
}

const HEARD = {
  story: [
    ['enqueue', 'story'],
    ['start', 'story', null],
    ['progress', 25, { part: 'first' }],
    ['failed attempt', 'not yet', 1],
    ['promotion'],
    ['enqueue', 'story'],
    ['start', 'story', null],
    ['progress', 75, null],
    ['complete', { at: 'last' }, null]
  ],
  failure: [
    ['enqueue', 'story'],
    ['start', 'story', null],
    ['failed', 'never', null]
  ]
}

const RESULTS = /** @type {[string, any][]} */ ([
  ['zero', 0],
  ['false', false],
  ['empty', ''],
  ['null', null],
  ['one', 1],
  ['nothing', undefined]
])

const PAIRS = /** @type {const} */ ([
  ['kue', 'rekue'],
  ['rekue', 'kue'],
  ['rekue', 'rekue']
])

describe('events from one implementation to the other', () => {
  for (const [creator, processor] of PAIRS) {
    describe(`of a ${processor} worker to a ${creator} creator`, () => {
      /** @type {import('../../test-support/stage').Stage} */
      let stage
      /** @type {import('../../test-support/peer').Peer} */
      let creates
      /** @type {import('../../test-support/peer').Peer} */
      let processes
      before(async () => {
        stage = await openStage()
        ;[creates, processes] = await Promise.all([stage.peer(creator), stage.peer(processor)])
      })
      after(() => stage.close())

      /** @param {(heard: Record<string, any[][]>) => boolean} enough */
      const heard = (enough) => eventually(() => creates.call('heard'), enough)

      it('reach the job’s object, from enqueue to the end', async () => {
        await creates.call('listen')
        const ids = await creates.call('create', [STORY, FAILURE])
        // A Kue creator says so on a connection of its own, so a worker may be quicker.
        for (const id of ids) await stage.seen('enqueue', id)
        await processes.call('process', 'story', 1)
        await stage.recorder.over(ids)
        const all = await heard(
          ({ story, failure }) => story.length + failure.length >= 12 // all of HEARD
        )
        assert.deepEqual(all.story, HEARD.story)
        assert.deepEqual(all.failure, HEARD.failure)
      })

      it('reach the queue’s listeners, the id first', async () => {
        const all = await heard((heard) => heard['the queue'].length >= 12)
        const ofJob = (/** @type {number} */ id) =>
          all['the queue']
            .filter((event) => event[1] === id)
            .map(([event, , ...args]) => [event.replace(/^job /, ''), ...args])
        assert.deepEqual(ofJob(1), HEARD.story)
        assert.deepEqual(ofJob(2), HEARD.failure)
      })

      it('carry results that are falsy', async () => {
        const specs = RESULTS.map(([name, result]) => ({
          type: 'result',
          data: { name, attempts: [result === undefined ? [] : [{ done: result }]] }
        }))
        await creates.call('create', specs)
        await processes.call('process', 'result', 1)
        const all = await heard((heard) =>
          RESULTS.every(([name]) => heard[name]?.at(-1)?.[0] === 'complete')
        )
        for (const [name, result] of RESULTS) {
          assert.deepEqual(all[name].at(-1), ['complete', result ?? null, null], name)
        }
      })

      it('are the same story for a job read from the store', async () => {
        const { created_at, updated_at, ...job } = await creates.call('read', 1)
        assert.ok(Number(updated_at) >= Number(created_at))
        assert.equal(job.state, 'complete')
        assert.deepEqual(job.result, { at: 'last' })
        assert.deepEqual(job.data, STORY.data)
        assert.deepEqual(job.attempts, { made: 2, remaining: 0, max: 2 })
        assert.deepEqual(job.progress_data, { part: 'first' })
        assert.equal(job.progress, '100')
        assert.match(job.error, /^Error: not yet\n/)
        assert.deepEqual(await creates.call('log', 1), ['Error: not yet'])
      })
    })
  }
})
