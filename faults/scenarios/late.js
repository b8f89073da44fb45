'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { startProxy } = require('../proxy')

/** What the calls of an add, and those for claims and outcomes, are known by on the line. */
const MARKS = ['EXEC\r\n', 'EVALSHA']

/**
 * Calls that arrive at the server after their connection was given up and they were sent again: none
 * of them may take effect twice.
 */
module.exports = {
  name: 'calls that arrive late',
  stores: ['redis'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const proxy = await startProxy(arena.server.port)
    arena.later(() => proxy.close())
    const more = { store: proxy.url, lease: { duration: 20_000, maxLost: 0 } }
    const options = arena.options(more)
    await arena.worker({ options, concurrency: 3, workMs: 2 })
    const queue = arena.queue(more)
    await queue.stats()
    let taken = 0
    for (let i = 0; i < 16; i++) {
      proxy.holdNext(MARKS[i % 2])
      await arena.add(10, queue)
      // Time enough for the jobs to be run and removed.
      await sleep(40 + arena.random(40))
      taken += proxy.release()
      proxy.holding = []
    }
    if (taken > 0) throw new Error(`the server still took ${taken} calls of connections given up`)
    return arena.audit({ once: true })
  }
}
