'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { startProxy } = require('../proxy')

/** What the calls of an add, and those for claims and outcomes, are known by on the line. */
const MARKS = ['EXEC\r\n', 'EVALSHA']

/** Longer than the jobs of one add take. */
const UNREACHABLE_MS = 150

/**
 * A proxy before the server, and a queue that goes through it.
 * @param {import('../arena').Arena} arena
 */
async function throughProxy(arena) {
  const proxy = await startProxy(arena.server.port)
  arena.later(() => proxy.close())
  const more = { store: proxy.url, lease: { duration: 20_000, maxLost: 0 } }
  const queue = arena.queue(more)
  await queue.stats()
  return { proxy, queue, options: arena.options(more) }
}

module.exports = [
  {
    // Sent again meanwhile, none of them may take effect twice.
    name: 'calls that arrive after their connection was given up',
    stores: ['redis'],
    /** @param {import('../arena').Arena} arena */
    async run(arena) {
      const { proxy, queue, options } = await throughProxy(arena)
      await arena.worker({ options, concurrency: 3, workMs: 2 })
      let taken = 0
      for (let i = 0; i < 16; i++) {
        proxy.holdNext(MARKS[i % 2])
        await arena.add(10, queue)
        // Time enough for the jobs to be run and removed.
        await sleep(40 + arena.random(40))
        taken += proxy.release()
        proxy.holding = []
      }
      // One may be taken that was not sent again yet; it is the only one then.
      return `${taken} taken late, ${await arena.audit({ once: true })}`
    }
  },
  {
    // Their jobs have run and are removed before anybody can ask whether they are there.
    name: 'adds whose answer is lost',
    stores: ['redis'],
    /** @param {import('../arena').Arena} arena */
    async run(arena) {
      const { proxy, queue } = await throughProxy(arena)
      await arena.worker({ concurrency: 20 })
      for (let i = 0; i < 16; i++) {
        proxy.loseAnswerTo(MARKS[0], UNREACHABLE_MS)
        await arena.add(1 + arena.random(5), queue)
      }
      return arena.audit({ once: true })
    }
  }
]
