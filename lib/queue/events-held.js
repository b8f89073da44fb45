'use strict'

const { clearTimeout, setImmediate, setTimeout } = require('node:timers')
const { guard } = require('./guard')

/** ms that the event of a start waits at the most for a job that may be about to start here. */
const START_WAITS_MS = 10
/** Where more than this wait, none waits for a start: this process hears of many that are not here. */
const MOST_HELD = 100
/** Starts to be remembered whose event has not come. */
const MOST_STARTED = 1000

/**
 * Events that are not told at once, and those that came after them: an event that came together with
 * an answer, for who awaits that, e.g. an added job, is to have its turn before, and attach its
 * listeners; and the event of a start, for as in Kue it is told once the processor was called.
 */
class EventsHeld {
  /**
   * @param {(message: any) => void} tell
   * @param {(message: any) => boolean} startsHere whether an event is that of a start which may be one
   *   of this process, and is heard
   */
  constructor(tell, startsHere) {
    this._tell = tell
    this._startsHere = startsHere
    /** @type {any[]} */
    this._held = []
    /** Until when the first of them waits for its job; 0 where it does not. */
    this._until = 0
    /** @type {Set<number>} jobs that started here, and whose event has not come */
    this._started = new Set()
    this._soon = false
    /** @type {NodeJS.Timeout | null} */
    this._timer = null
    this._pass = () => {
      this._soon = false
      this._timer = null
      this._release()
    }
  }

  /**
   * @param {any} message of an event
   * @param {boolean} answered whether an answer came together with it
   */
  hear(message, answered) {
    if (this._held.push(message) > 1) return
    if (answered) this._passSoon()
    else this._release()
  }

  /** A job is given to its processor, and the event of that is heard. @param {any} id */
  started(id) {
    if (this._started.size >= MOST_STARTED) this._started.clear()
    this._started.add(Number(id))
    if (this._until > 0) this._passSoon()
  }

  drop() {
    this._held = []
    this._rest()
  }

  _passSoon() {
    if (this._soon) return
    this._soon = true
    setImmediate(this._pass)
  }

  _release() {
    this._rest()
    let told = 0
    while (told < this._held.length && !this._waits(this._held[told])) {
      this._until = 0
      guard(this._tell, this._held[told++])
    }
    this._held.splice(0, told)
  }

  /** @param {any} message */
  _waits(message) {
    if (!this._startsHere(message) || this._started.delete(Number(message.id))) return false
    const now = performance.now()
    if (this._until === 0) this._until = now + START_WAITS_MS
    if (now >= this._until || this._held.length > MOST_HELD) return false
    this._timer = setTimeout(this._pass, START_WAITS_MS)
    return true
  }

  _rest() {
    if (this._timer) clearTimeout(this._timer)
    this._timer = null
  }
}

module.exports = EventsHeld
