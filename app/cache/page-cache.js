'use strict'

/**
 * The cache of rendered pages: in memory, and with a Redis also there, shared by all instances
 * (rekue/cache).
 *
 * A circuit breaker stands before the second tier: `TieredCache` does without a Redis that fails,
 * but each attempt costs its time limit. While the breaker is open, pages come from memory and
 * from the source alone, at the speed of those.
 */

const { Cache, TieredCache } = require('rekue/cache')
const { makeBreaker } = require('../breakers')

/** Pages of this age are still served where the source fails. */
const STALE_MS = 3_600_000

const PREFIX = 'rekue-app:pages'

/** Tells the breaker of a failure that did the reader no harm: the page is there. */
class SecondTierFailed extends Error {
  /** @param {unknown} value */
  constructor(value) {
    super('the second tier of the cache did not answer')
    this.value = value
  }
}

/** Tells the breaker of an error of the source, which is not the second tier's. */
class SourceFailed extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super('the source failed', { cause })
  }
}

class PageCache {
  #l1
  #tiered
  #enabled
  #metrics

  /**
   * @param {object} options
   * @param {import('../config').Config['cache']} options.cache
   * @param {string} [options.redisUrl]
   * @param {import('pino').Logger} options.log
   * @param {import('../http/metrics').Metrics} options.metrics
   */
  constructor({ cache: { enabled, max, ttlMs }, redisUrl, log, metrics }) {
    this.#enabled = enabled
    this.#metrics = metrics
    this.#l1 = new Cache({ policy: 's3fifo', max, ttl: ttlMs, staleIfError: STALE_MS })
    if (redisUrl) {
      const tiers = { l1: this.#l1, redis: redisUrl, ttl: ttlMs, staleIfError: STALE_MS }
      this.#tiered = new TieredCache({ ...tiers, prefix: PREFIX })
      const ignore = (/** @type {unknown} */ error) => error instanceof SourceFailed
      this.breaker = makeBreaker('cache', { timeoutMs: false, log, ignore })
    }
  }

  /**
   * The page of a key, made by `load` where no tier has it.
   * @template T
   * @param {string} key
   * @param {() => Promise<T>} load
   * @returns {Promise<{ value: T, hit: boolean }>}
   */
  async fetch(key, load) {
    let hit = true
    const loader = () => {
      hit = false
      return load()
    }
    const value = this.#enabled ? await this.#through(key, loader) : await loader()
    this.#metrics.cache.inc({ result: hit ? 'hit' : 'miss' })
    return { value, hit }
  }

  stats() {
    return this.#tiered ? this.#tiered.stats() : { l1: this.#l1.stats() }
  }

  async close() {
    this.breaker?.shutdown()
    await this.#tiered?.close()
  }

  /**
   * @param {string} key
   * @param {() => Promise<any>} loader
   */
  async #through(key, loader) {
    const { breaker } = this
    // Memory first: a hit there needs neither the second tier nor its breaker.
    const known = this.#l1.get(key)
    if (known !== undefined) return known
    if (!breaker || breaker.opened) return this.#l1.fetch(key, { loader })
    try {
      return await breaker.fire(() => this.#throughRedis(key, loader))
    } catch (error) {
      if (error instanceof SecondTierFailed) return error.value
      if (error instanceof SourceFailed) {
        // Memory may still have a page that is past its time.
        const fail = () => Promise.reject(error.cause)
        return this.#l1.fetch(key, { loader: fail })
      }
      // It opened between the question and the call, or lets one call through and that is another.
      return this.#l1.fetch(key, { loader })
    }
  }

  /**
   * @param {string} key
   * @param {() => Promise<any>} loader
   */
  async #throughRedis(key, loader) {
    const tiered = /** @type {TieredCache} */ (this.#tiered)
    const before = tiered.stats().l2Errors
    let value
    try {
      value = await tiered.fetch(key, loader)
    } catch (error) {
      throw new SourceFailed(error)
    }
    if (tiered.stats().l2Errors > before) throw new SecondTierFailed(value)
    return value
  }
}

module.exports = { PageCache }
