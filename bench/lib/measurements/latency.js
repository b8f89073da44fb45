'use strict'

const { Child } = require('../child')
const { sleep } = require('../clock')
const { median, quantile } = require('../stats')

/** The first samples of two cold processes; not counted. */
const WARM_UP = 50
/** Until the worker waits for work. */
const SETTLE_MS = 300

/**
 * From `save` in one process to the first line of the processor in another, on an idle queue.
 * @param {import('../runner').Place} place
 * @returns {Promise<Record<string, number>>} in microseconds
 */
async function latency({ store, connection, adapter, name }, row) {
  const jobs = WARM_UP + row.jobs
  const task = { ...connection, ...row, jobs, adapter: name }
  const worker = await Child.ready({ ...task, role: 'worker' })
  const completed = adapter.completed(connection.queue)
  try {
    await worker.ask('go')
    await sleep(SETTLE_MS)
    const prober = await Child.ready({ ...task, role: 'prober' })
    try {
      await prober.ask('go')
    } finally {
      await prober.end()
    }
    await store.reached(completed, jobs, () => worker.assertAlive())

    const { latencies } = await worker.ask('report')
    if (latencies.length !== jobs) throw new Error(`${latencies.length} starts for ${jobs} jobs`)
    const counted = latencies.slice(WARM_UP)
    return { medianUs: median(counted) * 1000, p99Us: quantile(counted, 0.99) * 1000 }
  } finally {
    await worker.end()
  }
}

module.exports = latency
