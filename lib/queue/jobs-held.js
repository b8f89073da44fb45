'use strict'

const { clearTimeout, setImmediate, setTimeout } = require('node:timers')

/** ms that jobs are held at the most: the answer of an add may be long in coming, or never come. */
const LONGEST_MS = 100

/**
 * Jobs that were claimed here while the answer of an add was still on its way: the job may be one of
 * those, and who saved it is told of its id before its processor runs, as in Kue. Ids are given in
 * order, so a job with an id that was known when the add left is none of them.
 */
class JobsHeld {
  /** @param {(type: string, offers: any[]) => void} start */
  constructor(start) {
    this._start = start
    /** Whether jobs are claimed here at all. */
    this._claims = false
    /** The highest id that was told. */
    this._newest = 0
    this._adds = 0
    /** @type {Map<number, number>} adds whose answer is not told, in order, and the highest id known
     * when they left */
    this._untold = new Map()
    /** @type {number[]} those that are told; who awaits one has its turn before it counts */
    this._told = []
    /** @type {{ type: string, offers: any[], adds: number }[]} and how many adds had left by then */
    this._held = []
    this._soon = false
    /** @type {NodeJS.Timeout | null} */
    this._timer = null
    this._releaseSoon = () => {
      this._soon = false
      for (const number of this._told) this._untold.delete(number)
      this._told = []
      this._release()
    }
    this._giveUp = () => {
      this._timer = null
      const held = this._held
      this._held = []
      for (const { type, offers } of held) this._start(type, offers)
    }
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
    if (this._held.length === 0 && !this._mayBeOurs(offers)) return this._start(type, offers)
    this._held.push({ type, offers, adds: this._adds })
    this._timer ??= setTimeout(this._giveUp, LONGEST_MS)
  }

  /** Nothing more is started. */
  drop() {
    this._held = []
    this._rest()
  }

  /** @param {any[]} offers */
  _mayBeOurs(offers) {
    if (this._untold.size === 0) return false
    const [known] = this._untold.values()
    for (let at = 2; at < offers.length; at += 3) {
      if (!(Number(offers[at].id) <= known)) return true
    }
    return false
  }

  _release() {
    const [oldest = Infinity] = this._untold.keys()
    while (this._held.length > 0 && this._held[0].adds < oldest) {
      const { type, offers } = /** @type {any} */ (this._held.shift())
      this._start(type, offers)
    }
    if (this._held.length === 0) this._rest()
  }

  _rest() {
    if (this._timer) clearTimeout(this._timer)
    this._timer = null
  }
}

module.exports = JobsHeld
