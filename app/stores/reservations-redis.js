'use strict'

const PREFIX = 'rekue-app:places:'

/**
 * KEYS[1]  hash of holders and the numbers of their places
 * ARGV     holder, number of places
 * Returns  the holder's place; 0 where all are given
 * Invariant: the numbers in the hash are 1 to its length, each once, and never more than the places
 */
const RESERVE = `
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held then return tonumber(held) end
local place = redis.call('HLEN', KEYS[1]) + 1
if place > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], place)
return place
`

/** Reservations in a Redis: one script, which Redis runs without anything between its lines. */
class RedisReservations {
  #redis

  /** @param {import('./redis').AppRedis} redis stays the caller's */
  constructor(redis) {
    this.#redis = redis
  }

  /** @param {string} name */
  taken(name) {
    return this.#redis.command('HLEN', PREFIX + name)
  }

  /**
   * @param {string} name
   * @param {number} total
   * @param {string} holder
   */
  async reserve(name, total, holder) {
    return (await this.#redis.command('EVAL', RESERVE, 1, PREFIX + name, holder, total)) || null
  }
}

module.exports = { RedisReservations }
