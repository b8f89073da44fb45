'use strict'

const { invalidArg } = require('../errors')
const { Failures } = require('./failures')
const { checkFlag, checkFunction, checkKey, checkNames } = require('./options')

const FETCH_OPTIONS = ['loader', 'signal', 'forceRefresh']

/** One call of a loader, and those who wait for it. */
class Load {
  #waiting = 0
  #controller = new AbortController()
  /** Its value may still be stored. */
  wanted = true
  /** It goes on even if nobody waits: a stale value was served meanwhile. */
  background = false
  /** @type {Promise<any>} */
  result = Promise.resolve()

  get signal() {
    return this.#controller.signal
  }

  /**
   * Wait for the outcome.
   * @param {AbortSignal | undefined} signal gives up waiting
   * @param {() => void} abandoned is called when the last one has given up
   */
  join(signal, abandoned) {
    this.#waiting++
    if (signal === undefined) return this.result
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        reject(signal.reason)
        if (--this.#waiting > 0 || this.background) return
        abandoned()
        this.#controller.abort(signal.reason)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      const done = () => signal.removeEventListener('abort', giveUp)
      this.result.then(resolve, reject).finally(done)
    })
  }
}

/**
 * The loads of a cache: one per key at a time, shared by all who ask meanwhile.
 *
 * - allowStale: an expired value is served at once and loaded anew behind it.
 * - staleIfError: an expired value is served, so many ms after its expiry, where the load fails.
 * - negativeTtl: a failure is remembered, see Failures.
 * - A key that is set or deleted while it is loaded keeps what was done to it: the loaded value
 *   goes to those who wait and is not stored.
 */
class Loads {
  #options
  #cache
  #failures
  #byKey = new Map()
  started = 0
  failed = 0

  /**
   * @param {any} options checked options of a cache
   * @param {any} cache what the loads need of it: get, set, state, missed, undefinedLoaded
   */
  constructor(options, cache) {
    this.#options = options
    this.#cache = cache
    this.#failures = new Failures(options.negativeTtl, options.negativeTtlMax)
  }

  /** The key was set or deleted: a load under way has lost its say, a failure its meaning. */
  forget(key) {
    this.#failures.forget(key)
    const load = this.#byKey.get(key)
    if (load === undefined) return
    load.wanted = false
    this.#byKey.delete(key)
  }

  clear() {
    for (const key of [...this.#byKey.keys()]) this.forget(key)
    this.#failures.clear()
  }

  async fetch(key, options = {}) {
    checkKey(key)
    const { loader, signal, forceRefresh } = this.#checked(options)
    signal?.throwIfAborted()
    const state = this.#cache.state(key)
    if (state?.fresh && !forceRefresh) return this.#cache.get(key)
    if (loader === null) return this.#cache.get(key)

    this.#cache.missed()
    const failure = forceRefresh ? undefined : this.#failures.get(key)
    if (failure !== undefined) return this.#answerFailure(failure, state)
    const load = this.#byKey.get(key) ?? this.#start(key, state, loader)
    if (state !== undefined && !state.fresh && this.#options.allowStale && !forceRefresh) {
      load.background = true
      return state.value
    }
    return load.join(signal, () => this.#abandon(key, load))
  }

  #checked(options) {
    checkNames('fetch', options, FETCH_OPTIONS)
    const { loader, signal, forceRefresh = false } = options
    if (loader !== undefined) checkFunction(loader, 'loader')
    checkFlag(forceRefresh, 'forceRefresh')
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw invalidArg('signal', signal, 'an AbortSignal')
    }
    return { loader: loader ?? this.#options.fetchMethod, signal, forceRefresh }
  }

  #start(key, state, loader) {
    const load = new Load()
    this.started++
    // Known before the loader runs: a loader may ask for other keys, or set this one.
    this.#byKey.set(key, load)
    load.result = this.#run(key, state, loader, load)
    // Those who wait hear of a failure; a load that nobody waits for fails silently but counted.
    load.result.catch(() => {})
    return load
  }

  async #run(key, state, loader, load) {
    const options = {}
    try {
      // Inside a promise, so that what throws at once is heard as late as what rejects, by all.
      const value = await new Promise((resolve) => {
        resolve(loader(key, state?.value, { signal: load.signal, options }))
      })
      if (load.wanted) this.#loaded(key, value, options)
      return value
    } catch (error) {
      this.failed++
      if (load.wanted) {
        this.#byKey.delete(key)
        this.#failures.add(key, { failed: true, error })
      }
      if (this.#mayServe(state)) return state.value
      throw error
    }
  }

  #loaded(key, value, options) {
    this.#byKey.delete(key)
    if (value === undefined) {
      this.#cache.undefinedLoaded(key)
      this.#failures.add(key, { failed: false })
      return
    }
    const known = Object.fromEntries(
      ['ttl', 'size']
        .filter((name) => options[name] !== undefined)
        .map((name) => [name, options[name]])
    )
    this.#cache.set(key, value, known)
  }

  /** Whether an expired value may stand in for a failed load. */
  #mayServe(state) {
    if (state === undefined || state.fresh) return false
    return performance.now() < state.deadline + this.#options.staleIfError
  }

  #answerFailure(failure, state) {
    const stale = state !== undefined && !state.fresh
    if (stale && (this.#options.allowStale || this.#mayServe(state))) return state.value
    if (failure.failed) throw failure.error
    return undefined
  }

  #abandon(key, load) {
    load.wanted = false
    if (this.#byKey.get(key) === load) this.#byKey.delete(key)
  }
}

module.exports = { Loads }
