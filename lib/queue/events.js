'use strict'

const { setImmediate } = require('node:timers')
const StartsHeld = require('./starts-held')
const Turns = require('./turns')
const { guard } = require('./guard')

/**
 * Brings the store's events to the Job objects of this process, as Kue's `events` does, but holds
 * only jobs that somebody listens to.
 */

/** The events that end a job's story: it is forgotten then, as in Kue. */
const LAST = new Set(['complete', 'failed', 'remove'])

class JobEvents {
  /** @param {import('./index')} queue */
  constructor(queue) {
    this._queue = queue
    /** @type {Map<number, Set<import('./job')>>} */
    this._jobs = new Map()
    this._everything = false
    /** @type {import('./add-batch')[]} jobs that were just stored */
    this._fresh = []
    this._judge = () => this._judgeFresh()
    this._turns = new Turns()
    this._starts = new StartsHeld(
      (type, offers) => queue._lane(type).offer(offers),
      (id) => this.hears(id, 'enqueue') || this.hears(id, 'promotion')
    )
  }

  /**
   * Do something once an event of a job was told here, which is about to be.
   * @param {any} id
   * @param {string} event
   * @param {() => void} go
   */
  after(id, event, go) {
    this._turns.after(id, event, go)
  }

  /**
   * The same where it may have been told just now.
   * @param {any} id
   * @param {string} event
   * @param {() => void} go
   */
  afterOrNow(id, event, go) {
    this._turns.afterOrNow(id, event, go)
  }

  /**
   * Jobs were claimed.
   * @param {string} type
   * @param {any[]} offers offer, fence, job, …
   */
  claimed(type, offers) {
    this._starts.take(type, offers)
  }

  /**
   * Whether anybody listens here to an event of a job.
   * @param {any} id
   * @param {string} event
   */
  hears(id, event) {
    if (this._listensTo(event)) return true
    if (this._jobs.size === 0) return false
    for (const job of this._jobs.get(Number(id)) ?? []) {
      if (job.listenerCount(event) > 0) return true
    }
    return false
  }

  /** @param {string} event of any job */
  _listensTo(event) {
    return this._everything && this._queue.listenerCount(`job ${event}`) > 0
  }

  /**
   * Jobs were stored. The engine keeps their events until it hears which of them have listeners:
   * those who wait for a job's id, and are called now, may want to attach some.
   * @param {import('./add-batch')} batch
   */
  added(batch) {
    if (this._fresh.push(batch) === 1) setImmediate(this._judge)
  }

  _judgeFresh() {
    const fresh = this._fresh
    this._fresh = []
    for (const { first, jobs } of fresh) {
      const heard = []
      for (let i = 0; i < jobs.length; i++) {
        const job = jobs[i]
        if (!job._listened || !job._jobEvents) continue
        heard.push(first + i)
        this._hold(job)
      }
      const awaited = heard.length > 0 || this._everything
      if (awaited) this._starts.added(first, jobs)
      this._queue._wire.mention(`{"heard":{"first":${first},"ids":[${heard}]}}`, awaited)
    }
  }

  /**
   * Deliver this job's events to it.
   * @param {import('./job')} job with an id
   */
  add(job) {
    const id = Number(job.id)
    // An id that the store never gives has no events.
    if (!Number.isSafeInteger(id) || id < 0) return
    if (this._hold(job)) this._queue._send(`{"track":[${id}]}`)
  }

  /**
   * @param {import('./job')} job
   * @returns {boolean} whether it is the first object of its id
   */
  _hold(job) {
    const id = Number(job.id)
    const jobs = this._jobs.get(id)
    if (jobs) jobs.add(job)
    else this._jobs.set(id, new Set([job]))
    return !jobs
  }

  /**
   * Nobody listens to this job any more.
   * @param {import('./job')} job
   */
  release(job) {
    const id = Number(job.id)
    const jobs = this._jobs.get(id)
    if (!jobs?.delete(job) || jobs.size > 0) return
    this._jobs.delete(id)
    this._queue._send(`{"untrack":[${id}]}`)
  }

  /** Deliver the events of all jobs to the queue. */
  listen() {
    if (this._everything) return
    this._everything = true
    this._queue._wire.listens = true
    this._queue._send('{"listen":true}')
  }

  /** @param {{ id: any, event: string, args: any[] }} message */
  deliver(message) {
    const { id, event, args } = message
    if (!Array.isArray(args) || typeof args[0] !== 'string') return
    const jobs = this._jobs.get(Number(id))
    if (jobs) {
      if (LAST.has(event)) this._jobs.delete(Number(id))
      // A listener may let go of its job, or take up another object of the same.
      for (const job of [...jobs]) guard(() => job.emit(...args))
    }
    if (this._everything) {
      const [name, ...rest] = args
      guard(() => this._queue.emit(`job ${name}`, id, ...rest))
    }
    this._turns.told(id, event)
    this._starts.told(id, event)
  }

  /** A job was lost to its worker here: it may be gone. @param {string} id */
  look(id) {
    for (const job of this._jobs.get(Number(id)) || []) job._recheck(false)
  }

  /**
   * Events may have been missed: let those who wait for an outcome look for themselves.
   * @param {boolean} flow whether they flow now; otherwise this is said again
   * @param {number[]} [ids] of the jobs, if not all are meant
   */
  recheck(flow, ids = [...this._jobs.keys()]) {
    // Who finds an outcome may be let go of.
    for (const id of ids) {
      for (const job of [...(this._jobs.get(id) || [])]) job._recheck(!flow)
    }
  }

  /** No more will be heard. @param {Error | null} error for those who wait for an outcome */
  abandon(error) {
    this._starts.drop()
    for (const jobs of this._jobs.values()) {
      for (const job of jobs) job._abandon(error)
    }
    this._jobs.clear()
  }

  /** @returns {number} how many jobs are held */
  get size() {
    return this._jobs.size
  }
}

module.exports = { JobEvents }
