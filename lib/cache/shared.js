'use strict'

const { createError, describe, fromNative, invalidArg } = require('../errors')
const native = require('../native')
const { isWellFormed } = require('../well-formed')
const { checkCount, checkIterable, checkMs, checkNames, checkPolicy } = require('./options')

const OPTIONS = ['maxBytes', 'policy', 'ttl', 'shards']
const SET_OPTIONS = ['ttl']
const MIN_BYTES = native.sharedCacheMinBytes()
const MAX_SHARDS = 1024
/** 4 GiB a shard; src/cache/shared/mod.rs has the reason. */
const MAX_BYTES = MAX_SHARDS * 2 ** 32

/** Kinds of values as they are stored. */
const TEXT = 0
const BUFFER = 1
const JSON_TEXT = 2
/** Text with half a surrogate pair, which UTF-8 cannot hold. */
const UTF16 = 3

/** The scratch through which values pass; src/binding/shared_cache.rs says what its words mean. */
const HEADER = 20
const SCRATCH = 64 * 1024
const OPERATION = 0
const OUTCOME = 0
const KIND = 1
const LENGTH = 2
const TTL = 3
const GET = 0
const HAS = 1
const SET = 2
const DELETE = 3
const NO = 0
const YES = 1

const TWO_32 = 2 ** 32

/** A key that Unicode cannot write is written as JSON, behind a sign that only such keys begin with. */
const ESCAPED = '\uffff'

/** Call into Rust; its errors become ours. */
function call(work) {
  try {
    return work()
  } catch (error) {
    throw fromNative(error)
  }
}

function keyOf(key) {
  if (typeof key !== 'string') throw invalidArg('key', key, 'a string')
  if (isWellFormed(key) && !key.startsWith(ESCAPED)) return key
  return ESCAPED + JSON.stringify(key)
}

/** The JSON of a value; throws where there is none or where it would not come back. */
function jsonOf(value) {
  let text
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : describe(cause)
    const message = `value must be a Buffer, a string or what JSON can hold: ${reason}`
    throw createError('ERR_INVALID_ARG', message, { argument: 'value', cause })
  }
  if (text === undefined)
    throw invalidArg('value', value, 'a Buffer, a string or what JSON can hold')
  return text
}

/** Kind and content of a value. */
function pack(value) {
  if (typeof value === 'string') {
    return isWellFormed(value) ? [TEXT, value] : [UTF16, Buffer.from(value, 'utf16le')]
  }
  if (Buffer.isBuffer(value)) return [BUFFER, value]
  if (ArrayBuffer.isView(value)) {
    return [BUFFER, Buffer.from(value.buffer, value.byteOffset, value.byteLength)]
  }
  return [JSON_TEXT, jsonOf(value)]
}

/** The value of some bytes, which are copied. */
function unpack(kind, bytes, start, end) {
  if (kind === TEXT) return bytes.utf8Slice(start, end)
  if (kind === JSON_TEXT) return JSON.parse(bytes.utf8Slice(start, end))
  if (kind === UTF16) return bytes.ucs2Slice(start, end)
  return Buffer.from(bytes.subarray(start, end))
}

/**
 * A cache of bytes outside the JavaScript heap: one for all threads of the process that open the
 * same name. Values are copied in and out. Its budget counts everything that it holds.
 */
class SharedCache {
  #handle
  #policy
  #maxBytes
  #ttl
  #operate
  #scratch
  #words

  /** Use `SharedCache.open`. */
  constructor(handle, scratch, options) {
    if (!(handle instanceof native.SharedCacheHandle)) {
      throw createError(
        'ERR_INVALID_ARG',
        'a SharedCache is opened by SharedCache.open(name, options)'
      )
    }
    this.#handle = handle
    this.#operate = handle.operator()
    this.#scratch = scratch
    this.#words = new Uint32Array(scratch.buffer, scratch.byteOffset, HEADER / 4)
    this.#policy = options.policy
    this.#maxBytes = options.maxBytes
    this.#ttl = options.ttl
  }

  /**
   * The cache of that name, made if no thread of this process holds it.
   * @param {string} name
   * @param {import('../../types/cache').SharedCacheOptions} options
   * @returns {SharedCache}
   */
  static open(name, options) {
    if (typeof name !== 'string' || name === '')
      throw invalidArg('name', name, 'a non-empty string')
    checkNames('SharedCache', options, OPTIONS)
    const { maxBytes, policy = 'lru', ttl = 0, shards } = options
    if (checkCount(maxBytes, 'maxBytes') < MIN_BYTES) {
      throw invalidArg('maxBytes', maxBytes, `at least ${MIN_BYTES}`)
    }
    if (maxBytes > MAX_BYTES) throw invalidArg('maxBytes', maxBytes, `at most ${MAX_BYTES}`)
    if (
      shards !== undefined &&
      checkCount(shards, 'shards') > Math.min(MAX_SHARDS, maxBytes / MIN_BYTES)
    ) {
      throw invalidArg('shards', shards, `at most ${MAX_SHARDS}, and ${MIN_BYTES} bytes each`)
    }
    checkPolicy(policy)
    const ms = checkMs(ttl, 'ttl')
    const scratch = Buffer.from(new ArrayBuffer(SCRATCH))
    const handle = call(() =>
      native.SharedCacheHandle.open(name, policy, maxBytes, shards, scratch)
    )
    return new SharedCache(handle, scratch, { policy, maxBytes, ttl: ms })
  }

  get policy() {
    return this.#policy
  }

  get maxBytes() {
    return this.#maxBytes
  }

  get size() {
    return this.stats().size
  }

  /**
   * Store a value: a Buffer (or typed array), a string, or anything that JSON can hold.
   * @param {string} key
   * @param {any} value undefined deletes the key
   * @param {{ ttl?: number }} [options] ttl in ms
   * @returns {boolean} false where it is larger than the budget, and not stored
   */
  set(key, value, options) {
    const safe = keyOf(key)
    if (options !== undefined) checkNames('set', options, SET_OPTIONS)
    const ttl = options?.ttl === undefined ? this.#ttl : checkMs(options.ttl, 'ttl')
    if (value === undefined) return (this.delete(key), true)
    const [kind, content] = pack(value)
    const words = this.#words
    words[KIND] = kind
    const ms = Math.min(Math.ceil(ttl), Number.MAX_SAFE_INTEGER)
    words[TTL] = ms % TWO_32
    words[TTL + 1] = ms / TWO_32
    return this.#run(SET, safe, content) === YES
  }

  /** The value of a key, in the shape in which it was set; a copy each time. */
  get(key) {
    const safe = keyOf(key)
    const outcome = this.#run(GET, safe)
    if (outcome === NO) return undefined
    if (outcome === YES) {
      return unpack(this.#words[KIND], this.#scratch, HEADER, HEADER + this.#words[LENGTH])
    }
    return this.#getLong(safe)
  }

  /** A value that is longer than the scratch. */
  #getLong(key) {
    const bytes = call(() => this.#handle.getBuffer(key))
    if (bytes === null) return undefined
    const kind = this.#words[KIND]
    return kind === BUFFER ? bytes : unpack(kind, bytes, 0, bytes.length)
  }

  /** The bytes of a value: those of a Buffer, the UTF-8 of a string, the JSON of anything else. */
  getBuffer(key) {
    const safe = keyOf(key)
    return call(() => this.#handle.getBuffer(safe)) ?? undefined
  }

  /** Read many values. */
  getMany(keys) {
    return Array.from(checkIterable(keys, 'keys'), (key) => this.get(key))
  }

  /** Whether there is an entry that has not expired; this is no use of it. */
  has(key) {
    return this.#run(HAS, keyOf(key)) === YES
  }

  /** @returns {boolean} whether there was an entry */
  delete(key) {
    return this.#run(DELETE, keyOf(key)) === YES
  }

  #run(operation, key, value) {
    this.#words[OPERATION] = operation
    try {
      this.#operate(key, value)
    } catch (error) {
      throw fromNative(error)
    }
    return this.#words[OUTCOME]
  }

  /** Delete all entries, for all threads. */
  clear() {
    call(() => this.#handle.clear())
  }

  /** @returns {import('../../types/cache').SharedCacheStats} of all threads together */
  stats() {
    const stats = call(() => this.#handle.stats())
    const asked = stats.hits + stats.misses
    return { ...stats, hitRatio: asked === 0 ? 0 : stats.hits / asked, maxBytes: this.#maxBytes }
  }

  /** Let go of it; the memory is freed when the last thread has. Calls after it throw. */
  close() {
    this.#handle.close()
  }
}

module.exports = { SharedCache }
