'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { TYPE, kindOf, jobOf } = require('../jobs')

/** How long something must be wrong here before it is mended. */
const WAIT_MS = 700

/** What a Kue process leaves behind that dies between two of its steps, while others work. */
module.exports = {
  name: 'what a dead Kue process leaves',
  stores: ['redis'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const redis = (/** @type {(string | number)[]} */ ...args) => arena.server.command(...args)
    const queue = arena.queue()
    await arena.add(150, queue)
    // It took jobs out of the set of their type, and died before it made them active.
    let taken = 0
    for (let i = 0; i < 20; i++) {
      taken += (await redis('ZPOPMIN', `q:jobs:${TYPE}:inactive`)).length / 2
    }
    // It took tokens and died before it took a job; others lie there without one.
    for (let i = 0; i < 30; i++) await redis('LPOP', `q:${TYPE}:jobs`)
    // It died in the midst of saving: before the job had a state, and before it had data.
    do arena.lastJob++
    while (kindOf(arena.lastJob) !== 'plain')
    const n = arena.lastJob
    const [saved, begun] = [await redis('INCR', 'q:ids'), await redis('INCR', 'q:ids')]
    const data = JSON.stringify(jobOf(n).data)
    await redis('HSET', `q:job:${saved}`, 'type', TYPE, 'priority', 0, 'data', data)
    await redis('HSET', `q:job:${begun}`, 'type', TYPE, 'created_at', 1)
    arena.ledger.write('T', n)
    arena.ledger.write('A', n, saved)
    // It died in the midst of removing: the job is gone, its places and its log are not.
    await redis('ZADD', 'q:jobs', 0, '07|7777777')
    await redis('ZADD', `q:jobs:${TYPE}:failed`, 0, '07|7777777')
    await redis('RPUSH', 'q:job:7777777:log', 'a line')
    const looked = await queue.repair({ dryRun: true, wait: WAIT_MS })
    await arena.worker({ workMs: 5 })
    await sleep(arena.random(200))
    const { found } = await queue.repair({ wait: WAIT_MS })
    for (const [kind, count] of Object.entries({ unlisted: taken, unfinished: 1, orphan: 2 })) {
      if (looked.found[kind] !== count || found[kind] !== count) {
        throw new Error(`${kind}: ${looked.found[kind]}, then ${found[kind]}, not ${count}`)
      }
    }
    const figures = await arena.audit({ once: true })
    return `${JSON.stringify(found)}, ${figures}`
  }
}
