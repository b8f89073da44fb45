'use strict'

const { EventEmitter } = require('node:events')
const { createError } = require('../errors')
const backoffs = require('./backoff')
const encoding = require('./job-encoding')
const Job = require('./job')
const testMode = require('./test-mode')

/** A timer that is set for longer goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Of so many jobs in a row, each begins once the listeners here have heard what became of the one before.
 * That takes a way to the store and back, which a slot that is busy for longer does not wait for. */
const MOST_IN_TURN = 100
/** ms without a job that end a row. */
const PAUSE_MS = 50

/** What a job fails with that was still running when its shutdown's time was over (Kue's word). */
const SHUTDOWN = 'Shutdown'

/**
 * One slot of a processor: takes one job at a time from the lane of its type, as Kue's Worker. It
 * calls the processor and tells the outcome.
 */
class Worker extends EventEmitter {
  /**
   * @param {any} queue
   * @param {string} type
   * @param {number} slot its number, unique in the queue
   * @param {Function} fn the processor
   */
  constructor(queue, type, slot, fn) {
    super()
    this.queue = queue
    this.type = type
    this.slot = slot
    this.id = `${queue.id}:${type}:${slot}`
    this.running = true
    /** @type {any} the job in hand, or null */
    this.job = null
    /** Its id: a processor may change what the job says. @type {any} */
    this._jobId = undefined
    this._fn = fn
    this._returns = returns(fn)
    /** @type {any} */
    this._context = null
    this._lane = queue._lane(type)
    this._startedAt = 0
    /** @type {any} the terms of the job in hand as they were read */
    this._attempts = 1
    this._delay = undefined
    this._backoff = undefined
    this._removes = undefined
    /** The same on a finer clock, which has nothing to do with the day's. */
    this._began = 0
    /** When the slot was free again. */
    this._ended = 0
    /** Jobs one after the other, without a pause. */
    this._inRow = 0
    this._fence = 0
    /** @type {(() => void)[]} who waits until nothing is in hand */
    this._waiting = []
  }

  /**
   * Process a job.
   * @param {any} stored
   * @param {number} fence
   */
  process(stored, fence) {
    const [error, job] = Job._read(stored, this.queue)
    job._state = 'active'
    this.job = job
    this._jobId = job.id
    this._attempts = job._max_attempts
    this._delay = job._delay
    this._backoff = job._backoff
    this._removes = job._removeOnComplete
    this._fence = fence
    this._startedAt = Date.now()
    // What was read is from before the claim.
    job.started_at = this._startedAt
    job.workerId = this.id
    this._began = performance.now()
    this._inRow = this._began - this._ended < PAUSE_MS ? this._inRow + 1 : 0
    const done = (err, result) => this._done(fence, err, result)
    if (error) return done(error)
    if (this.queue._tracker.hears(job.id, 'start')) this.queue._wire.started(job.id)
    if (this._isHeard()) this.emit('job start', job)
    try {
      const fn = this._fn
      if (fn.length === 2) this._follow(fence, fn(job, done))
      else this._follow(fence, fn(job, (this._context ??= this._makeContext()), done))
    } catch (thrown) {
      this._failed(fence, thrown)
    }
  }

  /**
   * What a processor returned.
   * @param {number} fence
   * @param {any} returned
   */
  _follow(fence, returned) {
    if (returned !== null && returned !== undefined && typeof returned.then === 'function') {
      const settles = this._fn.length < 2
      returned.then(settles ? (result) => this._done(fence, null, result) : undefined, (error) =>
        this._failed(fence, error)
      )
    } else if (this._returns && !(returned === undefined && testMode.isOn())) {
      // In test mode it is not done, as in Kue: there are tests whose processor says with mocha's `done`
      // that it was called, once, though more jobs wait.
      this._done(fence, null, returned)
    }
  }

  /**
   * The first outcome of a claim counts; later ones, and those of claims that were taken away, do
   * not.
   * @param {number} fence
   * @param {any} err
   * @param {any} result
   */
  _done(fence, err, result) {
    if (err) return this._failed(fence, err)
    const { job, _jobId: id } = this
    if (!job || this._fence !== fence) return
    this._release()
    job.duration = Date.now() - this._startedAt
    job._state = 'complete'
    const inTurn = this._keepsTurn('complete', id)
    const terms = this._ownTerms(job)
    if (result === undefined && terms === '' && Number.isSafeInteger(id) && id >= 0) {
      this.queue._wire.completed(this.type, id, fence, this._ranFor(id, inTurn))
    } else {
      let told = ''
      if (result !== undefined) {
        job.result = result
        told = `,"result":${resultText(result)}`
      }
      const claim = this._claim(id, fence, inTurn) + terms
      this.queue._send(`{"done":{"claim":${claim}${told}}}`)
    }
    if (this._isHeard()) this.emit('job complete', job)
    this._free(inTurn ? 'complete' : '', id)
  }

  /**
   * @param {number} fence
   * @param {any} err
   */
  _failed(fence, err) {
    const { job, _jobId: id } = this
    if (!job || this._fence !== fence) return
    this._release()
    const failure = encoding.failure(err)
    job._error = failure.error
    const isLast = isLastAttempt(job)
    const delay = isLast ? null : this._ownDelay(job, (job._attempts || 0) + 1)
    const event = isLast ? 'failed' : 'failed attempt'
    const inTurn = this._keepsTurn(event, id)
    const claim = this._claim(id, fence, inTurn) + this._ownTerms(job)
    this.queue._send(
      `{"fail":{"claim":${claim},"failure":${failureText(failure)},"delay":${delay}}}`
    )
    this.emit(`job ${event}`, job)
    this._free(inTurn ? event : '', id)
  }

  /**
   * What the processor changed of its job's terms, which counts for this outcome, as in Kue.
   * @param {any} job
   * @returns {string} a member of the op, or nothing
   */
  _ownTerms(job) {
    const attempts = !Object.is(job._max_attempts, this._attempts)
    const delay = job._delay !== this._delay
    const backoff = job._backoff !== this._backoff
    const removes = job._removeOnComplete !== this._removes
    if (!attempts && !delay && !backoff && !removes) return ''
    /** @type {any} */
    const terms = {}
    const read = (name, work) => {
      try {
        terms[name] = work()
      } catch (error) {
        this.queue._complain(error)
      }
    }
    if (attempts) read('attempts', () => encoding.attempts(job) ?? 1)
    if (delay) read('delay', () => encoding.delay(job))
    if (backoff) read('backoff', () => encoding.backoffText(job._backoff) ?? '')
    if (removes) terms.removes = !!job._removeOnComplete
    try {
      // A backoff that it was given goes with it to its next attempt.
      if (terms.backoff !== undefined) job.set('backoff', terms.backoff)
      return `,"terms":${encoding.write(terms)}`
    } catch (error) {
      this.queue._complain(error)
      return ''
    }
  }

  /**
   * The pause before a retry, where the job has a backoff function.
   * @param {any} job
   * @param {number} attempt
   * @returns {number | null} ms; null leaves it to the engine
   */
  _ownDelay(job, attempt) {
    if (typeof job._backoff === 'function') {
      try {
        const ms = Number(job._backoff.call(job, attempt, job._delay))
        return Number.isFinite(ms) && ms >= 1 ? Math.min(ms, Number.MAX_SAFE_INTEGER) : null
      } catch (error) {
        this.queue._complain(error)
        return null
      }
    }
    if (job._storedBackoff && backoffs.fromStored(job._storedBackoff).unknown) {
      this.queue._complain(
        createError(
          'ERR_UNKNOWN_BACKOFF',
          `job "${job.id}" has a backoff function that this process did not register: its delay ` +
            'is used instead. Register the function with queue.backoff(name, fn)',
          { id: job.id }
        )
      )
    }
    return null
  }

  /**
   * The job in hand was taken away.
   * @param {string} id
   * @param {number} fence
   * @param {string} reason 'ttl' or 'lease'
   * @returns {boolean} whether it was in hand here
   */
  taken(id, fence, reason) {
    const { job } = this
    if (!job || this._fence !== fence || String(this._jobId) !== id) return false
    this._release()
    job._abortWith(reason)
    this.emit(reason === 'ttl' ? 'job failed' : 'job lost', job)
    this.emit('idle')
    const event = isLastAttempt(job) ? 'failed' : 'failed attempt'
    if (reason !== 'ttl' || !this._keepsTurn(event, id)) this._next()
    else this.queue._tracker.afterOrNow(id, event, () => this._next())
    this._tellWaiting()
    return true
  }

  /** What a processor of three arguments gets second. */
  _makeContext() {
    return {
      pause: (timeout, fn) => {
        if (typeof timeout === 'function') [timeout, fn] = [5000, timeout]
        this.queue.shutdown(Number(timeout ?? 5000), this.type, fn || (() => {}))
      },
      resume: () => this.queue._resume(this.type),
      shutdown: (timeout, fn) => this.shutdown(timeout, fn)
    }
  }

  /** Take jobs again. */
  resume() {
    if (this.running) return false
    this.running = true
    this.queue._send(work(this.type, [this.slot]))
    if (this.job) this._dropIfMoved()
    else this._lane.wait(this)
    return true
  }

  /**
   * A processor may have put its job back by hand and returned without a word, as programs for Kue do
   * that pause until something else has come: then no outcome is to be waited for.
   */
  _dropIfMoved() {
    const { job, _jobId: id } = this
    const fence = this._fence
    this.queue._ask({ get: [String(id)] }, (error, found) => {
      if (error || this.job !== job || this._fence !== fence) return
      const stored = found[0]
      // One that is gone may still be worked on.
      if (!stored || (stored.state === 'active' && this._isOurs(stored))) return
      this.queue._send(`{"forget":${this._claim(id, fence)}}`)
      this._release()
      job._abortWith('lease')
      this._free()
    })
  }

  /**
   * Whether a job is with this process. It may name another slot: the engine claims for all of a type.
   * @param {any} stored
   */
  _isOurs(stored) {
    return String(stored.workerId).startsWith(`${this.queue.id}:${this.type}:`)
  }

  /**
   * Take no more jobs, and wait for the one in hand; after the time-out it fails.
   * @param {any} [timeout] ms
   * @param {any} [fn]
   */
  shutdown(timeout, fn) {
    if (typeof timeout === 'function') [fn, timeout] = [timeout, null]
    const finished = fn || (() => {})
    if (this.running) {
      this.running = false
      this._lane.leave(this)
      this.queue._send(rest(this.type, [this.slot]))
    }
    if (!this.job) return void finished()
    let timer
    this._waiting.push(() => {
      clearTimeout(timer)
      finished()
    })
    if (Number(timeout) > 0) {
      const fence = this._fence
      timer = setTimeout(
        () => {
          const job = this.job
          if (!job || this._fence !== fence) return
          this._failed(fence, { error: true, message: SHUTDOWN })
          job._abortWith(SHUTDOWN)
        },
        Math.min(Number(timeout), LONGEST_TIMER_MS)
      )
    }
  }

  /** Nothing is in hand any more. */
  _release() {
    this.job = null
    this._fence = 0
    this._ended = performance.now()
  }

  /**
   * Whether its next job is to begin once an event of this one was told.
   * @param {string} event
   * @param {any} id
   */
  _keepsTurn(event, id) {
    return this._inRow < MOST_IN_TURN && this.queue._tracker.hears(id, event)
  }

  /**
   * Take the next job.
   * @param {string} [event] of the job that was in hand, which is to be told before
   * @param {any} [id] of that job
   */
  _free(event, id) {
    if (this._isHeard()) this.emit('idle')
    if (event) this.queue._tracker.after(id, event, () => this._next())
    // It may have been resumed meanwhile, and have another one.
    else if (this.running && !this.job) this._lane.wait(this)
    if (this._waiting.length > 0) this._tellWaiting()
  }

  /** Whether anybody listens to this slot: hardly ever, and to tell nobody takes as long as all else here. */
  _isHeard() {
    return /** @type {any} */ (this)._eventsCount > 0
  }

  /** Who waits until nothing is in hand. */
  _tellWaiting() {
    const waiting = this._waiting
    this._waiting = []
    for (const fn of waiting) fn()
  }

  /** Its turn has come. */
  _next() {
    this._ended = performance.now()
    if (this.running && !this.job) this._lane.wait(this)
  }

  /**
   * How long its last job was with the processor, in us; null where nothing is to be claimed ahead: its
   * slot takes no other job before this outcome was told here, or starts are listened to, and one that is
   * claimed is told as started.
   * @param {any} id
   * @param {boolean} inTurn
   */
  _ranFor(id, inTurn) {
    if (inTurn || this.queue._tracker.hears(id, 'start')) return null
    return Math.round((this._ended - this._began) * 1000)
  }

  /**
   * @param {any} id
   * @param {number} fence
   * @param {boolean} [inTurn] whether its slot takes no other job before this outcome was told here
   */
  _claim(id, fence, inTurn = false) {
    const ran = this._ranFor(id, inTurn)
    return `{"type":${this.queue._typeJson(this.type)},"id":${typeof id === 'number' ? `"${id}"` : encoding.quote(String(id))},"fence":${fence},"ran":${ran}}`
  }
}

/**
 * A result as its op tells it: JSON, once more as a text. What cannot be told has a note in its place,
 * for an outcome that is not told at all would keep its slot for ever.
 * @param {any} result
 */
function resultText(result) {
  try {
    return encoding.writeJson(encoding.stringify(result, 'result'))
  } catch (/** @type {any} */ error) {
    // The shorter words where the result itself is too long for them.
    const words = () => `Invalid JSON Result: "${safely(result)}"`
    return noteText(words) ?? noteText(() => `the result could not be stored: ${error.message}`)
  }
}

/** @param {() => string} words */
function noteText(words) {
  try {
    return encoding.writeJson(JSON.stringify({ error: true, message: words() }))
  } catch {
    return undefined
  }
}

/** Characters that are kept of a failure's texts where they are too long, as in src/queue/store/batch.rs. */
const KEPT = 1000

/** @param {{ error: string, summary: string, message: string }} failure */
function failureText(failure) {
  try {
    return encoding.write(failure)
  } catch {
    return encoding.write({
      error: `${failure.error.slice(0, KEPT)} … (the rest could not be stored)`,
      summary: failure.summary.slice(0, KEPT),
      message: failure.message.slice(0, KEPT)
    })
  }
}

/**
 * Whether a processor tells by what it returns, if that is no promise. Parameters from one with a default
 * on, and those behind `...`, are not in a function's `length`: it may well take `done` there.
 * @param {Function} fn
 */
function returns(fn) {
  if (fn.length >= 2) return false
  const text = Function.prototype.toString.call(fn).replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, '')
  // One name, and nothing around it.
  if (/^(async\s+)?[\w$]+\s*=>/.test(text)) return true
  let depth = 0
  for (let at = text.indexOf('('); at >= 0 && at < text.length; at++) {
    const sign = text[at]
    if ('([{'.includes(sign)) depth++
    else if (')]}'.includes(sign) && --depth === 0) return true
    else if (depth === 1 && /^(,\s*[^\s)]|\.\.\.)/.test(text.slice(at, at + 64))) return false
  }
  return true
}

/** @param {any} job whose attempt ends */
const isLastAttempt = (job) => (job._attempts || 0) + 1 >= (job._max_attempts || 1)

/** @param {string} type @param {number[]} slots */
function work(type, slots) {
  return `{"work":{"type":${encoding.quote(type)},"slots":${JSON.stringify(slots)}}}`
}

/** @param {string} type @param {number[]} slots */
function rest(type, slots) {
  return `{"rest":{"type":${encoding.quote(type)},"slots":${JSON.stringify(slots)}}}`
}

/** @param {any} value */
function safely(value) {
  try {
    return String(value)
  } catch {
    return typeof value
  }
}

module.exports = { Worker, work, rest }
