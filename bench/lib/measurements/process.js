'use strict'

const { Child } = require('../child')
const { fill } = require('./fill')

/**
 * Processing jobs that already wait: from the start of the worker until the store says that the
 * last completion is recorded.
 * @param {import('../runner').Place} place
 * @returns {Promise<Record<string, number>>}
 */
async function processJobs(place, row) {
  const { store, connection, adapter, name } = place
  await fill(place, row)
  const child = await Child.ready({ ...connection, ...row, adapter: name, role: 'worker' })
  const completed = adapter.completed(connection.queue)
  try {
    const cpuBefore = await store.cpuUs()
    const { startedAt } = await child.ask('go')
    const finishedAt = await store.reached(completed, row.jobs, () => child.assertAlive())
    const redisUs = (await store.cpuUs()) - cpuBefore

    const { handled, rss, cpuUs } = await child.ask('report')
    if (handled !== row.jobs) throw new Error(`${handled} runs for ${row.jobs} jobs`)
    return {
      jobsPerSecond: (row.jobs / (finishedAt - startedAt)) * 1000,
      redisCpuUs: redisUs / row.jobs,
      nodeCpuUs: cpuUs / row.jobs,
      rss
    }
  } finally {
    await child.end()
  }
}

module.exports = processJobs
