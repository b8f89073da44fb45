'use strict'

const { Child } = require('../child')

/**
 * Adding, as one creator process does it.
 * @param {import('../runner').Place} place
 * @returns {Promise<Record<string, number> | null>} null where the library has no such call
 */
async function add({ store, connection, adapter, name }, row) {
  if (row.batch && !adapter.bulk) return null
  const child = await Child.ready({ ...connection, ...row, adapter: name, role: 'creator' })
  try {
    const cpuBefore = await store.cpuUs()
    const { elapsedMs, rss, cpuUs } = await child.ask('go')
    const redisUs = (await store.cpuUs()) - cpuBefore

    const waiting = await store.count(adapter.waiting(connection.queue))
    if (waiting !== row.jobs) throw new Error(`${waiting} of ${row.jobs} acknowledged jobs wait`)
    return {
      jobsPerSecond: (row.jobs / elapsedMs) * 1000,
      redisCpuUs: redisUs / row.jobs,
      fileBytes: store.bytes() / row.jobs,
      nodeCpuUs: cpuUs / row.jobs,
      rss
    }
  } finally {
    await child.end()
  }
}

module.exports = add
