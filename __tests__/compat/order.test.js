'use strict'

const assert = require('node:assert/strict')
const { setUp, saved } = require('../../test-support/compat')

describe('what one process creates, processes and hears of', () => {
  const t = setUp()

  /**
   * Everything that a program with one slot sees, in its order.
   * @param {number} count of jobs
   * @param {number} attempts of each, of which the last one succeeds
   * @returns {Promise<string>}
   */
  async function transcript(count, attempts) {
    const queue = t.queue()
    /** @type {string[]} */
    const log = []
    const over = new Promise((resolve) => {
      let left = count
      queue.on('job complete', () => --left === 0 && resolve(undefined))
    })
    for (const event of ['enqueue', 'start', 'failed attempt', 'complete']) {
      queue.on(`job ${event}`, (/** @type {number} */ id) => log.push(`queue:${event} ${id}`))
    }
    /** @type {Map<number, number>} */
    const runs = new Map()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
      log.push(`run ${job.id}`)
      const run = (runs.get(job.id) ?? 0) + 1
      runs.set(job.id, run)
      done(run < attempts ? new Error('not yet') : null)
    })
    const saves = []
    for (let i = 0; i < count; i++) {
      const job = queue.create('a').attempts(attempts)
      for (const event of ['enqueue', 'start', 'failed attempt', 'complete']) {
        job.on(event, () => log.push(`job:${event} ${job.id}`))
      }
      saves.push(saved(job))
    }
    await Promise.all(saves)
    await over
    return log.join('\n')
  }

  /** What one run of a job is, to its end. @param {number} id @param {string} event */
  const run = (id, event) => [
    `run ${id}`,
    `job:start ${id}`,
    `queue:start ${id}`,
    ...(event === 'complete' ? [] : [`job:enqueue ${id}`, `queue:enqueue ${id}`]),
    `job:${event} ${id}`,
    `queue:${event} ${id}`
  ]

  const enqueues = (/** @type {number[]} */ ids) =>
    ids.flatMap((id) => [`job:enqueue ${id}`, `queue:enqueue ${id}`])

  it('is that a job waits, runs and completes, before the next one runs', async () => {
    const expected = [...enqueues([1, 2, 3]), ...[1, 2, 3].flatMap((id) => run(id, 'complete'))]
    assert.equal(await transcript(3, 1), expected.join('\n'))
  })

  it('is that an attempt failed, before the next one begins', async () => {
    const runs = (/** @type {number} */ id) => [
      ...run(id, 'failed attempt'),
      ...run(id, 'failed attempt'),
      ...run(id, 'complete')
    ]
    const ids = Array.from({ length: 10 }, (_, i) => i + 1)
    assert.equal(await transcript(10, 3), [...enqueues(ids), ...ids.flatMap(runs)].join('\n'))
  })

  it('is that a delayed job is promoted and waits, before it runs', async () => {
    const queue = t.queue()
    /** @type {string[]} */
    const log = []
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
      log.push(`run ${job.id}`)
      done()
    })
    for (let i = 0; i < 3; i++) {
      const job = queue.create('a').delay(5)
      const complete = new Promise((resolve) => job.on('complete', resolve))
      for (const event of ['promotion', 'enqueue', 'start', 'complete']) {
        job.on(event, () => log.push(`${event} ${job.id}`))
      }
      await saved(job)
      await complete
    }
    const expected = [1, 2, 3].flatMap((id) =>
      ['promotion', 'enqueue', 'run', 'start', 'complete'].map((what) => `${what} ${id}`)
    )
    assert.deepEqual(log, expected)
  })
})
