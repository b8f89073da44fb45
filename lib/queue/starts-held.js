'use strict'

const { setImmediate } = require('node:timers')
const Turns = require('./turns')

/** ms that jobs wait at the most for the event that they wait in the store: it may have been told to
 * nobody, before anybody here listened. */
const LONGEST_MS = 100
/** ms after which that event is not on its way any more. */
const ON_ITS_WAY_MS = 500
/** The events that tell whether a job waits: where the last of these is another one, it is still to come that
 * it waits again. */
const ABOUT_WAITING = new Set(['enqueue', 'promotion', 'failed attempt'])
/** Batches to be remembered whose events have not all come. */
const MOST_BATCHES = 100

/**
 * Jobs that were claimed before it was told here that they wait, where somebody listens to that: as in
 * Kue, they start afterwards. All start in the order in which they came.
 */
class StartsHeld {
  /**
   * @param {(type: string, offers: any[]) => void} start
   * @param {(id: any) => boolean} heard whether anybody listens to that of a job
   */
  constructor(start, heard) {
    this._start = start
    this._heard = heard
    this._turns = new Turns(LONGEST_MS)
    /** @type {{ type: string, offers: any[] }[]} */
    this._held = []
    /** Jobs that were added together, by the first of them, and the last one that is heard of.
     * @type {Map<number, number>} */
    this._batches = new Map()
    this._go = () => {
      this._startFirst()
      this._release()
    }
  }

  /**
   * Jobs are to start.
   * @param {string} type
   * @param {any[]} offers offer, fence, job, …
   */
  take(type, offers) {
    if (this._held.push({ type, offers }) === 1) this._release()
  }

  /**
   * Jobs were added here together: it is told of all that they wait before one of them starts.
   * @param {number} first the id of the first one
   * @param {any[]} jobs
   */
  added(first, jobs) {
    let at = jobs.length - 1
    while (at >= 0 && !(jobs[at]._delay === undefined && this._heard(first + at))) at--
    if (at < 0) return
    if (this._batches.size >= MOST_BATCHES) this._batches.clear()
    this._batches.set(first, first + at)
  }

  /** @param {any} id @param {string} event that was told */
  told(id, event) {
    if (!ABOUT_WAITING.has(event)) return
    this._turns.told(id, event)
    for (const [first, last] of this._batches) if (last === id) this._batches.delete(first)
  }

  drop() {
    this._held = []
  }

  _release() {
    while (this._held.length > 0) {
      const id = this._lastUntold(this._held[0].offers)
      if (id !== undefined) {
        // Not before what came with it: jobs that were saved together are told of together.
        this._turns.after(id, 'enqueue', () => setImmediate(this._go))
        return
      }
      this._startFirst()
    }
  }

  _startFirst() {
    const first = this._held.shift()
    if (first) this._start(first.type, first.offers)
  }

  /**
   * @param {any[]} offers
   * @returns {any} the id of the last job whose event is still to come
   */
  _lastUntold(offers) {
    if (this._turns.misses('enqueue')) return undefined
    const now = Date.now()
    for (let at = offers.length - 1; at > 0; at -= 3) {
      const job = offers[at]
      // One that failed after it was promoted is tried again at once, of which the listeners heard.
      const since = job.failed_at > job.promote_at ? 0 : job.promote_at
      const recent = now - since < ON_ITS_WAY_MS
      if (!recent || !this._heard(job.id)) continue
      const last = this._lastWith(job.id)
      if (!this._turns.wasTold(last, 'enqueue')) return last
    }
    return undefined
  }

  /** @param {any} id of a job @returns {any} that of the last one that was added with it */
  _lastWith(id) {
    for (const [first, last] of this._batches) if (id >= first && id <= last) return last
    return id
  }
}

module.exports = StartsHeld
