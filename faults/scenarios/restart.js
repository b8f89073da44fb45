'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/** Redis killed in the midst of work and restarted from its append-only file. */
module.exports = {
  name: 'Redis killed, restarted from its AOF',
  stores: ['redis'],
  redisArgs: ['--appendonly', 'yes', '--appendfsync', 'always'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    await arena.worker({ workMs: 10 })
    await arena.worker({ workMs: 5 })
    const adding = []
    for (let i = 0; i < 3; i++) {
      adding.push(arena.add(120))
      await sleep(100 + arena.random(200))
      await arena.server.kill('SIGKILL')
      adding.push(arena.add(20))
      await sleep(arena.random(300))
      await arena.server.restart()
    }
    await Promise.all(adding)
    return arena.audit()
  }
}
