'use strict'

const { clearTimeout, setTimeout } = require('node:timers')

/** ms: the store may be slow, or away, and events may get lost. */
const LONGEST_MS = 500
/** Jobs whose last event is remembered. */
const MOST_LATEST = 1000
/** An attempt ends with one of these, which may be another than its slot expects: its ttl may be over, or
 * somebody removes the job. */
const ENDS = new Set(['complete', 'failed', 'failed attempt', 'remove'])

/** @param {any} id @param {string} event */
const keyOf = (id, event) => `${ENDS.has(event) ? 'end' : event} ${id}`

/**
 * @typedef {{ event: string, go: () => void, since: number, next: Waiting | undefined }} Waiting
 *   `next` waits for the same: the attempts of a job may follow each other faster than they are told
 */

/**
 * What waits for an event to be told. As in Kue, whoever listens in the process that works on the
 * jobs hears that a job waits before it starts, and what became of it before its slot takes the next
 * one. Both are known here earlier: jobs are claimed ahead, and together with the outcomes of others.
 */
class Turns {
  /** @param {number} [longest] ms that something waits at the most */
  constructor(longest = LONGEST_MS) {
    this._longest = longest
    /** @type {Map<string, Waiting>} the oldest of each key */
    this._waiting = new Map()
    /** Events that did not come in time: they are not waited for until one does. @type {Set<string>} */
    this._missing = new Set()
    /** The last event that was told of each of the jobs that were told of lately. @type {Map<string, string>} */
    this._latest = new Map()
    /** @type {NodeJS.Timeout | null} */
    this._timer = null
    this._giveUp = () => {
      this._timer = null
      const due = performance.now() - this._longest
      for (const [key, first] of [...this._waiting]) {
        /** @type {Waiting | undefined} */
        let waiting = first
        for (; waiting && waiting.since <= due; waiting = waiting.next) {
          this._missing.add(waiting.event)
          this._remove(key)
          waiting.go()
        }
      }
      this._watch()
    }
  }

  /**
   * Do something once an event was told.
   * @param {any} id
   * @param {string} event
   * @param {() => void} go
   */
  after(id, event, go) {
    // Of a job that is gone nothing more is told.
    if (this.misses(event) || this.wasTold(id, 'remove')) return go()
    const waiting = { event, go, since: performance.now(), next: undefined }
    const key = keyOf(id, event)
    /** @type {Waiting | undefined} */
    let last = this._waiting.get(key)
    while (last?.next) last = last.next
    if (last) last.next = waiting
    else this._waiting.set(key, waiting)
    this._watch()
  }

  /**
   * The same of an event that may have been told just now.
   * @param {any} id
   * @param {string} event
   * @param {() => void} go
   */
  afterOrNow(id, event, go) {
    if (this.wasTold(id, event)) go()
    else this.after(id, event, go)
  }

  /**
   * Whether an event was the last one of its job.
   * @param {any} id
   * @param {string} event
   */
  wasTold(id, event) {
    return this._latest.get(String(id)) === event
  }

  /** Whether an event is not waited for. @param {string} event */
  misses(event) {
    return this._missing.has(event)
  }

  /**
   * An event was told.
   * @param {any} id
   * @param {string} event
   */
  told(id, event) {
    if (this._latest.size >= MOST_LATEST) this._latest.clear()
    this._latest.set(String(id), event)
    if (this._missing.size > 0) this._missing.delete(event)
    if (this._waiting.size === 0) return
    const key = keyOf(id, event)
    const waiting = this._waiting.get(key)
    if (!waiting) return
    this._remove(key)
    waiting.go()
    if (this._waiting.size === 0 && this._timer) {
      clearTimeout(this._timer)
      this._timer = null
    }
  }

  /** The oldest of a key. @param {string} key */
  _remove(key) {
    const next = this._waiting.get(key)?.next
    if (next) this._waiting.set(key, next)
    else this._waiting.delete(key)
  }

  _watch() {
    if (this._timer || this._waiting.size === 0) return
    let since = Infinity
    for (const waiting of this._waiting.values()) since = Math.min(since, waiting.since)
    const left = since + this._longest - performance.now()
    this._timer = setTimeout(this._giveUp, Math.max(1, left))
  }
}

module.exports = Turns
