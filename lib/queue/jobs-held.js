'use strict'

const { clearTimeout, setImmediate, setTimeout } = require('node:timers')

/** ms that jobs are held at the most: the answer of an add may be long in coming, or never come. */
const LONGEST_MS = 100

/**
 * Jobs that were claimed here while the answer of an add was still on its way: the job may be one of
 * those, and who saved it is told of its id before its processor runs, as in Kue. Ids are given in
 * order, and adds answered in theirs, so a job with an id that was known when the add left is none of
 * them, nor one whose id is not above the last that was told.
 *
 * @typedef {object} Held
 * @property {string} type
 * @property {any[]} offers
 * @property {number} last the highest id among them
 * @property {number} adds how many adds had left by then
 * @property {number} since
 */
class JobsHeld {
  /** @param {(type: string, offers: any[]) => void} start */
  constructor(start) {
    this._start = start
    /** Whether jobs are claimed here at all. */
    this._claims = false
    /** The highest id that was told, and the one whose teller's promises have run on. */
    this._newest = 0
    this._settled = 0
    this._adds = 0
    /** @type {Map<number, number>} adds whose answer is not told, in order, and the highest id known
     * when they left */
    this._untold = new Map()
    /** @type {number[]} those that are told; who awaits one has its turn before it counts */
    this._told = []
    /** @type {Held[]} */
    this._held = []
    this._soon = false
    /** @type {NodeJS.Timeout | null} */
    this._timer = null
    this._releaseSoon = () => {
      this._soon = false
      this._settled = this._newest
      for (const number of this._told) this._untold.delete(number)
      this._told = []
      this._release()
    }
    this._giveUp = () => {
      this._timer = null
      const due = performance.now() - LONGEST_MS
      while (this._held.length > 0 && this._held[0].since <= due) {
        // An add that takes this long is waited for once, not by each job anew.
        for (const number of [...this._untold.keys()]) {
          if (number <= this._held[0].adds) this._untold.delete(number)
        }
        this._startFirst()
      }
      this._release()
    }
    // Where this thread was busy for so long, the answer is here and only has to be read.
    this._look = () => setImmediate(this._giveUp)
  }

  /** From now on jobs are claimed here. */
  watch() {
    this._claims = true
  }

  /** An add leaves. @returns {number} its number */
  added() {
    this._untold.set(++this._adds, this._newest)
    return this._adds
  }

  /**
   * It was answered, and who waits for that by a callback was told.
   * @param {number} number
   * @param {number} last the id of its last job; 0 where there is none
   */
  answered(number, last) {
    if (last > this._newest) this._newest = last
    if (!this._claims) return void this._untold.delete(number)
    this._told.push(number)
    if (this._soon) return
    this._soon = true
    setImmediate(this._releaseSoon)
  }

  /**
   * Jobs were claimed.
   * @param {string} type
   * @param {any[]} offers offer, fence, job, …
   */
  take(type, offers) {
    if (this._held.length === 0 && this._untold.size === 0) return this._start(type, offers)
    let last = 0
    for (let at = 2; at < offers.length; at += 3) {
      const id = Number(offers[at].id)
      if (!(id <= last)) last = id
    }
    const [known = Infinity] = this._untold.values()
    if (this._held.length === 0 && last <= known) return this._start(type, offers)
    this._held.push({ type, offers, last, adds: this._adds, since: performance.now() })
    this._timer ??= setTimeout(this._look, LONGEST_MS)
  }

  /** Nothing more is started. */
  drop() {
    this._held = []
    this._rest()
  }

  /** Start those that are nobody's any more whose answer is due. */
  _release() {
    const [oldest = Infinity] = this._untold.keys()
    while (this._held.length > 0) {
      const { last, adds } = this._held[0]
      if (adds >= oldest && !(last <= this._settled)) break
      this._startFirst()
    }
    this._rest()
    if (this._held.length === 0) return
    const left = this._held[0].since + LONGEST_MS - performance.now()
    this._timer = setTimeout(this._look, Math.max(1, left))
  }

  _startFirst() {
    const { type, offers } = /** @type {Held} */ (this._held.shift())
    this._start(type, offers)
  }

  _rest() {
    if (this._timer) clearTimeout(this._timer)
    this._timer = null
  }
}

module.exports = JobsHeld
