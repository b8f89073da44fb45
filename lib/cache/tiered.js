'use strict'

const { randomUUID } = require('node:crypto')
const { setTimeout: sleep } = require('node:timers/promises')
const { createError, invalidArg } = require('../errors')
const { isWellFormed } = require('../well-formed')
const { Cache } = require('./cache')
const { L2 } = require('./l2')
const { checkFunction, checkKey, checkMs, checkNames, checkTimer } = require('./options')
const { SharedCache } = require('./shared')

const OPTIONS = ['l1', 'redis', 'prefix', 'ttl', 'staleIfError', 'l2Timeout', 'lockTtl']
const PREFIX = 'rekue-cache'
/** Redis on a network answers in a few ms; a source is seldom slower than this. */
const L2_TIMEOUT_MS = 250
/** Long enough for a slow load, short enough when its process died in the middle of it. */
const LOCK_TTL_MS = 5000
/** For ever, as Redis and its scripts can reckon with it. */
const MAX_MS = 2 ** 50
/** Entries live between this part of the ttl and all of it, lest all expire in the same moment. */
const JITTER = 0.9
/** Pauses between two looks whether another process has loaded the key. */
const FIRST_LOOK_MS = 5
const LAST_LOOK_MS = 50

/** A key as Redis and other processes know it: 1 and '1' stay apart, and so do keys with half a surrogate
 * pair, which Unicode cannot write. */
function encodeKey(key) {
  if (typeof key === 'number') return `n:${key}`
  return isWellFormed(key) ? `s:${key}` : `j:${JSON.stringify(key)}`
}

function decodeKey(text) {
  const key = text.slice(2)
  if (text.startsWith('n:')) return Number(key)
  if (!text.startsWith('j:')) return key
  try {
    const parsed = JSON.parse(key)
    if (typeof parsed === 'string') return parsed
  } catch {
    // No JSON, or no key: by somebody else's hand.
  }
  return key
}

/** The value in the text of an entry; undefined where it is corrupt. */
function decode(text) {
  try {
    const entry = JSON.parse(text)
    return entry !== null && Object.hasOwn(entry, 'value') ? entry.value : undefined
  } catch {
    return undefined
  }
}

/** The text of an entry; empty where JSON cannot hold the value. */
function encode(value) {
  if (typeof value === 'number' && !Number.isFinite(value)) return ''
  try {
    const text = JSON.stringify({ value })
    return text.includes('"value"') ? text : ''
  } catch {
    return ''
  }
}

/**
 * A cache before Redis before the source.
 *
 * A key is loaded once per process, and once across processes as long as its lock holds. What comes
 * from Redis has been through JSON. Where Redis is slow or down, `stats().l2Errors` counts and the
 * source is asked.
 * @template V
 */
class TieredCache {
  #l1
  #l2
  #ttl
  #keepMs
  #lockMs
  #loads = new Map()
  #counts = {
    l1Hits: 0,
    l2Hits: 0,
    loads: 0,
    loadErrors: 0,
    l2Errors: 0,
    l2Corrupt: 0,
    stale: 0,
    invalidations: 0
  }
  #heardBefore = false
  #settling = new Set()
  #closed = false

  /** @param {import('../../types/cache').TieredCacheOptions<V>} options see types/cache.d.ts */
  constructor(options) {
    checkNames('TieredCache', options, OPTIONS)
    const { l1, redis, prefix = PREFIX, ttl, staleIfError = 0 } = options
    const { l2Timeout = L2_TIMEOUT_MS, lockTtl = LOCK_TTL_MS } = options
    if (!(l1 instanceof Cache) && !(l1 instanceof SharedCache)) {
      throw invalidArg('l1', l1, 'a Cache or a SharedCache')
    }
    if (typeof redis !== 'string')
      throw invalidArg('redis', redis, 'a URL, e.g. redis://127.0.0.1:6379')
    if (typeof prefix !== 'string' || prefix === '')
      throw invalidArg('prefix', prefix, 'a non-empty string')
    if (checkMs(ttl, 'ttl') < 1)
      throw invalidArg('ttl', ttl, 'a number of milliseconds, at least 1')
    this.#l1 = l1
    this.#ttl = Math.min(ttl, MAX_MS)
    this.#keepMs = Math.min(checkMs(staleIfError, 'staleIfError'), MAX_MS)
    this.#lockMs = checkTimer(lockTtl, 'lockTtl')
    const timeout = checkTimer(l2Timeout, 'l2Timeout')
    this.#l2 = new L2({ url: redis, prefix, timeout }, (key) => this.#hear(key))
  }

  /**
   * Read a key from the first level that has it, or load it.
   * @param {string | number} key
   * @param {(key: string | number) => V | Promise<V>} loader
   * @returns {Promise<V>} rejects with what the loader threw
   */
  async fetch(key, loader) {
    checkKey(key)
    checkFunction(loader, 'loader')
    if (this.#closed) throw createError('ERR_INVALID_ARG', 'this TieredCache was closed')
    const known = encodeKey(key)
    const value = this.#l1.get(this.#l1Key(key))
    if (value !== undefined) {
      this.#counts.l1Hits++
      return value
    }
    let load = this.#loads.get(known)
    if (load === undefined) {
      load = { wanted: true }
      this.#loads.set(known, load)
      load.result = this.#resolve(key, known, loader, load).finally(() => {
        if (this.#loads.get(known) === load) this.#loads.delete(known)
      })
    }
    return load.result
  }

  /**
   * Delete a key here, in Redis, and in every process that shares it. A load under way is not
   * stored anywhere.
   * @returns {Promise<void>} rejects with ERR_STORE_UNAVAILABLE where Redis does not hear of it;
   *   this process has forgotten the key even then
   */
  async invalidate(key) {
    checkKey(key)
    if (this.#closed) throw createError('ERR_INVALID_ARG', 'this TieredCache was closed')
    this.#forget(encodeKey(key))
    await this.#l2.invalidate(encodeKey(key))
  }

  stats() {
    return { ...this.#counts, l1: this.#l1.stats() }
  }

  /**
   * End the connection to Redis, once what is being loaded is stored, or could not be stored any more
   * because its lock has ended. The first level is the caller's.
   */
  async close() {
    this.#closed = true
    const loads = [...this.#loads.values()].map((load) => load.result)
    const loaded = new AbortController()
    const lockEnds = sleep(this.#lockMs, undefined, { signal: loaded.signal }).catch(() => {})
    await Promise.race([Promise.allSettled(loads), lockEnds])
    loaded.abort()
    await Promise.allSettled([...this.#settling])
    this.#l2.close()
  }

  #l1Key(key) {
    return this.#l1 instanceof SharedCache ? encodeKey(key) : key
  }

  /** Through Redis to the source. */
  async #resolve(key, known, loader, load) {
    const token = randomUUID()
    const claim = await this.#claim(known, token)
    if (claim.state === 'hit') {
      this.#counts.l2Hits++
      if (load.wanted) this.#l1.set(this.#l1Key(key), claim.value, { ttl: claim.left })
      return claim.value
    }
    try {
      return await this.#load(
        key,
        known,
        loader,
        load,
        claim.state === 'claimed' ? token : undefined
      )
    } catch (error) {
      if (claim.value === undefined) throw error
      this.#counts.stale++
      return claim.value
    }
  }

  /** Read the second level, or get the right to load; wait where another process has it. */
  async #claim(known, token) {
    const deadline = performance.now() + this.#lockMs
    let worthless = false
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LAST_LOOK_MS)) {
      if (this.#l2.down) {
        this.#counts.l2Errors++
        return { state: 'down' }
      }
      let answer
      try {
        const limits = { lockMs: this.#lockMs, keepMs: this.#keepMs, worthless }
        const both = [this.#l2.claim(known, token, limits), this.#l2.listening()]
        ;[answer] = await Promise.all(both)
      } catch {
        this.#counts.l2Errors++
        return { state: 'down' }
      }
      const [state, text, left] = answer
      const value = text === '' ? undefined : decode(text)
      if (state !== 'hit' || value !== undefined) {
        if (text !== '' && value === undefined) this.#counts.l2Corrupt++
        if (state !== 'busy' || performance.now() >= deadline) return { state, value, left }
        await sleep(pause)
      } else {
        worthless = true
        this.#counts.l2Corrupt++
      }
    }
  }

  async #load(key, known, loader, load, token) {
    this.#counts.loads++
    let text = ''
    const ttl = Math.max(1, this.#ttl * (JITTER + Math.random() * (1 - JITTER)))
    try {
      const value = await loader(key)
      if (value !== undefined && load.wanted) {
        text = encode(value)
        this.#l1.set(this.#l1Key(key), value, { ttl })
      }
      return value
    } catch (error) {
      this.#counts.loadErrors++
      throw error
    } finally {
      if (token !== undefined) this.#settle(known, token, text, ttl)
    }
  }

  /** Store what was loaded, or give the right to load back; nobody waits for it. */
  #settle(known, token, text, ttl) {
    const settled = this.#l2
      .settle(known, token, text, ttl + this.#keepMs)
      .catch(() => this.#counts.l2Errors++)
      .finally(() => this.#settling.delete(settled))
    this.#settling.add(settled)
  }

  /** Another process, or this one, has invalidated a key; or that may have happened unheard. */
  #hear(known) {
    if (known !== undefined) {
      this.#counts.invalidations++
      this.#forget(known)
      return
    }
    if (this.#heardBefore || this.#counts.loads + this.#counts.l2Hits > 0) {
      this.#dropFromL1(() => this.#l1.clear())
      for (const load of this.#loads.values()) load.wanted = false
    }
    this.#heardBefore = true
  }

  #forget(known) {
    this.#dropFromL1(() => this.#l1.delete(this.#l1Key(decodeKey(known))))
    const load = this.#loads.get(known)
    if (load === undefined) return
    load.wanted = false
    this.#loads.delete(known)
  }

  /**
   * Let the first level forget. What it refuses to look for it does not have: a key that is too long
   * for it may be one of another process, whose first level takes longer ones; and it may have been
   * closed by now.
   * @param {() => void} drop
   */
  #dropFromL1(drop) {
    try {
      drop()
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'ERR_INVALID_ARG') throw error
    }
  }
}

module.exports = { TieredCache }
