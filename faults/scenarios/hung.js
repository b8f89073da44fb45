'use strict'

const { LEASE_MS, MAX_LOST } = require('../arena')

/** Longer than it takes to notice, and than the lease that ends then. */
const HANG_MS = 4 * LEASE_MS

/** An event loop that hangs: Rust notices, its jobs go to others, and its late outcomes are refused. */
module.exports = {
  name: 'a hung event loop',
  stores: ['redis', 'sqlite'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const lease = { duration: LEASE_MS, maxLost: MAX_LOST, hungAfter: LEASE_MS }
    await arena.add(60)
    const options = arena.options({ lease })
    await arena.worker({ options, concurrency: 4, workMs: 40, hang: { job: 6, ms: HANG_MS } })
    await arena.worker({ options, concurrency: 2, workMs: 40 })
    const figures = await arena.audit()
    if (!arena.told().errors.has('ERR_LEASE_LOST')) {
      throw new Error('no job was taken from the worker that hung')
    }
    return figures
  }
}
