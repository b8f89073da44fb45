'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/** Longer than the fault: no worker loses a job, so each attempt starts once. */
const LONG_LEASE = { lease: { duration: 20_000, maxLost: 0 } }

/**
 * @param {import('../arena').Arena} arena
 * @param {() => Promise<void>} fault done while jobs are added and worked on
 */
async function during(arena, fault) {
  const options = arena.options(LONG_LEASE)
  await arena.worker({ options, workMs: 10 })
  await arena.worker({ options, concurrency: 20, workMs: 2 })
  const queue = arena.queue(LONG_LEASE)
  let over = false
  const adding = (async () => {
    while (!over) {
      await arena.add(30, queue)
      await sleep(20)
    }
  })()
  await fault()
  over = true
  await adding
  return arena.audit({ once: true })
}

module.exports = [
  {
    name: 'CLIENT KILL of every connection',
    stores: ['redis'],
    /** @param {import('../arena').Arena} arena */
    run: (arena) =>
      during(arena, async () => {
        for (let i = 0; i < 20; i++) {
          await sleep(arena.random(200))
          for (const type of ['normal', 'pubsub']) {
            await arena.server.command('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
          }
        }
      })
  },
  {
    name: 'CLIENT PAUSE',
    stores: ['redis'],
    /** @param {import('../arena').Arena} arena */
    run: (arena) =>
      during(arena, async () => {
        for (const kind of ['ALL', 'WRITE', 'ALL']) {
          await sleep(arena.random(300))
          await arena.server.command('CLIENT', 'PAUSE', 800, kind)
          await sleep(900)
        }
      })
  },
  {
    name: 'SCRIPT FLUSH in the midst of batches',
    stores: ['redis'],
    /** @param {import('../arena').Arena} arena */
    run: (arena) =>
      during(arena, async () => {
        for (let i = 0; i < 100; i++) {
          await sleep(arena.random(30))
          await arena.server.command('SCRIPT', 'FLUSH')
        }
      })
  }
]
