'use strict'

const { closeSync } = require('node:fs')
const net = require('node:net')
const { setImmediate, setTimeout, clearTimeout } = require('node:timers')
const { nextTick } = require('./untouched')

/**
 * A connection to the store on which this thread itself adds jobs that come one by one: by way of
 * the I/O thread, two more threads have to wake up before the answer is here. The I/O thread opens
 * it (src/redis/direct.rs), the addon writes to it, and Node's own event loop reads the answers.
 *
 * It carries one job at a time, and nothing that is not simple: whatever is no plain answer ends it,
 * and the job goes by way of the I/O thread, which finds out what became of it.
 */

/** Jobs that came alone before a line is worth a connection. */
const BEFORE_OPENING = 3
/** From one attempt to open a line to the next, in ms; it doubles where nothing came of it. */
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 60000
/** ms without an answer before the I/O thread is asked, which has more ways to find out; half of
 * what a call may take, where that is less. */
const PATIENCE = 1000
/** The same where others wait behind the job, or so many times as long as the last answer took. */
const SHORT_PATIENCE = 100
const SLOWER = 4
/** The longest job, in characters: larger ones may not leave in one piece. */
const LONGEST = 16384

/** The first id, when it was stored, and that its events were published. */
const ANSWER = /^\*3\r\n:(\d+)\r\n:(\d+)\r\n:1\r\n/
/** To the removal of the note of the job before. */
const REMOVAL = /^:[01]\r\n/

/**
 * @typedef {object} Sent how a job was given to the line, as in src/queue/protocol.rs
 * @property {number} number its own
 * @property {number} ago ms
 *
 * @callback Answered
 * @param {[number, number] | null} answer the id and when it was stored; null where the line broke
 *   before it was known
 * @param {Sent} [sent] where it is null
 */

class DirectLine {
  /**
   * @param {import('../native').NativeQueue} native
   * @param {number} commandTimeout in ms
   * @param {(opened: (error: Error | null, there?: boolean) => void) => void} open
   * @param {(numbers: number[]) => void} spent hears of jobs whose notes may be left, as the line
   *   broke
   */
  constructor(native, commandTimeout, open, spent) {
    this._native = native
    this._spent = spent
    this._patience = Math.min(PATIENCE, commandTimeout / 2)
    this._open = open
    /** @type {net.Socket | null} */
    this._socket = null
    /** @type {{ number: number, at: number, patience: number, eventful: boolean, answered: Answered } | null} */
    this._waiting = null
    this._number = 0
    /** ms that the last answer took, or took in vain. */
    this._took = 0
    /** Jobs whose notes are being removed. @type {number[]} */
    this._removals = []
    this._read = ''
    this._alone = 0
    this._opening = false
    this._next = 0
    this._pause = FIRST_PAUSE
    /** @type {NodeJS.Timeout | null} */
    this._watch = null
    this._closed = false
    this._look = () => {
      this._watch = null
      const waiting = this._waiting
      if (!waiting) return
      if (performance.now() - waiting.at < waiting.patience) return this._watchOver()
      // Where this thread was busy for so long, the answer is here and only has to be read.
      setImmediate(() => {
        if (this._waiting === waiting) this._break()
      })
    }
  }

  /** How many jobs it takes at once. */
  get most() {
    return 1
  }

  /** Whether a job is on its way: nothing else may leave before, or it would overtake it. */
  get busy() {
    return this._waiting !== null
  }

  /**
   * Send a job.
   * @param {string} job as JSON of `alike`, see `Op::Add` of src/queue/protocol.rs
   * @param {boolean} eventful
   * @param {Answered} answered not called before this returns
   * @returns {boolean} false where the job has to go another way
   */
  add(job, eventful, answered) {
    if (job.length > LONGEST || this._closed) return false
    if (!this._socket) {
      this._cameAlone()
      return false
    }
    const number = (this._number + 1) >>> 0
    this._number = number
    const at = performance.now()
    this._waiting = { number, at, patience: this._patience, eventful, answered }
    this._watchOver()
    this._sure(() => this._native.addDirectly(number, job, eventful))
    return true
  }

  /** Others wait behind the job that is on its way. */
  hurry() {
    const waiting = this._waiting
    if (!waiting || waiting.patience < this._patience) return
    const patience = performance.now() - waiting.at + Math.max(SHORT_PATIENCE, SLOWER * this._took)
    if (patience >= this._patience) return
    waiting.patience = patience
    if (this._watch) clearTimeout(this._watch)
    this._watch = null
    this._watchOver()
  }

  /** Many that come at once are no burden here: they go another way. */
  crowd() {}

  /** What was answered is told at once. */
  tell() {
    return false
  }

  close() {
    this._closed = true
    this._break()
  }

  /** A job came alone, and there is no line. */
  _cameAlone() {
    if (++this._alone < BEFORE_OPENING || this._opening || performance.now() < this._next) return
    this._alone = 0
    this._opening = true
    this._next = performance.now() + this._pause
    this._pause = Math.min(this._pause * 2, LONGEST_PAUSE)
    this._open((error, there) => {
      this._opening = false
      if (!error && there && !this._closed) this._connect()
    })
  }

  _connect() {
    const fd = this._native.directDescriptor()
    if (fd === null || fd === undefined) return
    let socket
    try {
      const onread = {
        buffer: Buffer.allocUnsafeSlow(1024),
        callback: (length, buffer) => {
          if (this._socket === socket) this._hear(buffer.latin1Slice(0, length))
          return true
        }
      }
      // @ts-expect-error The types know `onread` of connections that are made here only.
      socket = new net.Socket({ fd, readable: true, writable: true, onread })
    } catch {
      // No stream that Node can read.
      this._native.endDirect()
      return closeQuietly(fd)
    }
    this._socket = socket
    this._read = ''
    const ended = () => {
      if (this._socket === socket) this._break()
    }
    socket.on('error', ended)
    socket.on('end', ended)
    socket.on('close', ended)
    // The queue itself keeps the process alive.
    socket.unref()
  }

  /** @param {string} piece */
  _hear(piece) {
    let text = this._read + piece
    while (this._removals.length > 0 && REMOVAL.test(text)) {
      this._removals.shift()
      text = text.slice(text.indexOf('\n') + 1)
    }
    this._read = text
    if (text === '') return
    const found = this._waiting && this._removals.length === 0 ? ANSWER.exec(text) : null
    if (found) {
      this._read = text.slice(found[0].length)
      return this._answer([Number(found[1]), Number(found[2])])
    }
    // The beginning of an answer, unless it is none.
    const expected = this._waiting || this._removals.length > 0
    if (!expected || text.length > 64 || !/^[*:][\d\r\n:]*$/.test(text)) this._break()
  }

  /** @param {[number, number]} answer */
  _answer(answer) {
    const { number, at, eventful, answered } = /** @type {any} */ (this._waiting)
    const ago = performance.now() - at
    this._waiting = null
    this._took = ago
    this._pause = FIRST_PAUSE
    // Whoever is told of the job and looks into the store is not to find the note.
    this._removals.push(number)
    this._sure(() => this._native.spendDirectly(number, eventful ? answer[0] : undefined))
    answered(answer, { number, ago })
  }

  /** The line is of no more use. */
  _break() {
    const waiting = this._waiting
    this._waiting = null
    const socket = this._socket
    this._socket = null
    if (socket) {
      this._native.endDirect()
      socket.destroy()
    }
    const removals = this._removals
    this._removals = []
    if (removals.length > 0 && !this._closed) this._spent(removals)
    if (waiting) {
      const { number, at, answered } = waiting
      const ago = performance.now() - at
      // Where the network is as slow as that, the next one is to have more time.
      this._took = Math.max(this._took, ago)
      answered(null, { number, ago: Math.round(ago) })
    }
  }

  /** The line is of no more use where this fails. @param {() => boolean} send */
  _sure(send) {
    let sent = false
    try {
      sent = send()
    } catch {
      // A defect: the way by the I/O thread remains.
    }
    if (!sent) nextTick(() => this._break())
  }

  /** One timer for many jobs: a new one each time would be a good part of what a job costs here. */
  _watchOver() {
    if (this._watch || !this._waiting) return
    const { at, patience } = this._waiting
    const left = Math.max(1, patience - (performance.now() - at))
    this._watch = setTimeout(this._look, left).unref()
  }
}

/** @param {number} fd */
function closeQuietly(fd) {
  try {
    closeSync(fd)
  } catch {
    // Whoever could not read it has closed it.
  }
}

module.exports = DirectLine
