'use strict'

const { clearTimeout, setTimeout } = require('node:timers')
const { createError } = require('../errors')
const encoding = require('./job-encoding')

const noop = () => {}

/** ms that the events of a job which is gone may take to come: what it left is in them alone. */
const EVENTS_WAIT_MS = 500

/** What became of a job, for who awaits its `finished()`. */
class Outcome {
  /** @param {any} job that has an id */
  constructor(job) {
    this._job = job
    /** Whether it is known. */
    this.known = false
    this._looking = false
    /** Whether it was told that the job was removed: nothing else will be. */
    this._removed = false
    /** @type {NodeJS.Timeout | null} */
    this._timer = null
    /** @type {Promise<any>} */
    this.promise = new Promise((resolve, reject) => {
      this._resolve = resolve
      this._reject = reject
    })
    // Those who asked hear of a failure; nobody else must.
    this.promise.catch(noop)
  }

  /**
   * The job emits this.
   * @param {any} event
   * @param {any[]} args
   */
  hear(event, args) {
    if (event === 'complete') this._settle(null, args[0])
    else if (event === 'failed') this._fail(String(args[0]))
    else if (event === 'remove') {
      this._removed = true
      this.look()
    }
  }

  /** It will not be heard of here. @param {Error | null} error */
  abandon(error) {
    this._close()
    this._reject(error)
  }

  /**
   * Look whether it is there already.
   * @param {boolean} [again] whether this is done at intervals: a store that is away now may be there
   *   the next time, and more than one look at a time says no more
   */
  look(again = false) {
    if (this.known || (again && this._looking)) return
    this._looking = true
    const { id, _queue: queue } = this._job
    queue._ask({ get: [String(id)] }, (error, found) => {
      this._looking = false
      if (this.known || (again && error?.code === 'ERR_STORE_UNAVAILABLE')) return
      if (error || found[0] || this._removed) this._judge(error, found?.[0])
      // It may have completed, and been removed for that, while this was asked.
      else this._timer ??= setTimeout(() => this._judge(null, null), EVENTS_WAIT_MS)
    })
  }

  /**
   * What was found. Its last event will not come then, or comes to nobody.
   * @param {Error | null} error
   * @param {any} stored
   */
  _judge(error, stored) {
    this._read(error, stored)
    if (this.known) this._job._letGo()
  }

  /**
   * @param {Error | null} error
   * @param {any} stored
   */
  _read(error, stored) {
    if (error) return this._settle(error)
    if (!stored) {
      const { id } = this._job
      return this._settle(createError('ERR_JOB_NOT_FOUND', `job "${id}" doesnt exist`))
    }
    // An event cannot tell a result that is null from none, so this does not either.
    if (stored.state === 'complete') this._settle(null, encoding.parse(stored.result) ?? null)
    else if (stored.state === 'failed') this._fail(encoding.messageOf(stored.error))
  }

  /** @param {string} message */
  _fail(message) {
    this._settle(createError('ERR_JOB_FAILED', message))
  }

  /**
   * @param {Error | null} error
   * @param {any} [result]
   */
  _settle(error, result) {
    this._close()
    if (error) this._reject(error)
    else this._resolve(result)
  }

  _close() {
    this.known = true
    if (this._timer) clearTimeout(this._timer)
  }
}

module.exports = Outcome
