'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { LEASE_MS } = require('../arena')

/** A process stopped for longer than its lease, and continued: others have its jobs by then. */
module.exports = {
  name: 'SIGSTOP past the lease, SIGCONT',
  stores: ['redis', 'sqlite'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    await arena.add(60)
    const frozen = await arena.worker({ workMs: 400 })
    while (![...arena.told().jobs.values()].some(({ starts }) => starts > 0)) await sleep(10)
    await sleep(arena.random(100))
    frozen.signal('SIGSTOP')
    await arena.worker({ workMs: 20 })
    // Another process notices at its next renewal, three of which make a lease.
    await sleep(LEASE_MS * 2)
    frozen.signal('SIGCONT')
    await arena.add(30)
    const figures = await arena.audit()
    if (!arena.told().errors.has('ERR_LEASE_LOST')) {
      throw new Error('the frozen worker was not told that its jobs are others’ now')
    }
    return figures
  }
}
