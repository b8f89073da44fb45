'use strict'

// Run by mocha with --exit, as the queue's connection stays open.

const assert = require('node:assert/strict')
const { mock } = require('node:test')
const kue = require('rekue')
const createPushNotificationsJobs = require('./8-job.js')

const queue = kue.createQueue({ redis: process.env.REDIS_URL })

const JOBS = [
  { phoneNumber: '4153518780', message: 'This is the code 1234 to verify your account' },
  { phoneNumber: '4153518781', message: 'This is the code 4562 to verify your account' }
]

describe('createPushNotificationsJobs', () => {
  /** @type {import('node:test').Mock<typeof console.log>} */
  let log

  /** What was printed since the test began. */
  const printed = () => log.mock.calls.map(({ arguments: args }) => args.join(' '))

  before(() => queue.testMode.enter())

  beforeEach(() => {
    log = mock.method(console, 'log', () => {})
  })

  afterEach(() => {
    log.mock.restore()
    queue.testMode.clear()
  })

  after(() => queue.testMode.exit())

  it('throws where jobs is not an array', () => {
    for (const jobs of [undefined, null, 'Hello', 4, {}]) {
      assert.throws(() => createPushNotificationsJobs(jobs, queue), {
        name: 'Error',
        message: 'Jobs is not an array'
      })
    }
    assert.equal(queue.testMode.jobs.length, 0)
  })

  it('creates nothing for an empty array', () => {
    assert.equal(createPushNotificationsJobs([], queue), undefined)
    assert.equal(queue.testMode.jobs.length, 0)
  })

  it('creates a job for each entry, with the very object as its data', () => {
    createPushNotificationsJobs(JOBS, queue)
    assert.equal(queue.testMode.jobs.length, 2)
    queue.testMode.jobs.forEach((job, i) => {
      assert.equal(job.type, 'push_notification_code_3')
      assert.equal(job.data, JOBS[i])
    })
  })

  it('prints each creation at once, ids being texts that count on', () => {
    createPushNotificationsJobs(JOBS, queue)
    const [first, second] = queue.testMode.jobs.map(({ id }) => id)
    assert.equal(typeof first, 'string')
    assert.equal(Number(second), Number(first) + 1)
    assert.deepEqual(printed(), [
      `Notification job created: ${first}`,
      `Notification job created: ${second}`
    ])
  })

  it('prints what becomes of a job', () => {
    createPushNotificationsJobs(JOBS, queue)
    const [job, other] = queue.testMode.jobs
    log.mock.resetCalls()
    job.emit('progress', 25)
    job.emit('complete')
    other.emit('failed', new Error('nobody there'))
    assert.deepEqual(printed(), [
      `Notification job ${job.id} 25% complete`,
      `Notification job ${job.id} completed`,
      `Notification job ${other.id} failed: Error: nobody there`
    ])
  })

  it('gives jobs that take further listeners', (done) => {
    createPushNotificationsJobs(JOBS, queue)
    const [job] = queue.testMode.jobs
    job.addListener('enqueue', () => {
      assert.equal(printed()[0], `Notification job created: ${job.id}`)
      done()
    })
    job.emit('enqueue')
  })

  describe('in test mode with processing', () => {
    before(() => queue.testMode.enter(true))
    after(() => queue.testMode.enter())

    it('collects the jobs and stores them too', (done) => {
      createPushNotificationsJobs(JOBS, queue)
      assert.equal(queue.testMode.jobs.length, 2)
      assert.equal(queue.testMode.jobs[0].data, JOBS[0])
      const [, last] = queue.testMode.jobs
      /** @type {Map<number, object>} */
      const processed = new Map()
      queue.process('push_notification_code_3', (job, finished) => {
        processed.set(job.id, job.data)
        finished()
      })
      last.on('failed', done)
      last.on('complete', () => {
        assert.equal(typeof last.id, 'number')
        // By id: jobs of another program may be waiting under the same name.
        const own = queue.testMode.jobs.map(({ id }) => processed.get(id))
        assert.deepEqual(own, JOBS)
        assert.ok(printed().includes(`Notification job ${last.id} completed`))
        done()
      })
    })
  })
})
