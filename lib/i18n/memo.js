'use strict'

/**
 * A Map that forgets: what makes its entries is dear, and the keys may come from anybody.
 * @template V
 */
class Memo {
  /** @type {Map<string, { value: V, used: boolean }>} */ #entries = new Map()
  /** @type {number} */ #limit

  /** @param {number} limit the most entries it keeps */
  constructor(limit) {
    this.#limit = limit
  }

  get size() {
    return this.#entries.size
  }

  /**
   * @param {string} key
   * @returns {V | undefined}
   */
  get(key) {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.value
  }

  /**
   * @param {string} key
   * @param {V} value
   * @returns {V} the value
   */
  set(key, value) {
    if (this.#entries.size >= this.#limit) this.#makeRoom()
    this.#entries.set(key, { value, used: false })
    return value
  }

  /** Second chance: the oldest entry that was not used since it was last looked at goes. */
  #makeRoom() {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key)
      if (!entry.used) return
      entry.used = false
      this.#entries.set(key, entry)
    }
  }
}

module.exports = { Memo }
