'use strict'

const { jobOf, KINDS, kindOf } = require('../jobs')

/** Jobs with some weight, so that a small server is full soon. */
const PAD = 'x'.repeat(20_000)
const ROOM_BYTES = 4 << 20

/** Redis at `maxmemory` without eviction: adds are refused, work goes on and makes room. */
module.exports = {
  name: 'Redis at maxmemory',
  stores: ['redis'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const { server } = arena
    const queue = arena.queue()
    await arena.add(30, queue)
    const info = await server.command('INFO', 'memory')
    const used = Number(/used_memory:(\d+)/.exec(info)?.[1])
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await server.command('CONFIG', 'SET', 'maxmemory', String(used + ROOM_BYTES))
    const codes = new Set()
    const add = async () => {
      const n = ++arena.lastJob
      const { type, data, options } = jobOf(n, { pad: PAD })
      arena.ledger.write('T', n)
      try {
        arena.ledger.write('A', n, (await queue.add(type, data, options)).id)
        return true
      } catch (error) {
        arena.ledger.write('X', n, error.code)
        codes.add(error.code)
        return false
      }
    }
    while (await add());
    if (String([...codes]) !== 'ERR_STORE_FULL') {
      throw new Error(`adds were refused with ${[...codes]}, not ERR_STORE_FULL`)
    }
    if (await server.command('EXISTS', `q:job:${arena.lastJob}`)) {
      throw new Error('something of the refused job is stored')
    }
    const worker = await arena.worker()
    // Those that are removed when they are complete make room again.
    let tries = 0
    while (!(await add())) {
      if (++tries > 2000) throw new Error('work made no room')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const removed = [...arena.told().jobs].filter(
      ([n, { ends }]) => ends > 0 && KINDS[kindOf(n)].ends === 'removed'
    )
    if (removed.length === 0) throw new Error('room was made before anything was removed')
    const figures = await arena.audit({ once: true })
    if (worker.running) throw new Error('the worker was not closed')
    const errors = arena.told().errors
    if (errors.size > 0) throw new Error(`the worker had errors: ${[...errors.keys()]}`)
    return figures
  }
}
