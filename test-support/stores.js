'use strict'

/**
 * The stores that the queue's contract is tested on. Every suite of `__tests__/queue` runs over
 * each of them; what holds for one store only stands in a file that says so by its name.
 *
 * A store is `{ name, start(), clear(), stop(), options() }`: `start` is called before each suite
 * and does its work once per mocha run, `clear` makes it empty, `options` gives what `createQueue`
 * needs to reach it, from this process and from children.
 */

const { startRedis } = require('./redis-server')

class RedisStore {
  constructor() {
    this.name = 'Redis'
    /** @type {Promise<import('./redis-server').RedisServer> | undefined} */
    this.starting = undefined
    /** @type {import('./redis-server').RedisServer | undefined} */
    this.server = undefined
  }

  async start() {
    this.starting ??= startRedis()
    this.server = await this.starting
  }

  async clear() {
    await this.server.command('FLUSHALL')
  }

  async stop() {
    const server = await this.starting
    this.starting = undefined
    await server?.stop()
  }

  options() {
    return { store: this.server.url }
  }
}

const redis = new RedisStore()
const stores = [redis]

// The file is loaded by suites only, and once: this is a hook of the whole run.
after(async () => {
  for (const store of stores) await store.stop()
})

module.exports = { stores, redis }
