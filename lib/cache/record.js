'use strict'

const { invalidArg } = require('../errors')
const { hashKey } = require('./hash')
const { checkCount, checkIterable, checkNames } = require('./options')
const { simulate } = require('./simulate')

const TWO_32 = 2 ** 32
/** Keys that are recorded at most; some 50 MB of them. */
const MAX_REQUESTS = 1_000_000

/**
 * What was asked of a running cache, or of a sample of its keys.
 *
 * Keys are sampled by their hash, so that of a sampled key every request is there: a cache of a
 * tenth of the keys and a tenth of the size has nearly the hit ratio of the whole (Waldspurger,
 * Park, Garthwaite, Ahmad, "Efficient MRC construction with SHARDS", FAST 2015).
 */
class Recording {
  /** Keys in the order of the requests. @type {string[]} */
  trace = []
  #sample
  #max
  #stop

  /**
   * @param {{ sample?: number, max?: number }} options
   * @param {() => void} stop ends the recording
   */
  constructor(options, stop) {
    checkNames('recordTrace', options, ['sample', 'max'])
    const { sample = 1, max = MAX_REQUESTS } = options
    if (!(typeof sample === 'number' && sample > 0 && sample <= 1))
      throw invalidArg('sample', sample, 'a part of the keys, above 0 and up to 1')
    this.#sample = sample
    this.#max = checkCount(max, 'max')
    this.#stop = stop
  }

  /** The part of the keys that is recorded. */
  get sample() {
    return this.#sample
  }

  /** Note a request. The recording ends by itself when it is full. */
  note(key) {
    if (typeof key !== 'string' && typeof key !== 'number') return
    if (this.#sample < 1 && hashKey(key) >= this.#sample * TWO_32) return
    this.trace.push(String(key))
    if (this.trace.length >= this.#max) this.stop()
  }

  /** End the recording. @returns {string[]} the trace */
  stop() {
    this.#stop()
    return this.trace
  }

  /**
   * What each policy would have made of the recorded requests.
   * @param {{ policies?: string[], sizes: number[] }} options sizes of the whole cache
   * @returns {ReturnType<typeof simulate>} requests, hits and misses are those of the sample
   */
  simulate(options) {
    checkNames('simulate', options, ['policies', 'sizes'])
    const { policies, sizes } = options
    if (!Array.isArray(sizes)) throw invalidArg('sizes', sizes, 'an array of numbers of entries')
    const scaled = sizes.map((size) =>
      Math.max(1, Math.round(checkCount(size, 'sizes') * this.#sample))
    )
    const results = simulate(this.trace, { policies, sizes: scaled })
    return results.map((result, i) => ({ ...result, size: sizes[i % sizes.length] }))
  }
}

/**
 * Record what is asked of a cache by `get`, `getMany` and `fetch`. The methods are shadowed on this
 * one object while it lasts, so that caches which are not recorded pay nothing.
 * @param {any} cache
 * @param {{ sample?: number, max?: number }} options
 */
function record(cache, options) {
  const { get, getMany, fetch } = cache
  const shadows = {
    get(key) {
      recording.note(key)
      return get.call(cache, key)
    },
    getMany(keys) {
      const list = [...checkIterable(keys, 'keys')]
      for (const key of list) recording.note(key)
      return getMany.call(cache, list)
    },
    fetch(key, options) {
      recording.note(key)
      return fetch.call(cache, key, options)
    }
  }
  const stop = () => Object.keys(shadows).forEach((name) => delete cache[name])
  const recording = new Recording(options, stop)
  for (const [name, value] of Object.entries(shadows)) {
    Object.defineProperty(cache, name, { value, configurable: true, writable: true })
  }
  return recording
}

module.exports = { record }
