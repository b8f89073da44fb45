'use strict'

const { createError } = require('../errors')
const encoding = require('./job-encoding')

const noop = () => {}

/** What became of a job, for who awaits its `finished()`. */
class Outcome {
  /** @param {any} job that has an id */
  constructor(job) {
    this._job = job
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
    if (event === 'complete') this._resolve(args[0])
    else if (event === 'failed') this._fail(String(args[0]))
    else if (event === 'remove') this.look()
  }

  /** It will not be heard of here. @param {Error | null} error */
  abandon(error) {
    this._reject(error)
  }

  /** Look whether it is there already. */
  look() {
    const job = this._job
    job._queue._ask({ get: [String(job.id)] }, (error, found) => {
      if (error) return this._reject(error)
      const stored = found[0]
      if (!stored) {
        return this._reject(createError('ERR_JOB_NOT_FOUND', `job "${job.id}" doesnt exist`))
      }
      // An event cannot tell a result that is null from none, so this does not either.
      if (stored.state === 'complete') return this._resolve(encoding.parse(stored.result) ?? null)
      if (stored.state === 'failed') this._fail(encoding.messageOf(stored.error))
    })
  }

  /** @param {string} message */
  _fail(message) {
    this._reject(createError('ERR_JOB_FAILED', message))
  }
}

module.exports = Outcome
