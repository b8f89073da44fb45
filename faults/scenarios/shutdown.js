'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/** Workers that are closed in the midst of work: each hands back what it did not begin, and ends. */
module.exports = {
  name: 'workers closed in the midst of work',
  stores: ['redis', 'sqlite'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const queue = arena.queue()
    await arena.add(400, queue)
    const times = []
    for (const concurrency of [1, 4, 50]) {
      const member = await arena.worker({ concurrency, workMs: concurrency })
      await sleep(100 + arena.random(150))
      const at = Date.now()
      await member.close()
      times.push(Date.now() - at)
      const { active } = await queue.stats()
      if (active !== 0) throw new Error(`${active} jobs are active although nobody works`)
    }
    await arena.worker()
    const figures = await arena.audit({ once: true })
    return `closed in ${times.join(', ')} ms, ${figures}`
  }
}
