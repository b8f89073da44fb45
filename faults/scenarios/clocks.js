'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { Clocks } = require('../clock')

const TEN_MINUTES = 600

/** Workers whose clocks are ten minutes fast or slow, and jump while they work. */
module.exports = {
  name: 'clocks ten minutes apart that jump',
  stores: ['redis', 'sqlite'],
  platforms: ['linux'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const clocks = await Clocks.build(arena.folder)
    const fast = clocks.make(TEN_MINUTES)
    const slow = clocks.make(-TEN_MINUTES)
    const jumping = clocks.make(0)
    const plan = { concurrency: 3, workMs: 150 }
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
    // No worker died, and none was silent: whatever the clocks say, no job is lost to another.
    return arena.audit({ once: true })
  }
}
