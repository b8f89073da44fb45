'use strict'

/**
 * A TieredCache in a process of its own, told what to do by messages: `fork(this, [redisUrl])`.
 * `{ fetch, loadMs }` answers `{ value, loads }`, `{ invalidate }` and `{ peek }` answer `{ value }`.
 */

const { setTimeout: sleep } = require('node:timers/promises')
const { Cache, TieredCache } = require('../lib/cache')

const l1 = new Cache({ max: 100 })
const cache = new TieredCache({ l1, redis: process.argv[2], ttl: 60_000 })
let loads = 0

async function answer({ fetch, loadMs = 0, invalidate, peek }) {
  if (invalidate !== undefined) return { value: await cache.invalidate(invalidate) }
  if (peek !== undefined) return { value: l1.get(peek) ?? null }
  const value = await cache.fetch(fetch, async () => {
    loads++
    // The parent ends a process in the middle of its load.
    process.send({ loading: true })
    await sleep(loadMs)
    return `of ${process.pid}`
  })
  return { value, loads }
}

process.on('message', async (message) => process.send({ answer: await answer(message) }))
process.on('disconnect', () => process.exit())
process.send({ ready: true })
