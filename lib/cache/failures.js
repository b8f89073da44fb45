'use strict'

/** So many keys are remembered; beyond that the longest known one is forgotten. */
const MAX_KEYS = 10_000

/**
 * Loads that failed or found nothing, so that a source that is down or asked for what it does not
 * have is spared (negative caching). A key's pause doubles with every failure in a row.
 */
class Failures {
  #first
  #most
  #byKey = new Map()

  /**
   * @param {number} firstMs the first pause; 0: nothing is remembered
   * @param {number} mostMs no pause is longer
   */
  constructor(firstMs, mostMs) {
    this.#first = firstMs
    this.#most = Math.max(firstMs, mostMs)
  }

  /** The outcome to answer with instead of a load: `{ error? }`; undefined where a load is due. */
  get(key) {
    const failure = this.#byKey.get(key)
    return failure !== undefined && performance.now() < failure.until ? failure : undefined
  }

  /**
   * Remember a failure.
   * @param {string | number} key
   * @param {{ error?: unknown, failed: boolean }} outcome
   */
  add(key, outcome) {
    if (this.#first === 0) return
    const last = this.#byKey.get(key)
    const pause = last === undefined ? this.#first : Math.min(last.pause * 2, this.#most)
    this.#byKey.delete(key)
    this.#byKey.set(key, { ...outcome, pause, until: performance.now() + pause })
    if (this.#byKey.size > MAX_KEYS) this.#byKey.delete(this.#byKey.keys().next().value)
  }

  forget(key) {
    if (this.#byKey.size > 0) this.#byKey.delete(key)
  }

  clear() {
    this.#byKey.clear()
  }
}

module.exports = { Failures }
