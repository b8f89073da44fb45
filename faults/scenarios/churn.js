'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

const WORKERS = 32

/** Many workers that come and go, half of them by accident. */
module.exports = {
  name: `${WORKERS} workers start and stop`,
  stores: ['redis', 'sqlite'],
  /** @param {import('../arena').Arena} arena @param {{ churnMs: number }} lengths */
  async run(arena, { churnMs }) {
    const end = Date.now() + churnMs
    let lives = 0
    let kills = 0
    const life = async () => {
      await sleep(arena.random(1000))
      while (Date.now() < end) {
        const member = await arena.worker({ concurrency: 1 + arena.random(8), workMs: 30 })
        lives++
        await sleep(arena.random(1500))
        if (arena.random(2) === 0) {
          kills++
          await member.kill()
        } else {
          await member.close()
        }
      }
    }
    const adding = (async () => {
      while (Date.now() < end) {
        await arena.add(20)
        await sleep(100)
      }
    })()
    await Promise.all([adding, ...Array.from({ length: WORKERS }, life)])
    await arena.worker({ concurrency: 20 })
    const figures = await arena.audit()
    return `${lives} lives, ${kills} ended by kill -9, ${figures}`
  }
}
