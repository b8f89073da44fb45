'use strict'

const { setImmediate } = require('node:timers')

/**
 * Adding jobs to the embedded store on this thread: to write a few takes less time than it takes to
 * wake another thread up, and to be woken by its answer. Where that would mean to wait, for the disk
 * or for others who write, they go by way of the I/O thread. It has the interface of DirectLine.
 */

/** Jobs at once: with more of them, this thread has something better to do meanwhile. */
const MOST = 10
/** The longest text of them, in characters. */
const LONGEST = 16384
/** ms for which jobs go another way after some came while others were under way: a server with many
 * requests at once makes more of this thread than to write to a file. */
const CROWDED = 20

class InPlace {
  /** @param {import('../native').NativeQueue} native */
  constructor(native) {
    this._native = native
    /** What was added and not told yet. @type {(() => void) | null} */
    this._untold = null
    this._crowdedUntil = 0
    this._tell = () => this.tell()
  }

  get most() {
    return MOST
  }

  /** Whoever comes later is later: what was added is in the store. */
  get busy() {
    return false
  }

  /**
   * @param {string} jobs as JSON of `alike`, see `Op::Add` of src/queue/protocol.rs
   * @param {boolean} eventful
   * @param {import('./direct-line').Answered} answered not called before this returns, nor before
   *   the event loop has gone on: who adds one job after the other is not to keep it
   * @returns {boolean} false where they have to go another way
   */
  add(jobs, eventful, answered) {
    if (jobs.length > LONGEST || performance.now() < this._crowdedUntil) return false
    let answer
    try {
      answer = this._native.addInPlace(jobs, eventful)
    } catch {
      // A defect, before anything was stored: the way by the I/O thread remains.
    }
    if (!answer) return false
    const told = /** @type {[number, number]} */ (answer)
    this._untold = () => answered(told)
    setImmediate(this._tell)
    return true
  }

  hurry() {}

  /** Jobs come while others are under way. */
  crowd() {
    this._crowdedUntil = performance.now() + CROWDED
  }

  /**
   * Tell what was added: nothing that came of it is to be heard before.
   * @returns {boolean} whether it was not told yet
   */
  tell() {
    const tell = this._untold
    this._untold = null
    tell?.()
    return tell !== null
  }

  close() {
    this.tell()
  }
}

module.exports = InPlace
