'use strict'

const { clearTimeout, setTimeout } = require('node:timers')

/** ms: the store may be slow, or away, and events may get lost. */
const LONGEST_MS = 500
/** Jobs whose last event is remembered. */
const MOST_LATEST = 1000

/**
 * What waits for an event to be told. As in Kue, whoever listens in the process that works on the
 * jobs hears that a job waits before it starts, and what became of it before its slot takes the next
 * one. Both are known here earlier: jobs are claimed ahead, and together with the outcomes of others.
 */
class Turns {
  /** @param {number} [longest] ms that something waits at the most */
  constructor(longest = LONGEST_MS) {
    this._longest = longest
    /** @type {Map<string, { event: string, go: () => void, since: number }>} the oldest first */
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
      for (const [key, { event, go, since }] of this._waiting) {
        if (since > due) break
        this._missing.add(event)
        this._waiting.delete(key)
        go()
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
    if (this.misses(event)) return go()
    this._waiting.set(`${event} ${id}`, { event, go, since: performance.now() })
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
    const key = `${event} ${id}`
    const waiting = this._waiting.get(key)
    if (!waiting) return
    this._waiting.delete(key)
    waiting.go()
    if (this._waiting.size === 0 && this._timer) {
      clearTimeout(this._timer)
      this._timer = null
    }
  }

  _watch() {
    if (this._timer || this._waiting.size === 0) return
    const [{ since }] = this._waiting.values()
    const left = since + this._longest - performance.now()
    this._timer = setTimeout(this._giveUp, Math.max(1, left))
  }
}

module.exports = Turns
