'use strict'

/**
 * Jobs on their way into the store in one transaction. Their ids follow each other, so one answer,
 * the first id and the time, is enough for all.
 */
class AddBatch {
  /** @param {((error: Error | null) => void) | null} [whole] called once, after all others */
  constructor(whole = null) {
    /** @type {any[]} */
    this.jobs = []
    /** @type {(Function | undefined)[]} the `save` callback of each */
    this._callbacks = []
    this._whole = whole
    /** Whether events of any of them are wanted here. */
    this.eventful = false
    /** The id of the first one, once it is known. */
    this.first = 0
    /** Whether any of them waits for its time, which the engine has to know. */
    this.delayed = false
    this._text = ''
    this._spec = ''
  }

  /**
   * @param {any} job
   * @param {string} spec what it is but for its data, as JSON
   * @param {string} data JSON
   * @param {Function} [callback]
   */
  push(job, spec, data, callback) {
    // Jobs saved together are mostly alike: what they share is written once.
    if (this._spec === spec) {
      this._text += ',' + data
    } else {
      this._text += `${this._spec && ']},'}{"spec":${spec},"data":[${data}`
      this._spec = spec
    }
    if (job._delay !== undefined) this.delayed = true
    this.jobs.push(job)
    this._callbacks.push(callback)
    if (job._jobEvents) this.eventful = true
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

module.exports = AddBatch
