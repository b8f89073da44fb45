'use strict'

const { createError, fromNative } = require('../errors')
const native = require('../native')
const { textOf } = require('./departures')

/** After a failure the second level is left alone for so long: it would only cost every call its time limit. */
const PAUSE_MS = 500

/**
 * The second level as promises: requests to Rust, and their answers. While an answer is due the
 * process is kept alive; otherwise it is not.
 */
class L2 {
  #store
  #pending = new Map()
  #lastId = 0
  /** @type {any} */
  #keepAlive = null
  #downUntil = 0
  #hear
  #timeout
  /** Settled once invalidations are heard. */
  #listening
  #nowListening

  /**
   * @param {{ url: string, prefix: string, timeout: number }} where
   * @param {(key: string | undefined) => void} hear an invalidation; undefined: any may have been
   *   missed
   */
  constructor({ url, prefix, timeout }, hear) {
    this.#hear = hear
    this.#timeout = timeout
    this.#listening = new Promise((resolve) => {
      this.#nowListening = resolve
    })
    try {
      this.#store = native.TieredStore.open(url, prefix, timeout, () => this.#drain())
    } catch (error) {
      throw fromNative(error)
    }
  }

  /** Whether a call would only fail. */
  get down() {
    return performance.now() < this.#downUntil
  }

  /** @returns {Promise<[state: string, text: string, left: number]>} */
  claim(key, token, { lockMs, keepMs, worthless }) {
    return this.#ask((id) => this.#store.claim(id, key, token, lockMs, keepMs, worthless))
  }

  settle(key, token, text, keepMs) {
    return this.#ask((id) => this.#store.settle(id, key, token, text, keepMs))
  }

  invalidate(key) {
    return this.#ask((id) => this.#store.invalidate(id, key))
  }

  /** Wait, within the time limit, until invalidations are heard: what is kept before may be outdated. */
  async listening() {
    if (this.#nowListening === null) return
    let timer
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, this.#timeout)
    })
    await Promise.race([this.#listening, late])
    clearTimeout(timer)
  }

  close() {
    for (const [id] of [...this.#pending]) this.#answer([id, null, 'the cache was closed'])
    this.#store.close()
  }

  #ask(send) {
    return new Promise((resolve, reject) => {
      this.#lastId = (this.#lastId % 0xfffffffe) + 1
      this.#pending.set(this.#lastId, { resolve, reject })
      this.#keepAlive ??= setInterval(() => {}, 2 ** 30)
      if (!send(this.#lastId)) this.#answer([this.#lastId, null, 'the cache was closed'])
    })
  }

  #drain() {
    const text = this.#store.drain()
    if (text === null) return
    for (const message of JSON.parse(text)) {
      try {
        if (message[0] === 0) this.#heard(message[1])
        else this.#answer(message)
      } catch (error) {
        // Nobody is there to catch it, and those behind wait for their answers.
        process.emitWarning(`a TieredCache failed at a message of Redis: ${textOf(error)}`, {
          type: 'RekueWarning',
          code: 'ERR_INTERNAL'
        })
      }
    }
  }

  #heard(key) {
    this.#hear(key)
    if (key !== undefined || this.#nowListening === null) return
    this.#nowListening()
    this.#nowListening = null
  }

  #answer([id, ...values]) {
    const waiting = this.#pending.get(id)
    if (waiting === undefined) return
    this.#pending.delete(id)
    if (this.#pending.size === 0) {
      clearInterval(this.#keepAlive)
      this.#keepAlive = null
    }
    if (values[0] !== null) {
      this.#downUntil = 0
      waiting.resolve(values)
      return
    }
    this.#downUntil = performance.now() + PAUSE_MS
    waiting.reject(createError('ERR_STORE_UNAVAILABLE', values[1]))
  }
}

module.exports = { L2 }
