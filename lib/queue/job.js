'use strict'

const { EventEmitter } = require('node:events')
const util = require('node:util')
const { createError, invalidArg, checkCallback, toNumber, toText } = require('../errors')
const attempts = require('./attempts')
const backoffs = require('./backoff')
const encoding = require('./job-encoding')
const { NONE, foreign, fresh } = require('./job-inner')
const { nextTick, queueMicrotask } = require('./untouched')
const { wrongState } = require('./states')
const Outcome = require('./outcome')
const statics = require('./statics')
const testMode = require('./test-mode')
const { guard } = require('./guard')

/** Kue's names for priorities. */
const priorities = { low: 10, normal: 0, medium: -5, high: -10, critical: -15 }

const noop = () => {}

/** It is told something, which is to be stored behind its `save` where that is under way. @param {any} job */
function noteChange(job) {
  const inner = innerOf(job)
  inner.changed ||= inner.saving
}

/** What a program put in the place of `Job.client`. @type {any} */
let givenClient

/** What a job keeps to itself; the class says how. @type {(job: any) => ReturnType<typeof fresh>} */
let innerOf

/**
 * An EventEmitter that holds nothing before somebody listens: Node's methods make what they need
 * then. Fields come from the store, so the type checker is not asked to know them.
 * @type {any}
 */
const Emitter = function () {}
Emitter.prototype = EventEmitter.prototype

/**
 * A job, as Kue's: made with `queue.create(type, data)`, told what to do by chained calls, stored
 * with `save`. It emits `enqueue`, `start`, `promotion`, `progress`, `failed attempt`, `failed`,
 * `complete` and `remove` in the process that created it.
 */
class Job extends Emitter {
  // Private, so that a job prints and compares as in Kue.
  #inner = fresh()

  static {
    innerOf = (/** @type {any} */ job) => (#inner in job ? job.#inner : foreign(job, Job._queue))
  }

  /**
   * @param {string} [type]
   * @param {any} [data] kept as it is: `job.data` stays the same object
   * @param {any} [queue] the one made last, if none is given
   */
  constructor(type, data, queue = Job._queue) {
    super()
    this.#inner.queue = queue
    this.type = type
    this.data = data || {}
    this._max_attempts = 1
    this._jobEvents = Job.jobEvents
    this._priority = priorities.normal
  }

  // ---- what to do with it -------------------------------------------------------------------

  /**
   * Get or set the priority: a name of `Job.priorities` or a number, smaller runs first.
   * @param {any} [level]
   */
  priority(level) {
    if (arguments.length === 0) return this._priority
    noteChange(this)
    const named = typeof level === 'string' && Object.hasOwn(priorities, level)
    this._priority = named ? priorities[level] : level
    return this
  }

  /**
   * How often the job is tried before it fails.
   * @param {any} n
   */
  attempts(n) {
    noteChange(this)
    this._max_attempts = n
    return this
  }

  /**
   * Get or set the pause before a retry: `true` for the job's delay, `{ type: 'fixed' |
   * 'exponential', delay, maxDelay }` in ms, or a function `(attempts, delay) => ms`.
   * @param {any} [param]
   */
  backoff(param) {
    if (arguments.length === 0) return this._backoff
    noteChange(this)
    if (typeof param === 'function') backoffs.register(param.name || 'anonymous', param)
    this._backoff = param
    return this
  }

  /**
   * Get or set the delay in ms, or the Date before which the job does not start. As in Kue, what
   * is not above 0 is ignored.
   * @param {any} [ms]
   */
  delay(ms) {
    if (arguments.length === 0) return this._delay
    noteChange(this)
    if (util.types.isDate(ms)) ms = Math.trunc(ms.getTime() - Date.now())
    if (toNumber(ms) > 0) this._delay = ms
    return this
  }

  /**
   * Get or set how many ms the job may run.
   * @param {any} [ms]
   */
  ttl(ms) {
    if (arguments.length === 0) return this._ttl
    noteChange(this)
    if (toNumber(ms) > 0) this._ttl = ms
    return this
  }

  /**
   * Get or set whether the job is removed once it completed.
   * @param {any} [param]
   */
  removeOnComplete(param) {
    if (arguments.length === 0) return this._removeOnComplete
    noteChange(this)
    this._removeOnComplete = param
    return this
  }

  /**
   * Get or set the keys of `data` that search finds the job by.
   * @param {any} [keys]
   */
  searchKeys(keys) {
    if (arguments.length === 0) return this._searchKeys
    noteChange(this)
    this._searchKeys = Array.isArray(keys) ? keys : keys ? [keys] : []
    return this
  }

  /**
   * Whether the job's events are to reach this process.
   * @param {any} wanted
   */
  events(wanted) {
    this._jobEvents = !!wanted
    return this
  }

  // ---- storing it ----------------------------------------------------------------------------

  /**
   * Store the job, or, where it has an id, its changes.
   * @param {(error?: Error | null) => void} [fn]
   */
  save(fn) {
    checkCallback(fn)
    if (testMode.take(this)) {
      if (typeof fn === 'function') fn()
      return this
    }
    if (this._waits(() => this.save(fn))) return this
    if (this.id) return this.update(fn)
    const inner = innerOf(this)
    try {
      if (!inner.queue) {
        throw createError(
          'ERR_INVALID_ARG',
          'there is no queue to save the job in: call createQueue() first',
          { argument: 'job' }
        )
      }
      const spec = encoding.spec(this)
      const data = encoding.dataOf(this)
      // Before the call: it may fail at once.
      inner.saving = true
      inner.queue._wire.add(this, spec, data, fn)
    } catch (error) {
      this._fail(error, fn, true)
    }
    return this
  }

  /**
   * Store changes of data, priority, delay and options. The state stays as it is.
   * @param {(error?: Error | null) => void} [fn]
   */
  update(fn) {
    checkCallback(fn)
    if (testMode.skipsUpdates()) {
      if (typeof fn === 'function') fn()
      return this
    }
    if (this._waits(() => this.update(fn))) return this
    let changes
    try {
      changes = encoding.changes(this)
    } catch (error) {
      this._fail(error, fn, true)
      return this
    }
    if (changes.delay !== null) {
      const from = Number(this.failed_at || this.created_at)
      if (from) this.promote_at = from + changes.delay
    }
    this._ask({ update: changes }, fn, 'update')
    return this
  }

  /**
   * Remove the job from the store.
   * @param {(error?: Error | null) => void} [fn]
   */
  remove(fn) {
    checkCallback(fn)
    if (this._waits(() => this.remove(fn))) return this
    this._ask({ remove: String(this.id) }, fn, 'remove')
    return this
  }

  /**
   * Store one field of the job, by its name in the store.
   * @param {string} key
   * @param {any} value
   * @param {(error?: Error | null) => void} [fn]
   */
  set(key, value, fn) {
    checkCallback(fn)
    if (this._waits(() => this.set(key, value, fn))) return this
    if (!this._stored('set', fn)) return this
    const field = {
      id: String(this.id),
      name: toText(key, 'key'),
      value: toText(value, 'value')
    }
    if (fn) this._queue._ask({ setField: field }, (error) => fn(error))
    else this._queue._send(`{"field":${encoding.write(field)}}`)
    return this
  }

  /**
   * Read one field of the job from the store.
   * @param {string} key
   * @param {(error: Error | null, value?: string | null) => void} [fn]
   */
  get(key, fn) {
    checkCallback(fn)
    if (this._waits(() => this.get(key, fn))) return this
    if (!this._stored('get', fn)) return this
    this._queue._ask({ fieldOf: { id: String(this.id), name: toText(key, 'key') } }, fn || noop)
    return this
  }

  // ---- while it runs -------------------------------------------------------------------------

  /**
   * Get the progress, or tell it: `complete` of `total`, with data for listeners.
   * @param {any} [complete]
   * @param {any} [total]
   * @param {any} [data]
   */
  progress(complete, total, data) {
    if (arguments.length === 0) return this._progress
    const percent = Math.min(100, ((toNumber(complete) * 100) / toNumber(total)) | 0)
    if (this._waits(() => this.progress(complete, total, data))) return this
    this._progress = percent
    if (!this._stored('progress')) return this
    const json = data ? encoding.stringify(data, 'data') : null
    const note = { id: String(this.id), percent, data: json }
    this._queue._send(`{"progress":${encoding.writeJson(note)}}`)
    return this
  }

  /** Have the job's ttl start anew, as progress does. */
  refreshTtl() {
    if (this._stored('refreshTtl')) {
      this._queue._send(`{"ttl":${encoding.write({ id: String(this.id) })}}`)
    }
    return this
  }

  /**
   * Add a line to the job's log: a format with arguments, or anything.
   * @param {...any} args
   */
  log(...args) {
    if (this._waits(() => this.log(...args))) return this
    if (!this._stored('log')) return this
    const line = typeof args[0] === 'string' ? util.format(...args) : util.inspect(args[0])
    this._queue._send(`{"log":${encoding.write({ id: String(this.id), line })}}`)
    return this
  }

  /** Aborted when the job's outcome is not wanted any more: its ttl is over, the queue shuts
   * down, or another worker has it. */
  get signal() {
    const inner = innerOf(this)
    inner.abort ??= new AbortController()
    return inner.abort.signal
  }

  /** Kue's member for it in the sorted sets. */
  get zid() {
    return this.id === undefined ? undefined : encoding.zid(this.id)
  }

  // ---- where it is ---------------------------------------------------------------------------

  /**
   * Get the state as it was when last seen, or put the job into another one.
   * @param {string} [state]
   * @param {(error?: Error | null) => void} [fn]
   */
  state(state, fn) {
    if (arguments.length === 0) return this._state
    checkCallback(fn)
    // What was never stored has none, and programs hand that on.
    if (state === undefined && !this.id) return this
    const wrong = wrongState(state)
    if (wrong) {
      this._fail(wrong, fn, true)
      return this
    }
    if (this._waits(() => this.state(state, fn))) return this
    this._state = state
    this._ask({ setState: { id: String(this.id), state } }, fn, 'state')
    return this
  }

  /** @param {(error?: Error | null) => void} [fn] */
  complete(fn) {
    return this.state('complete', fn)
  }

  /** @param {(error?: Error | null) => void} [fn] */
  failed(fn) {
    this.failed_at = Date.now()
    return this.state('failed', fn)
  }

  /** @param {(error?: Error | null) => void} [fn] */
  inactive(fn) {
    return this.state('inactive', fn)
  }

  /** @param {(error?: Error | null) => void} [fn] */
  active(fn) {
    return this.state('active', fn)
  }

  /** @param {(error?: Error | null) => void} [fn] */
  delayed(fn) {
    return this.state('delayed', fn)
  }

  /**
   * Get the error the job failed with, or store one with its first line in the log.
   * @param {any} [err]
   */
  error(err) {
    if (arguments.length === 0) return this._error
    const { error, summary } = encoding.failure(err)
    if (this._waits(() => this.error(err))) return this
    this._error = error
    if (!this._stored('error')) return this
    this._queue._send(`{"error":${encoding.write({ id: String(this.id), error, summary })}}`)
    return this
  }

  /**
   * Count an attempt by hand; `fn(error, remaining, attempts, max)`.
   * @param {(error: Error | null, remaining?: number, attempts?: number, max?: number) => void} [fn]
   */
  attempt(fn) {
    checkCallback(fn)
    attempts.attempt(this, fn)
    return this
  }

  /**
   * Have a failed job tried again, by its backoff.
   * @param {number} made attempts so far
   * @param {(error?: Error | null) => void} [fn]
   */
  reattempt(made, fn) {
    checkCallback(fn)
    attempts.reattempt(this, made, fn)
    return this
  }

  /**
   * Fail the job by hand; it is tried again where attempts are left. `fn(error, again, attempts)`.
   * @param {any} failure
   * @param {(error: Error | null, again?: boolean, attempts?: number) => void} [fn]
   */
  failedAttempt(failure, fn) {
    checkCallback(fn)
    attempts.failedAttempt(this, failure, fn)
    return this
  }

  /**
   * Wait for the outcome, wherever the job runs. Settles also where events were missed.
   * @returns {Promise<any>} the result; rejects with an Error of the text the job failed with
   */
  finished() {
    if (!this._stored('finished')) {
      return Promise.reject(
        invalidArg('job', this, 'a saved job: call save and wait for its callback first')
      )
    }
    const inner = innerOf(this)
    if (!inner.outcome) {
      inner.outcome = new Outcome(this)
      this._queue._tracker.add(this)
      inner.outcome.look()
    }
    return inner.outcome.promise
  }

  /** Receive this job's events from now on. @param {() => void} [fn] */
  subscribe(fn) {
    checkCallback(fn)
    if (this._jobEvents && this.id) this._queue._tracker.add(this)
    if (fn) nextTick(fn)
    return this
  }

  toJSON() {
    const made = Number(this._attempts) || 0
    const max = Number(this._max_attempts) || 1
    return {
      id: this.id,
      type: this.type,
      data: this.data,
      result: this.result,
      priority: this._priority,
      progress: this._progress || 0,
      progress_data: this.progress_data,
      state: this._state,
      error: this._error,
      created_at: this.created_at,
      promote_at: this.promote_at,
      updated_at: this.updated_at,
      failed_at: this.failed_at,
      started_at: this.started_at,
      duration: this.duration,
      delay: this._delay,
      workerId: this.workerId,
      ttl: this._ttl,
      attempts: { made, remaining: made > 0 ? max - made : max, max }
    }
  }

  // ---- listening -----------------------------------------------------------------------------

  on(event, listener) {
    super.on(event, listener)
    this._listenedTo()
    return this
  }

  addListener(event, listener) {
    return this.on(event, listener)
  }

  prependListener(event, listener) {
    super.prependListener(event, listener)
    this._listenedTo()
    return this
  }

  _listenedTo() {
    const inner = innerOf(this)
    inner.listened = true
    if (!this.id || !this._jobEvents || testMode.isCollected(this)) return
    inner.queue?._tracker.add(this)
  }

  removeListener(event, listener) {
    super.removeListener(event, listener)
    this._letGo()
    return this
  }

  off(event, listener) {
    return this.removeListener(event, listener)
  }

  removeAllListeners(...events) {
    super.removeAllListeners(...events)
    this._letGo()
    return this
  }

  /** The events of a job that nobody listens to are not looked for: who came and went leaves nothing. */
  _letGo() {
    const inner = innerOf(this)
    if ((inner.outcome && !inner.outcome.known) || this.eventNames().length > 0) return
    inner.listened = false
    if (this.id) inner.queue?._tracker.release(this)
  }

  emit(event, ...args) {
    innerOf(this).outcome?.hear(event, args)
    // As in Kue, a failed job without a listener is no uncaught exception.
    if (event === 'error' && this.listenerCount('error') === 0) return false
    return super.emit(event, ...args)
  }

  // ---- inside --------------------------------------------------------------------------------

  /** The client of its queue, as Kue has it. */
  get client() {
    const { client, queue } = innerOf(this)
    return client === undefined ? queue?.client : client
  }

  set client(client) {
    innerOf(this).client = client
  }

  /** The queue it belongs to. */
  get _queue() {
    return innerOf(this).queue
  }

  set _queue(queue) {
    innerOf(this).queue = queue
  }

  /** Whether it was told more behind its `save`. */
  get _changed() {
    return innerOf(this).changed
  }

  /** Whether anybody ever wanted to hear of it. */
  get _listened() {
    const { listened, outcome } = innerOf(this)
    return listened || outcome !== null
  }

  /**
   * It is in the store.
   * @param {number} id
   * @param {number} createdAt
   */
  _entered(id, createdAt) {
    this._settled()
    const delay = Number(this._delay) || 0
    /** @type {any} */
    this.id = id
    this._state ||= delay > 0 ? 'delayed' : 'inactive'
    this.created_at = createdAt
    this.promote_at = createdAt + Math.trunc(delay)
  }

  /** Its save came to an end: what was asked of it meanwhile is done after the callback. */
  _settled() {
    const inner = innerOf(this)
    const { asked } = inner
    inner.saving = false
    if (asked.length === 0) return
    inner.asked = NONE
    queueMicrotask(() => {
      for (const again of asked) guard(again)
    })
  }

  /**
   * Whether the job is on its way into the store, so that a call has to wait for its id.
   * @param {() => void} again makes the call anew
   */
  _waits(again) {
    const inner = innerOf(this)
    if (inner.saving) inner.asked = [...inner.asked, again]
    return inner.saving
  }

  /**
   * Hand an error to the callback; without one, to the queue's `error` listeners.
   * @param {any} error
   * @param {Function} [fn]
   * @param {boolean} [later]
   */
  _fail(error, fn, later) {
    const tell = fn ? () => fn(error) : () => this._queue?._complain(error)
    if (later) nextTick(tell)
    else tell()
  }

  /**
   * @param {any} call
   * @param {Function | undefined} fn
   * @param {string} what the method, for errors
   */
  _ask(call, fn, what) {
    if (!this._stored(what, fn)) return
    this._queue._ask(call, (error) => {
      // As in Kue, that it is gone is no error to a job: two that clean up may meet, and what was to be
      // is true, or does not matter any more.
      if (error && error.code !== 'ERR_JOB_NOT_FOUND') this._fail(error, fn)
      else if (fn) fn(null)
    })
  }

  /**
   * @param {string} what
   * @param {Function} [fn]
   */
  _stored(what, fn) {
    if (testMode.isCollected(this)) {
      if (fn) nextTick(fn, null)
      return false
    }
    if (this.id && this._queue) return true
    if (fn) {
      this._fail(
        createError('ERR_INVALID_ARG', `job.${what} needs a job with an id: save it first`, {
          argument: 'job'
        }),
        fn,
        true
      )
    }
    return false
  }

  /** The outcome will not be heard of here. @param {Error | null} error */
  _abandon(error) {
    innerOf(this).outcome?.abandon(error)
  }

  /** Look whether the outcome is there already. @param {boolean} again whether that is asked again */
  _recheck(again) {
    innerOf(this).outcome?.look(again)
  }

  /** @param {string} reason */
  _abortWith(reason) {
    const inner = innerOf(this)
    inner.abort ??= new AbortController()
    inner.abort.abort(createError(reason === 'lease' ? 'ERR_LEASE_LOST' : 'ERR_ABORTED', reason))
  }

  // ---- the class -----------------------------------------------------------------------------

  static get = statics.get
  static log = statics.log
  static range = statics.range
  static rangeByState = statics.rangeByState
  static rangeByType = statics.rangeByType
  static remove = statics.remove
  static removeBadJob = statics.removeBadJob
  static search = statics.search

  /** The client of the queue that was made last, as Kue has it. */
  static get client() {
    return givenClient === undefined ? Job._queue?.client : givenClient
  }

  static set client(client) {
    givenClient = client
  }

  /** Kue's switch for the index of search: that of the queue made last. */
  static get disableSearch() {
    return !Job._queue?._indexes
  }

  static set disableSearch(disabled) {
    if (Job._queue) Job._queue._indexes = !disabled
  }
}

/** Whether jobs' events reach this process, unless a job says otherwise. */
Job.jobEvents = true
Job.priorities = priorities
/** The queue that `new Job` and the statics work with: the one made last. @type {any} */
Job._queue = null

/**
 * A Job from what the store holds.
 * @param {any} stored
 * @param {any} [queue]
 * @returns {[Error | null, Job]} with an error where data or results are no JSON
 */
function readJob(stored, queue) {
  const job = new Job(stored.type, undefined, queue)
  const error = encoding.restore(job, stored)
  return [error, job]
}

Job._read = readJob
statics.belongTo(Job)

module.exports = Job
