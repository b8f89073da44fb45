'use strict'

// Not the globals: tests replace those, and the queue is to go on.
const { setImmediate, setTimeout } = require('node:timers')
const { NativeQueue } = require('../native')
const { createError, fromNative } = require('../errors')
const AddBatch = require('./add-batch')
const DirectLine = require('./direct-line')
const EventsHeld = require('./events-held')
const { guard, rethrow } = require('./guard')
const InPlace = require('./in-place')
const JobsHeld = require('./jobs-held')
const { quote, tooLong, write } = require('./job-encoding')
const sizes = require('./sizes')
const { nextTick, queueMicrotask } = require('./untouched')

/**
 * The line between a queue and its engine in Rust: ops of a tick leave as one batch, messages
 * come back as one batch. The shapes are those of src/queue/protocol.rs.
 */

/** The kinds of messages, as in `Reply` of src/queue/protocol.rs. */
const VALUE = 0
const ERROR = 1
const JOBS = 2
const EVENT = 3
const TAKEN = 4
const LISTENING = 5
const TROUBLE = 6
const BROKEN = 7
const WARNING = 8
/** Asks nothing but that it is taken. */
const PROBE = 9
/** The last one of what came: there is more, which is to be asked for. */
const MORE = 10

/** Adds in one transaction. While the store writes one, the next is made ready and the answers of
 * the one before are handled; a larger one would let all three wait for each other. */
const ADDS_IN_ONE = 100

/** ms that ops wait which nobody waits for, and how many of them: the engine's thread would wake up
 * for each. */
const ASIDES_WAIT = 20
const MOST_ASIDES = 100

const CLOSED = 'the queue is closed: make a new one with createQueue()'

/**
 * @typedef {(error: Error | null, value?: any) => void} Callback
 * @typedef {object} Handlers what to do with messages that nobody asked for
 * @property {(type: string, offers: any[]) => void} jobs offer, fence, job, …
 * @property {(batch: AddBatch) => void} added jobs that were just stored, and whose events count
 * @property {(message: { id: any, event: string, args: any[] }) => void} event
 * @property {(message: { id: any, event: string, args: any[] }) => boolean} startsHere whether an event
 *   is that of a start which may be one of this process, and is heard
 * @property {(type: string, id: string, fence: number, reason: string) => void} taken
 * @property {(flow: boolean, ids?: number[]) => void} listening events may have been missed, of
 *   these jobs or of all; `flow`: they flow now
 * @property {(error: Error) => void} trouble
 * @property {(code: string, message: string) => void} warning
 */

class Wire {
  /**
   * @param {{ store: string, commandTimeout: number }} options as checked by options.js
   * @param {Handlers} handlers
   */
  constructor(options, handlers) {
    this._handlers = handlers
    /** ms until a call is given up. */
    this.patience = options.commandTimeout
    /** @type {string[]} ops of this tick, as JSON */
    this._ops = []
    /** Jobs that are done with nothing more to be told, all of one type: they leave as one op, in their
     * place among the others. @type {(number | null)[]} id, fence, us, … */
    this._completed = []
    this._completedType = ''
    /** @type {string[]} ops that no other one waits for, nor they for others */
    this._asides = []
    /** Whether they are to leave with the next flush. */
    this._asidesDue = false
    /** @type {NodeJS.Timeout | null} for those that may wait */
    this._asidesTimer = null
    this._flushAsides = () => {
      this._asidesTimer = null
      this._asidesDue = true
      this.flush()
    }
    /** @type {AddBatch | null} jobs to add, of this tick */
    this._adds = null
    /** @type {{ batch: AddBatch, req: number } | null} the last op, where nothing else is under way
     * and there is a shorter way for it */
    this._few = null
    /** Jobs that may be of an add whose answer is not here yet. */
    this._jobsHeld = new JobsHeld((type, offers) => handlers.jobs(type, offers))
    /** Whether the queue listens to all jobs: then it hears of those, too, whose own events are off. */
    this.listens = false
    /** Whether the engine has seen to it that events flow, as it does with the first such job. */
    this._flowing = false
    this._soon = false
    this._later = false
    this._lastRequest = 0
    /** @type {Map<number, Callback>} */
    this._requests = new Map()
    /** @type {Error | null} why nothing can be sent any more */
    this.broken = null
    this._eventsHeld = new EventsHeld((message) => handlers.event(message), handlers.startsHere)
    /** @type {string[]} messages that came before their turn */
    this._unread = []
    this._readUnread = () => {
      const unread = this._unread
      this._unread = []
      for (const text of unread) this._read(text)
    }
    // What has come so far has its turn first, and whatever else the event loop has to do.
    this._goOn = () => {
      if (!this.broken) this._native.goOn()
    }
    this._flushLater = () => {
      this._later = false
      this.flush()
    }
    this._flushSoon = () => {
      this._soon = false
      this.flush()
    }
    try {
      this._native = NativeQueue.open(JSON.stringify(options), (text) => this._hear(text))
    } catch (error) {
      throw fromNative(error)
    }
    this._direct = options.store.startsWith('sqlite:')
      ? new InPlace(this._native)
      : new DirectLine(
          this._native,
          options.commandTimeout,
          (opened) => this.ask('direct', opened),
          (numbers) => this.send(`{"spent":${JSON.stringify(numbers)}}`)
        )
  }

  /**
   * Send an op with this tick's batch. It leaves after the promises that are settled now have
   * run, so that what async processors return goes in one batch.
   * @param {string} op JSON
   */
  send(op) {
    if (this.broken) return
    this._gatherCompleted()
    this._ops.push(op)
    this._flushInTime()
  }

  /**
   * Tell that a job is done, as `send`. Most are told of in this way, so it makes no text of each.
   * @param {string} type
   * @param {number} id
   * @param {number} fence
   * @param {number | null} ran us that it was with its processor, or as in `Claim`
   */
  completed(type, id, fence, ran) {
    if (this.broken) return
    if (type !== this._completedType) {
      this._gatherCompleted()
      this._completedType = type
    }
    this._completed.push(id, fence, ran)
    this._flushInTime()
  }

  /**
   * As `send`, for what may leave before others and after them.
   * @param {string} op JSON
   * @param {boolean} awaited whether anybody here waits for what comes of it
   */
  mention(op, awaited) {
    if (this.broken) return
    if (this._asides.push(op) >= MOST_ASIDES || awaited) {
      this._asidesDue = true
      this._flushInTime()
    } else {
      this._asidesTimer ??= setTimeout(this._flushAsides, ASIDES_WAIT).unref()
    }
  }

  /**
   * Ask something; the answer goes to the callback.
   * @param {unknown} call a `Call` of src/queue/protocol.rs
   * @param {Callback} callback
   */
  ask(call, callback) {
    if (this.broken) return void nextTick(callback, this.broken)
    let text
    try {
      text = write(call)
    } catch (/** @type {any} */ error) {
      return void nextTick(callback, error)
    }
    const req = this._request(callback)
    this._gatherCompleted()
    this._ops.push(`{"call":{"req":${req},"call":${text}}}`)
    this._hurry()
  }

  /**
   * Add a job; those of one tick leave together.
   * @param {any} job
   * @param {string} spec
   * @param {string} data
   * @param {Function} [callback]
   */
  add(job, spec, data, callback) {
    if (this.broken) {
      job._settled()
      return job._fail(this.broken, callback, true)
    }
    const size = spec.length + data.length
    if (size > sizes.longest) {
      job._settled()
      return job._fail(tooLong('a job'), callback, true)
    }
    // Not as soon as it is full: what is chained to the save of the last one counts too.
    const before = this._adds
    if (before && (before.jobs.length === ADDS_IN_ONE || before.size + size > sizes.together)) {
      this.flush()
    }
    const batch = (this._adds ??= new AddBatch())
    batch.push(job, spec, data, callback)
    this._hurry()
  }

  /**
   * Add jobs, all or none.
   * @param {AddBatch} batch
   */
  addAll(batch) {
    if (this.broken) return void nextTick(() => batch.settle(this.broken))
    this._gatherAdds()
    this._sendAdds(batch)
    this._hurry()
  }

  /** Jobs are to be claimed here. */
  claims() {
    this._jobsHeld.watch()
  }

  /** A job starts here, and somebody hears of it. @param {any} id */
  started(id) {
    this._eventsHeld.started(id)
  }

  /**
   * Take a job that was offered; false where it was called back.
   * @param {number} offer
   * @returns {boolean}
   */
  take(offer) {
    return this._native.take(offer)
  }

  /** Say that all is over: what waits for an answer gets an error. */
  shut() {
    this._break(createError('ERR_STORE_UNAVAILABLE', CLOSED))
    this._native.shut()
  }

  /** @param {Callback} callback */
  _request(callback) {
    this._lastRequest = (this._lastRequest + 1) >>> 0
    this._requests.set(this._lastRequest, callback)
    return this._lastRequest
  }

  _flushInTime() {
    if (this._later || this._soon) return
    this._later = true
    setImmediate(this._flushLater)
  }

  _hurry() {
    if (this._soon) return
    this._soon = true
    queueMicrotask(this._flushSoon)
  }

  _gatherCompleted() {
    if (this._completed.length === 0) return
    const type = quote(this._completedType)
    this._ops.push(`{"completed":{"type":${type},"claims":${JSON.stringify(this._completed)}}}`)
    this._completed = []
  }

  _gatherAdds() {
    const adds = this._adds
    this._adds = null
    if (adds) this._sendAdds(adds)
  }

  /** @param {AddBatch} batch */
  _sendAdds(batch) {
    const wrong = batch.seal()
    if (wrong) return void nextTick(() => batch.settle(wrong, undefined, rethrow))
    if (this.listens) batch.eventful = true
    const known = this._jobsHeld.added()
    const req = this._request((error, answer) => {
      batch.settle(error, answer, rethrow)
      if (!error && batch.eventful) {
        this._flowing = true
        this._handlers.added(batch)
      }
      this._jobsHeld.answered(known, answer ? answer[0] + batch.jobs.length - 1 : 0)
    })
    const few = batch.jobs.length <= this._direct.most && !batch.delayed
    this._gatherCompleted()
    if (this._requests.size > 1) this._direct.crowd()
    else if (few && this._ops.length === 0) this._few = { batch, req }
    this._ops.push(batch.op(req))
  }

  /**
   * Add jobs by the short way, where nothing is under way that they could overtake.
   * @param {number} ops how many are about to leave
   * @returns {boolean}
   */
  _sendDirectly(ops) {
    const few = this._few
    this._few = null
    if (!few || ops > 1) return false
    const { batch, req } = few
    if (batch.eventful && !this._flowing) return false
    return this._direct.add(batch.alike, batch.eventful, (answer, sent) => {
      if (answer) {
        this._settle(req, null, answer)
      } else if (!this.broken) {
        this._ops.unshift(batch.op(req, sent))
      }
      this.flush()
    })
  }

  /** Send now what was given so far. */
  flush() {
    this._gatherCompleted()
    this._gatherAdds()
    if (this.broken) return
    const ops = this._ops
    if (ops.length > 0) {
      if (this._direct.busy) {
        this._direct.hurry()
      } else {
        this._ops = []
        if (!this._sendDirectly(ops.length)) return this._submit(ops)
      }
    }
    if (this._asidesDue) this._submit([])
  }

  /** @param {string[]} ops */
  _submit(ops) {
    const aside = ops.length === 0
    // The engine wakes up anyway, and what was said before counts for them.
    const all = this._asides.length === 0 ? ops : this._asides.concat(ops)
    this._asides = []
    this._asidesDue = false
    if (all.length === 0) return
    for (let from = 0; from < all.length;) {
      let size = 0
      let to = from
      // One that is large leaves by itself.
      do {
        size += all[to++].length
      } while (to < all.length && size + all[to].length <= sizes.together)
      const part = to - from === all.length ? all : all.slice(from, to)
      const text = part.length === 1 ? part[0] : part.join(',')
      if (!this._native.submit(`[${text}]`, aside)) return this._noticeClosed()
      from = to
    }
  }

  _noticeClosed() {
    // Not at once: a save that is under way here is not to hear of it before it has returned.
    nextTick(() => this._break(createError('ERR_STORE_UNAVAILABLE', CLOSED)))
  }

  /** @param {string} text messages, or nothing */
  _hear(text) {
    if (text === '') return
    // Who added a job is told before anything that came of it, and what awaits that has its turn.
    if (this._unread.length === 0 && !this._direct.tell()) return this._read(text)
    if (this._unread.push(text) === 1) setImmediate(this._readUnread)
  }

  /** @param {string} text messages */
  _read(text) {
    let answered = false
    for (const message of JSON.parse(text)) {
      if (message[0] === EVENT) {
        this._eventsHeld.hear(message[1], answered)
        continue
      }
      answered ||= message[0] === VALUE
      guard(() => this._receive(message))
    }
  }

  /** @param {any[]} message */
  _receive(message) {
    const handlers = this._handlers
    switch (message[0]) {
      case VALUE:
        return this._settle(message[1], null, message[2])
      case ERROR:
        return this._settle(
          message[1],
          createError(message[2], message[3], message[4] || undefined)
        )
      case JOBS:
        return this._jobsHeld.take(message[1], message[2])
      case TAKEN:
        return handlers.taken(message[1], message[2], message[3], message[4])
      case LISTENING:
        return handlers.listening(message[1] !== 1, message[2])
      case TROUBLE:
        return handlers.trouble(createError(message[1], message[2]))
      case WARNING:
        return handlers.warning(message[1], message[2])
      case PROBE:
        return
      case MORE:
        return void setImmediate(this._goOn)
      case BROKEN:
        this._break(createError(message[1], message[2]))
        return handlers.trouble(createError(message[1], message[2]))
    }
  }

  /**
   * @param {number} req
   * @param {Error | null} error
   * @param {any} [value]
   */
  _settle(req, error, value) {
    const callback = this._requests.get(req)
    if (!callback) return
    this._requests.delete(req)
    guard(callback, error, value)
  }

  /** @param {Error} error */
  _break(error) {
    if (this.broken) return
    this._gatherAdds()
    this.broken = error
    this._ops = []
    this._completed = []
    this._asides = []
    this._direct.close()
    this._jobsHeld.drop()
    this._eventsHeld.drop()
    const waiting = [...this._requests.values()]
    this._requests.clear()
    for (const callback of waiting) guard(callback, error)
  }
}

module.exports = Wire
