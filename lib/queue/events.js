'use strict'

const { guard } = require('./wire')

/**
 * Brings the store's events to the Job objects of this process, as Kue's `events` does, but holds
 * only jobs that somebody listens to.
 */

/** The events that end a job's story. */
const LAST = new Set(['complete', 'failed'])

class JobEvents {
  /** @param {import('./index')} queue */
  constructor(queue) {
    this._queue = queue
    /** @type {Map<number, import('./job')[]>} */
    this._jobs = new Map()
    this._everything = false
  }

  /**
   * Deliver this job's events to it.
   * @param {import('./job')} job with an id
   * @param {boolean} [known] the engine tracks it already
   */
  add(job, known) {
    const id = Number(job.id)
    const jobs = this._jobs.get(id)
    if (jobs) {
      if (!jobs.includes(job)) jobs.push(job)
      return
    }
    this._jobs.set(id, [job])
    if (!known && Number.isSafeInteger(id)) this._queue._send(`{"track":[${id}]}`)
  }

  /**
   * Deliver no more to this job.
   * @param {import('./job')} job
   */
  remove(job) {
    const id = Number(job.id)
    const jobs = this._jobs.get(id)
    if (!jobs) return
    const left = jobs.filter((other) => other !== job)
    if (left.length > 0) return void this._jobs.set(id, left)
    this._jobs.delete(id)
    this._queue._send(`{"untrack":[${id}]}`)
  }

  /** Deliver the events of all jobs to the queue. */
  listen() {
    if (this._everything) return
    this._everything = true
    this._queue._send('{"listen":true}')
  }

  /** @param {{ id: any, event: string, args: any[] }} message */
  deliver(message) {
    const { id, event, args } = message
    if (!Array.isArray(args) || typeof args[0] !== 'string') return
    const jobs = this._jobs.get(Number(id))
    if (jobs) {
      if (LAST.has(event)) this._jobs.delete(Number(id))
      for (const job of jobs) guard(() => job.emit(...args))
    }
    if (this._everything) {
      const [name, ...rest] = args
      guard(() => this._queue.emit(`job ${name}`, id, ...rest))
    }
  }

  /** Events may have been missed: let those who wait for an outcome look for themselves. */
  recheck() {
    for (const jobs of this._jobs.values()) {
      for (const job of jobs) job._recheck()
    }
  }

  /** @returns {number} how many jobs are held */
  get size() {
    return this._jobs.size
  }
}

module.exports = { JobEvents }
