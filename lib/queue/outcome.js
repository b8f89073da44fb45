'use strict'

const { createError } = require('../errors')
const encoding = require('./job-encoding')

const noop = () => {}

/** What became of a job, for who awaits its `finished()`. */
class Outcome {
  /** @param {any} job that has an id */
  constructor(job) {
    this._job = job
    /** Whether it is known. */
    this.known = false
    this._looking = false
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
    else if (event === 'remove') this.look()
  }

  /** It will not be heard of here. @param {Error | null} error */
  abandon(error) {
    this.known = true
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
    const job = this._job
    job._queue._ask({ get: [String(job.id)] }, (error, found) => {
      this._looking = false
      if (this.known || (again && error?.code === 'ERR_STORE_UNAVAILABLE')) return
      this._judge(error, found?.[0])
      // Its last event will not come, or comes to nobody.
      if (this.known) job._letGo()
    })
  }

  /**
   * @param {Error | null} error
   * @param {any} stored
   */
  _judge(error, stored) {
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
    this.known = true
    if (error) this._reject(error)
    else this._resolve(result)
  }
}

module.exports = Outcome
