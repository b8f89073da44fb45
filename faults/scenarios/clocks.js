'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { MAX_LOST } = require('../arena')
const { drained } = require('../audit')

/** A process that gets no time for a part of it is no healthy one. */
const LEASE_MS = 3000

const TEN_MINUTES = 600

/** Workers whose clocks are ten minutes fast or slow, and jump while they work; Redis's jumps too. */
module.exports = {
  name: 'clocks ten minutes apart that jump',
  stores: ['redis', 'sqlite'],
  platforms: ['linux'],
  clocks: true,
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const { clocks, serverClock } = arena
    if (!clocks || !serverClock) throw new Error('there are no clocks to set')
    const fast = clocks.make(TEN_MINUTES)
    const slow = clocks.make(-TEN_MINUTES)
    const jumping = clocks.make(0)
    const options = arena.options({ lease: { duration: LEASE_MS, maxLost: MAX_LOST } })
    const plan = { options, concurrency: 4, workMs: 150 }
    for (const clock of [fast, slow, jumping]) {
      const member = await arena.worker(plan, clock.env)
      const ahead = (member.clock - Date.now()) / 1000
      if (Math.abs(ahead - clock.seconds) > 60) {
        throw new Error(`the clock was to be ${clock.seconds} s ahead, but it is ${ahead} s`)
      }
    }
    await arena.worker(plan)
    // On SQLite a due time is written by one clock and read by another, so one that is ten minutes
    // fast must stay to start what it postponed; on Redis the server's clock decides.
    const jumps = arena.name === 'redis' ? [TEN_MINUTES, -TEN_MINUTES, 0] : [-TEN_MINUTES, 0]
    for (let i = 0; i < 6; i++) {
      await arena.add(40)
      jumping.set(jumps[i % jumps.length])
      await sleep(600 + arena.random(300))
    }
    // All are busy with one job each, so none claims meanwhile, which would renew its lease. Forward
    // only: set back, Redis would keep delayed jobs for ten minutes more.
    await drained(arena.queues[0])
    await arena.add(12, undefined, { ms: LEASE_MS * 1.2 })
    await sleep(LEASE_MS / 5)
    serverClock.set(TEN_MINUTES)
    await sleep(LEASE_MS)
    // No worker died, and none was silent: whatever the clocks say, no job is lost to another.
    return arena.audit({ once: true })
  }
}
