'use strict'

const { createError, invalidArg } = require('../errors')
const { Loads } = require('./loads')
const {
  cacheOptions,
  checkFunction,
  checkIterable,
  checkKey,
  checkMs,
  checkNames
} = require('./options')
const { record } = require('./record')
const { Store } = require('./store')

/** What may be given to one set. */
const SET_OPTIONS = ['ttl', 'size']

/**
 * A cache of JavaScript values under one of eight replacement policies. Entries are kept by Store.
 * @template V
 */
class Cache {
  #options
  #store
  /** @type {any} */
  #loads = null

  /** @param {import('../../types/cache').CacheOptions<V>} options see types/cache.d.ts */
  constructor(options) {
    this.#options = cacheOptions(options)
    this.#store = new Store(this.#options)
  }

  /** The number of entries, those that have expired unnoticed among them. */
  get size() {
    return this.#store.live
  }

  /** The sum of the entries' sizes; 0 without maxSize. */
  get calculatedSize() {
    return this.#store.total
  }

  get policy() {
    return this.#options.policy
  }

  get max() {
    return this.#options.max
  }

  get maxSize() {
    return this.#options.maxSize
  }

  /**
   * Read an entry; a hit counts as a use.
   * @param {string | number} key
   * @returns {V | undefined}
   */
  get(key) {
    return this.#store.get(key)
  }

  /**
   * Read many entries, each as `get` would.
   * @param {(string | number)[]} keys
   * @returns {(V | undefined)[]}
   */
  getMany(keys) {
    return this.#store.getMany([...checkIterable(keys, 'keys')])
  }

  /** Read an entry without using it; statistics and policy hear nothing of it. */
  peek(key) {
    const slot = this.#store.find(key)
    if (slot < 0 || (this.#store.expired(slot) && !this.#options.allowStale)) return undefined
    return this.#store.valueAt(slot)
  }

  /** Whether there is an entry that has not expired; this is no use of it. */
  has(key) {
    const slot = this.#store.find(key)
    return slot >= 0 && !this.#store.expired(slot)
  }

  /**
   * Store a value. A value that is larger than the budget is not stored, and counted as rejected.
   * @param {string | number} key
   * @param {V} value undefined deletes the key
   * @param {{ ttl?: number, size?: number }} [options]
   * @returns {this}
   */
  set(key, value, options) {
    checkKey(key)
    if (options !== undefined) checkNames('set', options, SET_OPTIONS)
    if (value === undefined) {
      this.delete(key)
      return this
    }
    const ttl = options?.ttl === undefined ? this.#options.ttl : checkMs(options.ttl, 'ttl')
    const size = this.#store.sizeOf(key, value, options)
    this.#loads?.forget(key)
    this.#store.put(key, value, ttl, size)
    this.#store.tell()
    return this
  }

  /**
   * Store many values.
   * @param {Iterable<[string | number, V, { ttl?: number, size?: number }?]>} entries
   * @returns {this}
   */
  setMany(entries) {
    for (const entry of checkIterable(entries, 'entries')) {
      if (!Array.isArray(entry)) throw invalidArg('entries', entry, 'pairs of key and value')
      this.set(entry[0], entry[1], entry[2])
    }
    return this
  }

  /**
   * Delete an entry. A load of the key that is under way will not be stored.
   * @returns {boolean} whether there was one
   */
  delete(key) {
    this.#loads?.forget(key)
    const slot = this.#store.find(key)
    if (slot < 0) return false
    this.#store.remove(slot, 'delete')
    this.#store.tell()
    return true
  }

  /** @returns {number} how many of the keys had an entry */
  deleteMany(keys) {
    let count = 0
    for (const key of checkIterable(keys, 'keys')) if (this.delete(key)) count++
    return count
  }

  /** Delete all entries; statistics stay. */
  clear() {
    this.#loads?.clear()
    this.#store.clear()
  }

  /**
   * Read an entry, or load it: at most one load per key is under way at a time.
   * @param {string | number} key
   * @param {import('../../types/cache').FetchOptions<V>} [options]
   * @returns {Promise<V>} rejects with what the loader threw
   */
  fetch(key, options) {
    this.#loads ??= new Loads(this.#options, {
      // Not this.get: a recording has noted the fetch already.
      get: (key) => Cache.prototype.get.call(this, key),
      set: (key, value, options) => this.set(key, value, options),
      missed: () => this.#store.counts.misses++,
      undefinedLoaded: (key) => this.#dropLoaded(key),
      state: (key) => this.#stateOf(key)
    })
    return this.#loads.fetch(key, options)
  }

  /**
   * What is known of an entry; asking is no use of it.
   * @returns {import('../../types/cache').CacheEntry<V> | undefined}
   */
  entry(key) {
    const slot = this.#store.find(key)
    if (slot < 0 || this.#store.expired(slot)) return undefined
    const info = this.#store.info(slot)
    return {
      key,
      value: this.#store.valueAt(slot),
      access_time: new Date(info.accessed),
      access_count: info.hits,
      insertion_time: new Date(info.inserted)
    }
  }

  /** ms until an entry expires, below 0 once it has; Infinity without a ttl, 0 where there is none. */
  getRemainingTTL(key) {
    const slot = this.#store.find(key)
    if (slot < 0) return 0
    return this.#store.deadlineAt(slot) - performance.now()
  }

  /**
   * Delete what has expired.
   * @returns {boolean} whether anything had
   */
  purgeStale() {
    const before = this.size
    this.#store.purge()
    return this.size < before
  }

  /** Keys, the newest (or most wanted) first, as in lru-cache. */
  *keys() {
    for (const slot of this.#store.shown()) yield this.#store.keyAt(slot)
  }

  /** Values in the order of `keys()`. */
  *values() {
    for (const slot of this.#store.shown()) yield this.#store.valueAt(slot)
  }

  /** Pairs of key and value in the order of `keys()`. */
  *entries() {
    for (const slot of this.#store.shown())
      yield [this.#store.keyAt(slot), this.#store.valueAt(slot)]
  }

  [Symbol.iterator]() {
    return this.entries()
  }

  /** @param {(value: V, key: string | number, cache: this) => void} fn */
  forEach(fn, thisArg = this) {
    checkFunction(fn, 'fn')
    for (const [key, value] of this.entries()) fn.call(thisArg, value, key, this)
  }

  /**
   * All entries as plain data for `load`, in lru-cache's shape: `start` and `ttl` in ms.
   * @returns {[string | number, { value: V, ttl?: number, start?: number, size?: number }][]}
   */
  dump() {
    this.#store.lookAtClocks()
    return this.#store
      .slots()
      .filter((slot) => this.#store.valueAt(slot) !== undefined)
      .map((slot) => [this.#store.keyAt(slot), this.#store.dumped(slot)])
  }

  /**
   * Replace the contents by what `dump` returned, here or in another process.
   * @param {[string | number, { value: V, ttl?: number, start?: number, size?: number }][]} entries
   * @returns {this}
   */
  load(entries) {
    if (!Array.isArray(entries)) throw invalidArg('entries', entries, 'an array as dump() returns')
    // Not `entries.map`, which passes over holes.
    const checked = Array.from(entries, (entry) => this.#loadable(entry))
    this.clear()
    this.#store.lookAtClocks()
    for (const { key, value, ttl, size, age } of checked) {
      this.#store.put(key, value, ttl, size)
      const slot = this.#store.find(key)
      if (ttl > 0 && slot >= 0) this.#store.age(slot, age)
    }
    this.#store.tell()
    return this
  }

  /** Check one entry of a dump. */
  #loadable(entry) {
    const [key, content] = Array.isArray(entry) ? entry : []
    checkKey(key)
    if (content === null || typeof content !== 'object' || content.value === undefined) {
      throw invalidArg('entries', content, 'an array of [key, { value }], as dump() returns')
    }
    const { value, size, start } = content
    const ttl = content.ttl === undefined ? 0 : checkMs(content.ttl, 'ttl')
    if (start !== undefined && !Number.isFinite(start))
      throw invalidArg('start', start, 'a number of ms since the epoch')
    const age = start === undefined ? 0 : Date.now() - start
    return { key, value, ttl, age, size: this.#store.sizeOf(key, value, { size }) }
  }

  /**
   * Record what is asked of this cache from now on, so that policies can be compared on it.
   * @param {{ sample?: number, max?: number }} [options] sample: the part of the keys, default 1;
   *   max: it ends after so many requests, default 1,000,000
   * @returns {import('../../types/cache').Recording}
   */
  recordTrace(options = {}) {
    if (Object.hasOwn(this, 'get')) {
      throw createError(
        'ERR_INVALID_ARG',
        'this cache is being recorded: stop that recording first'
      )
    }
    return /** @type {any} */ (record(this, options))
  }

  /** @returns {import('../../types/cache').CacheStats} */
  stats() {
    const hits = this.#store.hits()
    const { misses } = this.#store.counts
    return {
      hits,
      ...this.#store.counts,
      loads: this.#loads?.started ?? 0,
      loadErrors: this.#loads?.failed ?? 0,
      callbackErrors: this.#store.callbackErrors,
      hitRatio: hits + misses === 0 ? 0 : hits / (hits + misses),
      size: this.#store.live,
      calculatedSize: this.#store.total,
      policyBytes: this.#store.policyBytes()
    }
  }

  /** What a load needs to know of a key: its value, and until when that is fresh. */
  #stateOf(key) {
    const slot = this.#store.find(key)
    if (slot < 0) return undefined
    const fresh = !this.#store.expired(slot)
    return { value: this.#store.valueAt(slot), fresh, deadline: this.#store.deadlineAt(slot) }
  }

  /** A loader found nothing: what was there is gone. */
  #dropLoaded(key) {
    const slot = this.#store.find(key)
    if (slot < 0) return
    this.#store.remove(slot, 'fetch')
    this.#store.tell()
  }
}

module.exports = { Cache }
