'use strict'

const { inspect } = require('node:util')
const { isPromise } = require('node:util/types')

/**
 * A callback that sets what it was just told of makes another entry leave, and so on without end.
 * So many rounds are told of; what leaves after them leaves silently.
 */
const MAX_ROUNDS = 32

/**
 * Entries that have left a cache and whose `onEvict` has yet to be called.
 *
 * Callbacks run when the operation is complete, never in the middle of it, so whatever they do to
 * the cache they do to a whole one. What they throw is theirs: it is counted and reported as a
 * process warning, because the caller of `set` neither caused it nor could handle it.
 */
class Departures {
  #onEvict
  #waiting = []
  #telling = false
  errors = 0

  /** @param {((key: any, value: any, reason: string) => void) | null} onEvict */
  constructor(onEvict) {
    this.#onEvict = onEvict
  }

  /** Whether anybody listens. */
  get heard() {
    return this.#onEvict !== null
  }

  /** Note that an entry has left. */
  add(key, value, reason) {
    if (this.#onEvict !== null) this.#waiting.push(key, value, reason)
  }

  /** Call `onEvict` for all that have left; from within a callback, after that callback. */
  tell() {
    if (this.#waiting.length > 0 && !this.#telling) this.#tellAll()
  }

  #tellAll() {
    this.#telling = true
    for (let round = 0; round < MAX_ROUNDS && this.#waiting.length > 0; round++) {
      const leaving = this.#waiting
      this.#waiting = []
      for (let i = 0; i < leaving.length; i += 3) {
        this.#call(leaving[i], leaving[i + 1], leaving[i + 2])
      }
    }
    this.#waiting = []
    this.#telling = false
  }

  #call(key, value, reason) {
    try {
      const returned = this.#onEvict(key, value, reason)
      // An async callback fails later, and nobody else waits for it.
      if (isPromise(returned)) returned.catch((error) => this.#failed(error))
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error) {
    this.errors++
    // Once is enough to be seen; a callback that fails always would flood the log.
    if (this.errors > 1) return
    process.emitWarning(`onEvict of a Cache failed: ${textOf(error)}`, {
      code: 'REKUE_ON_EVICT'
    })
  }
}

/**
 * What was thrown, as text. Anything can be thrown: also what has none, and what throws when it is
 * asked.
 * @param {unknown} thrown
 */
function textOf(thrown) {
  try {
    return inspect(thrown, { customInspect: false })
  } catch {
    return 'something that cannot be shown'
  }
}

module.exports = { Departures, textOf }
