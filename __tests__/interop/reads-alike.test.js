'use strict'

const assert = require('node:assert/strict')
const { openStage } = require('../../test-support/stage')

/** Whatever can be asked; each is run in a Kue and in a rekue process over the same jobs. */
const QUESTIONS = {
  types: ({ queue, answer }) => answer((done) => queue.types(done)).then((types) => types.sort()),
  'ids by state': ({ queue, answer }) =>
    Promise.all(
      ['inactive', 'active', 'complete', 'failed', 'delayed'].map((state) =>
        answer((done) => queue[state](done))
      )
    ),
  'state(name)': ({ queue, answer }) => answer((done) => queue.state('failed', done)),
  'counts by state': ({ queue, answer }) =>
    Promise.all(
      ['inactive', 'active', 'complete', 'failed', 'delayed'].map((state) =>
        answer((done) => queue[`${state}Count`](done))
      )
    ),
  'counts by type and state': ({ queue, answer }) =>
    Promise.all(
      ['inactive', 'active', 'complete', 'failed', 'delayed'].map((state) =>
        answer((done) => queue[`${state}Count`]('work', done))
      )
    ),
  'card and cardByType': ({ queue, answer }) =>
    Promise.all([
      answer((done) => queue.card('complete', done)),
      answer((done) => queue.cardByType('wait', 'inactive', done)),
      answer((done) => queue.cardByType('none', 'inactive', done))
    ]),
  'work time': ({ queue, answer }) => answer((done) => queue.workTime(done)),
  setting: ({ queue, answer }) => answer((done) => queue.setting('none', done)),
  'every job': ({ lib, answer }) =>
    Promise.all([1, 2, 3, 4, 5, 6].map((id) => answer((done) => lib.Job.get(id, done)))),
  'a job by a text as id': ({ lib, answer }) =>
    answer((done) => lib.Job.get('2', done)).then((job) => [typeof job.id, job.id, job.zid]),
  'a job by id and type': ({ lib, answer }) => answer((done) => lib.Job.get(2, 'work', done)),
  'what a job answers': async ({ lib, answer }) => {
    const job = await answer((done) => lib.Job.get(3, done))
    return [
      ...['priority', 'delay', 'ttl', 'state', 'progress', 'backoff', 'error', 'removeOnComplete'],
      'searchKeys'
    ].map((name) => [name, typeof job[name](), String(job[name]()).split('\n')[0]])
  },
  'fields of a job object': async ({ lib, answer }) => {
    const job = await answer((done) => lib.Job.get(3, done))
    return ['_max_attempts', '_attempts', '_state', '_error', '_ttl', '_delay', 'created_at', 'id']
      .concat([
        'promote_at',
        'updated_at',
        'failed_at',
        'started_at',
        'duration',
        'workerId',
        'zid'
      ])
      .map((name) => [name, typeof job[name], String(job[name])])
  },
  'job.get': ({ lib, answer }) =>
    answer((done) => lib.Job.get(1, done)).then((job) =>
      Promise.all([
        answer((done) => job.get('state', done)),
        answer((done) => job.get('nothing', done))
      ])
    ),
  log: ({ lib, answer }) =>
    Promise.all([answer((done) => lib.Job.log(1, done)), answer((done) => lib.Job.log(99, done))]),
  'range up': ({ lib, answer }) => answer((done) => lib.Job.range(0, -1, 'asc', done)),
  'range down': ({ lib, answer }) => answer((done) => lib.Job.range(0, -1, 'desc', done)),
  'a part of the range': ({ lib, answer }) => answer((done) => lib.Job.range(1, 3, 'asc', done)),
  'range by state': ({ lib, answer }) =>
    answer((done) => lib.Job.rangeByState('complete', 0, 10, 'desc', done)),
  'range by type': ({ lib, answer }) =>
    answer((done) => lib.Job.rangeByType('work', 'complete', 0, -1, 'asc', done)),
  'an empty range': ({ lib, answer }) =>
    answer((done) => lib.Job.rangeByState('active', 0, -1, 'asc', done)),
  'a missing job': ({ lib }) =>
    new Promise((resolve) =>
      lib.Job.get(4711, (error, job) => resolve([error.message, typeof job]))
    ),
  priorities: ({ lib }) => lib.Job.priorities
}

const JOBS = [
  {
    type: 'work',
    data: {
      name: 'all',
      attempts: [
        [{ log: ['line %d', 1] }, { progress: [1, 2, { p: 1 }] }, { wait: 3 }, { done: 'ok' }]
      ]
    },
    priority: 'high'
  },
  { type: 'work', data: { name: 'plain', text: 'ü' } },
  {
    type: 'work',
    data: { name: 'failed', attempts: [[{ fail: 'no' }]] },
    attempts: 2,
    ttl: 5000,
    delay: 10,
    backoff: { type: 'exponential', delay: 20 }
  },
  { type: 'work', data: { name: 'low', attempts: [[{ done: { a: [1] } }]] }, priority: 'low' },
  { type: 'wait', data: { name: 'waits' }, priority: 3, removeOnComplete: true },
  { type: 'later', data: { name: 'later' }, delay: 3_600_000 }
]

for (const owner of /** @type {const} */ (['kue', 'rekue'])) {
  describe(`the jobs of ${owner}, read by both`, () => {
    /** @type {import('../../test-support/stage').Stage} */
    let stage
    /** @type {import('../../test-support/peer').Peer} */
    let kue
    /** @type {import('../../test-support/peer').Peer} */
    let rekue
    before(async () => {
      stage = await openStage()
      ;[kue, rekue] = await Promise.all([stage.peer('kue'), stage.peer('rekue')])
      const own = owner === 'kue' ? kue : rekue
      const ids = await own.call('create', JOBS)
      await own.call('process', 'work', 1)
      await stage.recorder.over(ids.slice(0, 4))
      await own.call('flush')
    })
    after(() => stage.close())

    for (const [question, ask] of Object.entries(QUESTIONS)) {
      it(`${question}`, async () => {
        assert.deepEqual(await rekue.run(ask), await kue.run(ask))
      })
    }
  })
}
