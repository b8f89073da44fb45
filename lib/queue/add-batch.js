'use strict'

const { createError } = require('../errors')
const encoding = require('./job-encoding')
const sizes = require('./sizes')

/**
 * Jobs on their way into the store in one transaction. Their ids follow each other, so one answer,
 * the first id and the time, is enough for all.
 */
class AddBatch {
  /** @param {((error: Error | null) => void) | null} [whole] called once, after all others */
  constructor(whole = null) {
    /** @type {any[]} */
    this.jobs = []
    /** @type {string[]} what each is but for its data, as JSON */
    this._specs = []
    /** @type {string[]} the data of each, as JSON */
    this._data = []
    /** @type {(Function | undefined)[]} the `save` callback of each */
    this._callbacks = []
    this._whole = whole
    /** How long their text will be at the most. */
    this.size = 0
    /** Whether events of any of them are wanted here. */
    this.eventful = false
    /** The id of the first one, once it is known. */
    this.first = 0
    /** Whether any of them waits for its time, which the engine has to know. */
    this.delayed = false
    this._text = ''
  }

  /**
   * @param {any} job
   * @param {string} spec what it is but for its data, as JSON
   * @param {string} data JSON
   * @param {Function} [callback]
   */
  push(job, spec, data, callback) {
    this.size += spec.length + data.length
    this.jobs.push(job)
    this._specs.push(spec)
    this._data.push(data)
    this._callbacks.push(callback)
  }

  /**
   * They leave: what was said of one until now counts.
   * @returns {Error | null} where they are too large to leave together
   */
  seal() {
    let before = ''
    for (let i = 0; i < this.jobs.length; i++) {
      const job = this.jobs[i]
      const spec = job._changed ? specNow(job, this._specs[i]) : this._specs[i]
      if (this._text.length + spec.length + this._data[i].length > sizes.longest)
        return this._refuse()
      // Jobs saved together are mostly alike: what they share is written once.
      if (spec === before) {
        this._text += ',' + this._data[i]
      } else {
        this._text += `${before && ']},'}{"spec":${spec},"data":[${this._data[i]}`
        before = spec
      }
      if (job._delay !== undefined) this.delayed = true
      if (job._jobEvents) this.eventful = true
    }
    this._specs = this._data = []
    return null
  }

  _refuse() {
    this._specs = this._data = []
    this._text = ''
    return createError(
      'ERR_JOB_DATA',
      `the data of ${this.jobs.length} jobs is longer than ${sizes.longest} characters, too long for ` +
        'one call: add them in several'
    )
  }

  /** The jobs as JSON. */
  get alike() {
    return `[${this._text}]}]`
  }

  /**
   * @param {number} req
   * @param {import('./direct-line').Sent} [sent] on the direct line, which told no answer
   * @returns {string} `Op::Add` of src/queue/protocol.rs
   */
  op(req, sent) {
    const before = sent ? `,"sent":${JSON.stringify(sent)}` : ''
    return `{"add":{"req":${req},"eventful":${this.eventful}${before},"alike":${this.alike}}}`
  }

  /**
   * Tell the jobs and their callbacks what came of it.
   * @param {Error | null} error
   * @param {[number, number]} [answer] the first id, and when they were stored
   * @param {(error: unknown) => void} [caught] hears what callbacks throw
   */
  settle(error, answer, caught) {
    if (answer) this.first = answer[0]
    for (let i = 0; i < this.jobs.length; i++) {
      const job = this.jobs[i]
      const callback = this._callbacks[i]
      try {
        if (answer) {
          job._entered(answer[0] + i, answer[1])
          if (callback) callback(null)
        } else if (!this._whole) {
          job._settled()
          job._fail(error, callback)
        }
      } catch (thrown) {
        caught?.(thrown)
      }
    }
    this._callbacks = []
    if (this._whole) this._whole(error)
  }
}

/**
 * What a job is after something was changed right behind its `save`, as Kue, which writes it later,
 * would see it.
 * @param {any} job
 * @param {string} before
 */
function specNow(job, before) {
  try {
    return encoding.spec(job)
  } catch (error) {
    job._queue?._complain(error)
    return before
  }
}

module.exports = AddBatch
