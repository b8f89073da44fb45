'use strict'

const KEY = 'rekue-app:counters'

/**
 * KEYS[1]  hash of sums
 * ARGV     name, number, name, number, …
 * Invariant: all of a call is added, or nothing
 */
const ADD = `
for i = 1, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
return #ARGV / 2
`

/** Counters in a hash of Redis. */
class RedisCounters {
  #redis

  /** @param {import('./redis').AppRedis} redis stays the caller's */
  constructor(redis) {
    this.#redis = redis
  }

  /** @param {Record<string, number>} sums */
  async add(sums) {
    await this.#redis.command('EVAL', ADD, 1, KEY, ...Object.entries(sums).flat())
  }

  async read() {
    const flat = await this.#redis.command('HGETALL', KEY)
    return Object.fromEntries(
      Object.entries(flat || {}).map(([name, text]) => [name, Number(text)])
    )
  }

  async close() {}
}

module.exports = { RedisCounters }
