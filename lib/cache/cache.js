'use strict'

const { createError, invalidArg } = require('../errors')
const native = require('../native')
const { Departures } = require('./departures')
const { hashKey } = require('./hash')
const { Loads } = require('./loads')
const { MAX_ENTRIES, cacheOptions, checkKey, checkMs, checkNames } = require('./options')
const { record } = require('./record')
const R = require('./ring')

/** What may be given to one set. */
const SET_OPTIONS = ['ttl', 'size']
/** First room for deadlines; it doubles from there. */
const FIRST_SLOTS = 64
const TWO_32 = 2 ** 32

/** A bounded array of numbers with room for `slot`; what is new holds `empty`. */
function roomFor(array, slot, empty) {
  if (slot < array.length) return array
  const larger = new Float64Array(Math.max(FIRST_SLOTS, array.length * 2, slot + 1))
  larger.set(array)
  return larger.fill(empty, array.length)
}

/**
 * A cache of JavaScript values under one of eight replacement policies.
 *
 * Keys and values live here; the policy lives in Rust and knows an entry by its *slot*, an index
 * into the arrays below. What happens to slots is written into a ring that the policy reads when it
 * has to choose a victim (src/cache/tracker.rs), so a hit is a Map lookup, an array read and a store.
 *
 * A slot whose value is undefined is free or a *ghost*: a key that the policy still remembers.
 * That is why undefined cannot be stored: as in lru-cache, setting it deletes the key.
 *
 * Everything that can throw (checks, sizeCalculation) runs before the first change; callbacks run
 * after the last one.
 * @template V
 */
class Cache {
  #options
  #max
  #maxSize
  #index = new Map()
  #values = []
  #keys = []
  /** @type {number[]} */
  #free = []
  #live = 0
  #sized
  /** Whether the policy is told of sizes: not where it counts entries. */
  #weighed
  #total = 0
  #sizes = new Float64Array(0)
  /**
   * Monotonic ms at which a slot's entry expires; null until the first ttl is set.
   * @type {any}
   */
  #deadlines = null
  /** @type {any} */
  #ttls = null
  #ring = new Uint32Array(R.FULL + R.SLACK)
  #fill = R.HEADER
  #tracker
  #evictNative
  #hashed
  /** Both clocks as last read; #now is 0 where they have to be read anew. */
  #now = 0
  #mono = 0
  #endTick = () => {
    this.#now = 0
  }
  #counts = { misses: 0, sets: 0, evictions: 0, expirations: 0, rejected: 0 }
  #departures
  /** @type {any} */
  #loads = null

  /** @param {import('../../types/cache').CacheOptions<V>} options see types/cache.d.ts */
  constructor(options) {
    const checked = cacheOptions(options)
    this.#options = checked
    this.#max = Math.min(checked.max || MAX_ENTRIES, MAX_ENTRIES)
    this.#maxSize = checked.maxSize || Infinity
    this.#sized = checked.maxSize > 0
    const entries = this.#sized || !checked.max ? undefined : this.#max
    this.#weighed = entries === undefined
    this.#tracker = new native.CacheTracker(checked.policy, entries, this.#ring)
    this.#evictNative = this.#tracker.evictor()
    this.#hashed = this.#tracker.hashed
    this.#departures = new Departures(checked.onEvict)
  }

  /** The number of entries, those that have expired unnoticed among them. */
  get size() {
    return this.#live
  }

  /** The sum of the entries' sizes; 0 without maxSize. */
  get calculatedSize() {
    return this.#total
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
    const slot = this.#index.get(key)
    const value = slot === undefined ? undefined : this.#values[slot]
    if (value === undefined) return this.#miss(key)
    if (this.#now === 0) this.#tick()
    if (this.#deadlines !== null) {
      if (this.#deadlines[slot] <= this.#mono) return this.#getStale(key, slot, value)
      if (this.#options.updateAgeOnGet) this.#setDeadline(slot, this.#ttls[slot])
    }
    const fill = this.#fill
    this.#ring[fill] = slot << R.OP_BITS
    this.#fill = fill + 1
    if (fill >= R.FULL) this.#catchUp()
    return value
  }

  /**
   * Read many entries, each as `get` would.
   * @param {(string | number)[]} keys
   * @returns {(V | undefined)[]}
   */
  getMany(keys) {
    const values = new Array(keys.length)
    for (let i = 0; i < keys.length; i++) values[i] = this.get(keys[i])
    return values
  }

  /** Read an entry without using it; statistics and policy hear nothing of it. */
  peek(key) {
    const slot = this.#find(key)
    if (slot < 0 || (this.#expired(slot) && !this.#options.allowStale)) return undefined
    return this.#values[slot]
  }

  /** Whether there is an entry that has not expired; this is no use of it. */
  has(key) {
    const slot = this.#find(key)
    return slot >= 0 && !this.#expired(slot)
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
    const size = this.#sized || options?.size !== undefined ? this.#sizeOf(key, value, options) : 1
    this.#loads?.forget(key)
    this.#put(key, value, ttl, size)
    this.#departures.tell()
    return this
  }

  /**
   * Store many values.
   * @param {Iterable<[string | number, V, { ttl?: number, size?: number }?]>} entries
   * @returns {this}
   */
  setMany(entries) {
    for (const [key, value, options] of entries) this.set(key, value, options)
    return this
  }

  /**
   * Delete an entry. A load of the key that is under way will not be stored.
   * @returns {boolean} whether there was one
   */
  delete(key) {
    this.#loads?.forget(key)
    const slot = this.#find(key)
    if (slot < 0) return false
    this.#remove(slot, 'delete')
    this.#departures.tell()
    return true
  }

  /** @returns {number} how many of the keys had an entry */
  deleteMany(keys) {
    let count = 0
    for (const key of keys) if (this.delete(key)) count++
    return count
  }

  /** Delete all entries; statistics stay. */
  clear() {
    this.#loads?.clear()
    if (this.#departures.heard) {
      for (const [key, slot] of this.#index) {
        if (this.#values[slot] !== undefined)
          this.#departures.add(key, this.#values[slot], 'delete')
      }
    }
    this.#catchUp()
    this.#tracker.clear()
    this.#index.clear()
    this.#values = []
    this.#keys = []
    this.#free = []
    this.#live = 0
    this.#total = 0
    this.#sizes = new Float64Array(0)
    this.#deadlines = null
    this.#ttls = null
    this.#departures.tell()
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
      missed: () => this.#counts.misses++,
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
    const slot = this.#find(key)
    if (slot < 0 || this.#expired(slot)) return undefined
    this.#flush()
    const info = this.#tracker.entry(slot)
    return {
      key,
      value: this.#values[slot],
      access_time: new Date(info.accessed),
      access_count: info.hits,
      insertion_time: new Date(info.inserted)
    }
  }

  /** ms until an entry expires: Infinity without a ttl, 0 where there is no entry. */
  getRemainingTTL(key) {
    const slot = this.#find(key)
    if (slot < 0) return 0
    if (this.#deadlines === null) return Infinity
    return Math.max(0, this.#deadlines[slot] - performance.now())
  }

  /**
   * Delete what has expired.
   * @returns {boolean} whether anything had
   */
  purgeStale() {
    const before = this.#live
    if (this.#deadlines !== null) {
      this.#readClocks()
      for (const slot of this.#slots()) {
        if (this.#values[slot] !== undefined && this.#expired(slot)) this.#remove(slot, 'expire')
      }
    }
    const purged = this.#live < before
    this.#departures.tell()
    return purged
  }

  /** Keys, the newest (or most wanted) first, as in lru-cache. */
  *keys() {
    for (const slot of this.#shown()) yield this.#keys[slot]
  }

  /** Values in the order of `keys()`. */
  *values() {
    for (const slot of this.#shown()) yield this.#values[slot]
  }

  /** Pairs of key and value in the order of `keys()`. */
  *entries() {
    for (const slot of this.#shown()) yield [this.#keys[slot], this.#values[slot]]
  }

  [Symbol.iterator]() {
    return this.entries()
  }

  /** @param {(value: V, key: string | number, cache: this) => void} fn */
  forEach(fn, thisArg = this) {
    for (const [key, value] of this.entries()) fn.call(thisArg, value, key, this)
  }

  /**
   * All entries as plain data for `load`, in lru-cache's shape: `start` and `ttl` in ms.
   * @returns {[string | number, { value: V, ttl?: number, start?: number, size?: number }][]}
   */
  dump() {
    this.#readClocks()
    return this.#slots()
      .filter((slot) => this.#values[slot] !== undefined)
      .map((slot) => [this.#keys[slot], this.#dumped(slot)])
  }

  #dumped(slot) {
    const entry = { value: this.#values[slot] }
    if (this.#sized) entry.size = this.#sizes[slot]
    const ttl = this.#ttls === null ? 0 : this.#ttls[slot]
    if (ttl > 0) {
      entry.ttl = ttl
      entry.start = Math.round(this.#now - (ttl - (this.#deadlines[slot] - this.#mono)))
    }
    return entry
  }

  /**
   * Replace the contents by what `dump` returned, here or in another process.
   * @param {[string | number, { value: V, ttl?: number, start?: number, size?: number }][]} entries
   * @returns {this}
   */
  load(entries) {
    if (!Array.isArray(entries)) throw invalidArg('entries', entries, 'an array as dump() returns')
    const checked = entries.map((entry) => this.#loadable(entry))
    this.clear()
    this.#readClocks()
    for (const { key, value, ttl, size, age } of checked) {
      this.#put(key, value, ttl, size)
      const slot = this.#find(key)
      if (ttl > 0 && slot >= 0) this.#deadlines[slot] -= age
    }
    this.#departures.tell()
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
    const age = start === undefined ? 0 : Date.now() - start
    if (!Number.isFinite(age)) throw invalidArg('start', start, 'a number of ms since the epoch')
    return { key, value, ttl, age, size: this.#sized ? this.#sizeOf(key, value, { size }) : 1 }
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
    this.#flush()
    const hits = this.#tracker.catchUp()
    const { misses } = this.#counts
    return {
      hits,
      ...this.#counts,
      loads: this.#loads?.started ?? 0,
      loadErrors: this.#loads?.failed ?? 0,
      callbackErrors: this.#departures.errors,
      hitRatio: hits + misses === 0 ? 0 : hits / (hits + misses),
      size: this.#live,
      calculatedSize: this.#total,
      policyBytes: this.#tracker.bytes()
    }
  }

  // What follows is the machinery.

  /** The slot of a key's entry, expired or not; -1 without one. */
  #find(key) {
    const slot = this.#index.get(key)
    if (slot === undefined) {
      checkKey(key)
      return -1
    }
    return this.#values[slot] === undefined ? -1 : slot
  }

  #miss(key) {
    checkKey(key)
    this.#counts.misses++
    return undefined
  }

  #expired(slot) {
    if (this.#deadlines === null) return false
    if (this.#now === 0) this.#tick()
    return this.#deadlines[slot] <= this.#mono
  }

  #getStale(key, slot, value) {
    const { allowStale, noDeleteOnStaleGet, staleIfError, fetchMethod } = this.#options
    // What fetch may still have to serve is not thrown away.
    const keep = noDeleteOnStaleGet || staleIfError > 0 || (allowStale && fetchMethod !== null)
    if (allowStale) this.#begin(slot << R.OP_BITS)
    else this.#counts.misses++
    if (!keep) {
      this.#remove(slot, 'expire')
      this.#departures.tell()
    }
    return allowStale ? value : undefined
  }

  /** Read the clocks, and again at the first use after `ttlResolution` ms. */
  #tick() {
    this.#readClocks()
    const { ttlResolution } = this.#options
    if (ttlResolution > 0) setTimeout(this.#endTick, ttlResolution).unref()
    else this.#now = 0
  }

  #readClocks() {
    this.#mono = performance.now()
    this.#now = Date.now()
    this.#begin(R.TIME)
    this.#record(this.#now % TWO_32)
    this.#record(Math.floor(this.#now / TWO_32))
  }

  /** The validated size of a value. */
  #sizeOf(key, value, options) {
    let size = options?.size
    if (size === undefined) {
      const { sizeCalculation } = this.#options
      if (sizeCalculation === null) {
        const message = 'a Cache with maxSize needs sizeCalculation, or a size with every set'
        throw createError('ERR_INVALID_ARG', message, { argument: 'size' })
      }
      size = sizeCalculation(value, key)
    }
    if (Number.isSafeInteger(size) && size >= 1) return size
    throw invalidArg('size', size, 'an integer of at least 1')
  }

  #put(key, value, ttl, size) {
    if (this.#now === 0) this.#tick()
    let slot = this.#index.get(key)
    const resident = slot !== undefined && this.#values[slot] !== undefined
    if (this.#sized && size > (this.#options.maxEntrySize || this.#maxSize)) {
      this.#counts.rejected++
      if (resident) this.#remove(slot, 'set')
      return
    }
    this.#counts.sets++
    if (resident && (!this.#sized || this.#total - this.#sizes[slot] + size <= this.#maxSize)) {
      this.#update(slot, value, size)
    } else {
      // An update that needs more room than there is leaves first, lest it be its own victim.
      if (resident) this.#remove(slot, 'set', value)
      slot = this.#makeRoom(key, size)
      this.#insert(slot, key, value, size)
    }
    if (ttl > 0 || this.#deadlines !== null) this.#setDeadline(slot, ttl)
  }

  #update(slot, value, size) {
    const old = this.#values[slot]
    this.#values[slot] = value
    this.#begin((slot << R.OP_BITS) | R.UPDATE)
    if (this.#sized) {
      this.#total += size - this.#sizes[slot]
      this.#sizes[slot] = size
    }
    if (this.#weighed) this.#recordSize(size)
    if (old !== value) this.#departures.add(this.#keys[slot], old, 'set')
  }

  /** Evict until an entry of that size fits. Returns a slot for it. */
  #makeRoom(key, size) {
    const ghost = this.#index.get(key)
    if (ghost !== undefined) this.#begin((ghost << R.OP_BITS) | R.RECALL)
    let more = false
    while (more || this.#live >= this.#max || this.#total + size > this.#maxSize) {
      more = this.#evict()
    }
    if (ghost !== undefined) return ghost
    return this.#free.length > 0 ? this.#free.pop() : this.#values.length
  }

  /** Let the policy's victim go. Returns whether the policy wants to let go of another one. */
  #evict() {
    const ring = this.#ring
    ring[0] = this.#fill - R.HEADER
    this.#fill = R.HEADER
    this.#evictNative()
    const slot = ring[R.VICTIM] - 1
    if (slot < 0)
      throw createError('ERR_INTERNAL', 'the cache is full, but its policy knows no entry')
    const flags = ring[R.FLAGS]
    const released = ring[R.RELEASED] - 1
    this.#counts.evictions++
    this.#departures.add(this.#keys[slot], this.#values[slot], 'evict')
    this.#vacate(slot)
    if ((flags & R.GHOST) === 0) this.#release(slot)
    if (released >= 0) this.#release(released)
    return (flags & R.MORE) !== 0
  }

  #insert(slot, key, value, size) {
    if (slot === this.#values.length) {
      this.#values.push(value)
      this.#keys.push(key)
      this.#index.set(key, slot)
    } else {
      // A recalled ghost is in the index already; setting it again changes nothing.
      this.#values[slot] = value
      this.#keys[slot] = key
      this.#index.set(key, slot)
    }
    this.#live++
    this.#begin((slot << R.OP_BITS) | R.INSERT)
    if (this.#hashed) this.#record(hashKey(key))
    if (this.#sized) {
      this.#sizes = roomFor(this.#sizes, slot, 0)
      this.#sizes[slot] = size
      this.#total += size
    }
    if (this.#weighed) this.#recordSize(size)
  }

  /** Take an entry out; `replacement` is what an onEvict of reason 'set' is spared for. */
  #remove(slot, reason, replacement) {
    const value = this.#values[slot]
    if (value !== replacement) this.#departures.add(this.#keys[slot], value, reason)
    if (reason === 'expire') this.#counts.expirations++
    this.#begin((slot << R.OP_BITS) | R.REMOVE)
    this.#vacate(slot)
    this.#release(slot)
  }

  #vacate(slot) {
    this.#values[slot] = undefined
    this.#live--
    if (this.#sized) this.#total -= this.#sizes[slot]
    if (this.#deadlines !== null) this.#deadlines[slot] = Infinity
  }

  #release(slot) {
    this.#index.delete(this.#keys[slot])
    this.#keys[slot] = undefined
    this.#free.push(slot)
  }

  #setDeadline(slot, ttl) {
    this.#deadlines = roomFor(this.#deadlines ?? new Float64Array(0), slot, Infinity)
    this.#ttls = roomFor(this.#ttls ?? new Float64Array(0), slot, 0)
    this.#ttls[slot] = ttl
    this.#deadlines[slot] = ttl > 0 ? this.#mono + ttl : Infinity
  }

  /** Begin a record in the ring; the policy reads it first where it is full. */
  #begin(word) {
    if (this.#fill >= R.FULL) this.#catchUp()
    this.#ring[this.#fill++] = word
  }

  /** Write a further word of a record; there is room for the longest. */
  #record(word) {
    this.#ring[this.#fill++] = word
  }

  #recordSize(size) {
    this.#record(size % TWO_32)
    this.#record(Math.floor(size / TWO_32))
  }

  #flush() {
    this.#ring[0] = this.#fill - R.HEADER
    this.#fill = R.HEADER
  }

  #catchUp() {
    this.#flush()
    this.#tracker.catchUp()
  }

  /** Slots that were ever in use, in the policy's order. */
  #slots() {
    this.#flush()
    return [...this.#tracker.order()]
  }

  *#shown() {
    for (const slot of this.#slots().reverse()) {
      if (this.#values[slot] === undefined) continue
      if (this.#options.allowStale || !this.#expired(slot)) yield slot
    }
  }

  /** What a load needs to know of a key: its value, and until when that is fresh. */
  #stateOf(key) {
    const slot = this.#find(key)
    if (slot < 0) return undefined
    const fresh = !this.#expired(slot)
    const deadline = this.#deadlines === null ? Infinity : this.#deadlines[slot]
    return { value: this.#values[slot], fresh, deadline }
  }

  /** A loader found nothing: what was there is gone. */
  #dropLoaded(key) {
    const slot = this.#find(key)
    if (slot < 0) return
    this.#remove(slot, 'fetch')
    this.#departures.tell()
  }
}

module.exports = { Cache }
