'use strict'

const { setImmediate } = require('node:timers')
const { queueMicrotask } = require('./untouched')
const { rethrow } = require('./guard')

/** How long jobs are started one after the other before timers, and outcomes, have their turn. */
const LONGEST_PASS_MS = 2
/** Outcomes that are worth a call of their own, where more are to follow in the same pass. */
const FEWEST_TOGETHER = 25
/** Outcomes that make a call large enough: more would only be told later. */
const MOST_TOGETHER = 50

/**
 * The jobs of a type that this process may start, and the slots that have none. The engine offers
 * jobs; a slot that is free takes the next one at once, without a way to the engine and back.
 */
class Lane {
  /** @param {{ take(offer: number): boolean, flush(): void }} wire */
  constructor(wire) {
    this._wire = wire
    /** @type {any[]} offer, fence, job, offer, fence, job, … */
    this._offers = []
    this._next = 0
    /** @type {Set<any>} workers that wait, the longest first */
    this._idle = new Set()
    this._running = false
    this._soon = false
    this._runSoon = () => {
      this._soon = false
      this.run()
    }
  }

  /** @param {any[]} offers offer, fence, job, … */
  offer(offers) {
    if (this._next === this._offers.length) {
      this._offers = offers
      this._next = 0
    } else {
      this._offers = this._offers.slice(this._next).concat(offers)
      this._next = 0
    }
    this.run()
  }

  /**
   * A worker has no job. Its next one starts once the code that runs now is over: that of a
   * processor that has just said how its job ended must not find another one begun.
   * @param {any} worker
   */
  wait(worker) {
    this._idle.add(worker)
    if (this._running || this._soon || this._next === this._offers.length) return
    this._soon = true
    queueMicrotask(this._runSoon)
  }

  /** @param {any} worker that takes no jobs any more */
  leave(worker) {
    this._idle.delete(worker)
  }

  /** Start jobs while there are some and workers for them. */
  run() {
    if (this._running) return
    this._running = true
    const end = performance.now() + LONGEST_PASS_MS
    let idle = this._idle.size
    // The store records one part while the next one runs here: with all of them in one call, each
    // side would wait for the other.
    const part = Math.min(Math.ceil((this._offers.length - this._next) / 3 / 2), MOST_TOGETHER)
    let started = 0
    while (this._next < this._offers.length && this._idle.size > 0) {
      // Who was idle before has waited long enough.
      if (--idle < 0 && performance.now() >= end) {
        this._soon = true
        setImmediate(this._runSoon)
        break
      }
      const at = this._next
      this._next += 3
      const worker = this._idle.values().next().value
      // One that was called back is somebody else's by now.
      if (!this._wire.take(this._offers[at])) continue
      this._idle.delete(worker)
      const fence = this._offers[at + 1]
      const stored = this._offers[at + 2]
      this._offers[at + 2] = undefined
      try {
        worker.process(stored, fence)
      } catch (error) {
        rethrow(error)
      }
      if (++started % part === 0 && part >= FEWEST_TOGETHER) this._wire.flush()
    }
    if (this._next === this._offers.length) {
      this._offers = []
      this._next = 0
    }
    this._running = false
  }
}

module.exports = Lane
