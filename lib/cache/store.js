'use strict'

const { createError, invalidArg } = require('../errors')
const native = require('../native')
const { Departures } = require('./departures')
const { hashKey } = require('./hash')
const { MAX_ENTRIES, MAX_TIMER_MS, checkKey } = require('./options')
const R = require('./ring')

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
 * The entries of a `Cache`, and its half of the conversation with the policy.
 *
 * Keys and values live here; the policy lives in Rust and knows an entry by its *slot*, an index
 * into the arrays below. What happens to slots is written into a ring that the policy reads when it
 * has to choose a victim (src/cache/tracker.rs), so a hit is a Map lookup, an array read and a store.
 *
 * A slot whose value is undefined is free or a *ghost*: a key that the policy still remembers.
 * That is why undefined cannot be stored.
 *
 * Everything that can throw (checks, sizeCalculation) runs before the first change; callbacks run
 * after the last one, when `tell` is called.
 */
class Store {
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
  /** What `stats()` tells. */
  counts = { misses: 0, sets: 0, evictions: 0, expirations: 0, rejected: 0 }
  #departures
  /** Hits that the policy is not told of. */
  #staleHits = 0

  /** @param {any} options checked options of a cache */
  constructor(options) {
    this.#options = options
    this.#max = Math.min(options.max || MAX_ENTRIES, MAX_ENTRIES)
    this.#maxSize = options.maxSize || Infinity
    this.#sized = options.maxSize > 0
    const entries = this.#sized || !options.max ? undefined : this.#max
    this.#weighed = entries === undefined
    this.#tracker = new native.CacheTracker(options.policy, entries, this.#ring)
    this.#evictNative = this.#tracker.evictor()
    this.#hashed = this.#tracker.hashed
    this.#departures = new Departures(options.onEvict)
  }

  /** Entries now. */
  get live() {
    return this.#live
  }

  /** The sum of their sizes. */
  get total() {
    return this.#total
  }

  /** Errors of onEvict. */
  get callbackErrors() {
    return this.#departures.errors
  }

  keyAt(slot) {
    return this.#keys[slot]
  }

  valueAt(slot) {
    return this.#values[slot]
  }

  /** Monotonic ms at which an entry expires; Infinity: never. */
  deadlineAt(slot) {
    return this.#deadlines === null ? Infinity : this.#deadlines[slot]
  }

  /** Let all entries go that have expired. */
  purge() {
    if (this.#deadlines === null) return
    this.lookAtClocks()
    for (const slot of this.slots()) {
      if (this.#values[slot] !== undefined && this.expired(slot)) this.remove(slot, 'expire')
    }
    this.tell()
  }

  /** What an entry is dumped as; the clocks have just been looked at. */
  dumped(slot) {
    const entry = { value: this.#values[slot] }
    if (this.#sized) entry.size = this.#sizes[slot]
    const ttl = this.#ttls === null ? 0 : this.#ttls[slot]
    if (ttl > 0) {
      entry.ttl = ttl
      entry.start = Math.round(Date.now() - (ttl - (this.#deadlines[slot] - this.#mono)))
    }
    return entry
  }

  /** Let an entry with a ttl be so many ms older than it is. */
  age(slot, ms) {
    this.#deadlines[slot] -= ms
  }

  /** Times and hits of an entry. */
  info(slot) {
    this.#flush()
    return this.#tracker.entry(slot)
  }

  /** Hits so far. */
  hits() {
    this.#flush()
    return this.#tracker.catchUp() + this.#staleHits
  }

  /** Memory of the policy, in bytes. */
  policyBytes() {
    this.#flush()
    return this.#tracker.bytes()
  }

  /** Call onEvict for all that have left; at the end of every operation. */
  tell() {
    this.#departures.tell()
  }

  /**
   * Read an entry; a hit counts as a use.
   * @param {string | number} key
   * @returns {any} undefined where there is none
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
   * @param {any[]} keys an array that nobody else has: nothing of the user's runs between the reads,
   *   so what they share is looked at once
   * @returns {any[]} the same array, with the values
   */
  getMany(keys) {
    // Where entries expire they may leave, and somebody may hear of it: one by one.
    if (this.#deadlines !== null) {
      for (let i = 0; i < keys.length; i++) keys[i] = this.get(keys[i])
      return keys
    }
    if (this.#now === 0) this.#tick()
    const index = this.#index
    const values = this.#values
    const ring = this.#ring
    let fill = this.#fill
    for (let i = 0; i < keys.length; i++) {
      const slot = index.get(keys[i])
      const value = slot === undefined ? undefined : values[slot]
      if (value === undefined) {
        this.#fill = fill
        this.#miss(keys[i])
      } else {
        ring[fill++] = slot << R.OP_BITS
        if (fill > R.FULL) {
          this.#fill = fill
          this.#catchUp()
          fill = this.#fill
        }
      }
      keys[i] = value
    }
    this.#fill = fill
    return keys
  }

  /** Let all entries go. */
  clear() {
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

  /** The slot of a key's entry, expired or not; -1 without one. */
  find(key) {
    const slot = this.#index.get(key)
    if (slot === undefined) {
      checkKey(key)
      return -1
    }
    return this.#values[slot] === undefined ? -1 : slot
  }

  #miss(key) {
    checkKey(key)
    this.counts.misses++
    return undefined
  }

  /** Whether a slot's entry has expired. */
  expired(slot) {
    if (this.#deadlines === null) return false
    if (this.#now === 0) this.#tick()
    return this.#deadlines[slot] <= this.#mono
  }

  #getStale(key, slot, value) {
    const { allowStale, noDeleteOnStaleGet, staleIfError, fetchMethod } = this.#options
    // What fetch may still have to serve is not thrown away.
    const keep = noDeleteOnStaleGet || staleIfError > 0 || (allowStale && fetchMethod !== null)
    // As in lru-cache, it is no use: an entry that is only ever found expired makes room for others.
    if (allowStale) this.#staleHits++
    else this.counts.misses++
    if (!keep) {
      this.remove(slot, 'expire')
      this.#departures.tell()
    }
    return allowStale ? value : undefined
  }

  /** Read the clocks, and again at the first use after `ttlResolution` ms. */
  #tick() {
    this.#readClocks()
    const ms = Math.min(this.#options.ttlResolution, MAX_TIMER_MS)
    if (ms > 0) setTimeout(this.#endTick, ms).unref()
    else this.#now = 0
  }

  /** Read the clocks now, however short ago they were read. */
  lookAtClocks() {
    if (this.#now === 0) this.#tick()
    else this.#readClocks()
  }

  /** Read both clocks, and let the policy know the time. Who calls this has armed the tick. */
  #readClocks() {
    this.#mono = performance.now()
    this.#now = Date.now()
    this.#begin(R.TIME)
    this.#record(this.#now % TWO_32)
    this.#record(Math.floor(this.#now / TWO_32))
  }

  /** The validated size of a value; 1 where sizes do not count. */
  sizeOf(key, value, options) {
    let size = options?.size
    if (size === undefined && !this.#sized) return 1
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

  /** Store a value whose ttl and size were checked. */
  put(key, value, ttl, size) {
    if (this.#now === 0) this.#tick()
    let slot = this.#index.get(key)
    const resident = slot !== undefined && this.#values[slot] !== undefined
    if (this.#sized && size > Math.min(this.#options.maxEntrySize || Infinity, this.#maxSize)) {
      this.counts.rejected++
      if (resident) this.remove(slot, 'set')
      return
    }
    this.counts.sets++
    if (resident) {
      this.#update(slot, value, size)
      // It stays what it was to the policy, however large it becomes: others make room for it.
      let more = false
      while (more || this.#total > this.#maxSize) more = this.#evict(slot)
    } else {
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

  /**
   * Let the policy's victim go. Returns whether the policy wants to let go of another one.
   * @param {number} [spared] the slot that stays, of all; -1: none
   */
  #evict(spared = -1) {
    const ring = this.#ring
    ring[R.SPARED] = spared + 1
    ring[0] = this.#fill - R.HEADER
    this.#fill = R.HEADER
    this.#evictNative()
    const slot = ring[R.VICTIM] - 1
    if (slot < 0)
      throw createError('ERR_INTERNAL', 'the cache is full, but its policy knows no entry')
    const flags = ring[R.FLAGS]
    const released = ring[R.RELEASED] - 1
    this.counts.evictions++
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

  /** Take an entry out. */
  remove(slot, reason) {
    this.#departures.add(this.#keys[slot], this.#values[slot], reason)
    if (reason === 'expire') this.counts.expirations++
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
  slots() {
    this.#flush()
    return [...this.#tracker.order()]
  }

  /** Slots of entries that a user sees, the newest (or most wanted) first. */
  *shown() {
    for (const slot of this.slots().reverse()) {
      if (this.#values[slot] === undefined) continue
      if (this.#options.allowStale || !this.expired(slot)) yield slot
    }
  }
}

module.exports = { Store }
