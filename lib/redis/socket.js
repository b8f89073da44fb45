'use strict'

const dns = require('node:dns')
const net = require('node:net')
const util = require('node:util')
const { NativeRedis } = require('../native')
const { createError } = require('../errors')
const { toNative } = require('../tls')
const { ParserError } = require('./errors')

/**
 * One connection: a thin line to `src/redis/session.rs`. Commands of a tick leave as one piece,
 * replies of a moment come back as one text.
 */

// The kinds of messages, as in src/redis/resp.rs and src/redis/session.rs; 0 and 1 are replies.
const CONNECTED = 2
const FAILED = 3
const ENDED = 4
const CLOSED = 5
const GARBLED = 6

/** Characters gathered before they leave within a tick: far below the longest string of V8. */
const LONGEST_PIECE = 4 * 1024 * 1024
/** The longest a timer can wait. */
const FOREVER_MS = 2 ** 31 - 1

/**
 * @typedef {object} Handlers
 * @property {() => void} connected
 * @property {(error: Error) => void} failed with the system's error
 * @property {(error: Error) => void} garbled the server sent what is no reply
 * @property {() => void} ended by the server
 * @property {() => void} closed the last call
 * @property {(value: any, bytes: boolean) => void} reply as src/redis/resp.rs writes it; `bytes`
 *   where its strings hold one byte per character
 */

const noop = () => {}
/** @type {Handlers} */
const NOBODY = {
  connected: noop,
  failed: noop,
  garbled: noop,
  ended: noop,
  closed: noop,
  reply: noop
}

class Socket {
  /**
   * @param {{ path?: string, host?: string, port?: number, family?: number }} target
   * @param {{ tls?: any, keepAlive: number | null, bytes: boolean, stringNumbers: boolean }} settings
   * @param {Handlers} handlers
   */
  constructor(target, settings, handlers) {
    this._target = target
    this._settings = settings
    this._handlers = handlers
    /** Whether commands can still leave. */
    this.writable = true
    this.destroyed = false
    /** @type {string} */
    this._text = ''
    /** @type {Buffer[]} */
    this._pieces = []
    this._flushing = false
    /** @type {any[]} */
    this._inbox = []
    this._next = 0
    this._delivering = false
    /** @type {import('../native').NativeRedis | null} */
    this._native = null
    // The doorbell does not keep the process: this does, so that `unref` has something to act on.
    this._hold = setInterval(noop, FOREVER_MS)
    this._flush = () => {
      this._flushing = false
      this.flush()
    }
    if (target.path !== undefined) this._open({ path: target.path })
    else if (net.isIP(String(target.host))) this._open({ address: target.host, port: target.port })
    else this._lookUp(String(target.host))
  }

  /** Node looks up names, so that settings for it apply and failures are its own. */
  _lookUp(host) {
    dns.lookup(host, { family: this._target.family }, (error, address) => {
      if (this.destroyed) return
      if (!error) return this._open({ address, port: this._target.port })
      this._inbox.push([FAILED, error], [CLOSED])
      this._deliver()
    })
  }

  /** @param {{ path?: string, address?: string, port?: number }} where */
  _open(where) {
    const { tls, keepAlive, bytes, stringNumbers } = this._settings
    this._where = where
    const host = String(this._target.host || 'localhost')
    const secured = tls && toNative(tls, host)
    const options = { ...where, keepAlive, bytes, stringNumbers, tls: secured }
    this._native = NativeRedis.connect(JSON.stringify(options), () => this._drain())
    this.flush()
    if (this._ending) this._native.end()
  }

  /**
   * Send a command with those of this tick.
   * @param {string} command
   * @param {(string | Buffer)[]} args
   */
  write(command, args) {
    let text = `*${args.length + 1}\r\n$${Buffer.byteLength(command)}\r\n${command}\r\n`
    for (const arg of args) {
      if (typeof arg === 'string') {
        text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`
      } else {
        this._pieces.push(Buffer.from(`${this._text}${text}$${arg.length}\r\n`), arg)
        this._text = ''
        text = '\r\n'
      }
    }
    this._text += text
    if (this._text.length > LONGEST_PIECE) this.flush()
    if (this._flushing) return
    this._flushing = true
    process.nextTick(this._flush)
  }

  /** Send what was gathered. */
  flush() {
    const text = this._text
    const native = this._native
    if (!native) return
    this._text = ''
    if (this._pieces.length === 0) {
      if (text !== '') native.write(text)
      return
    }
    const pieces = this._pieces
    this._pieces = []
    native.writeBytes(Buffer.concat([...pieces, Buffer.from(text)]))
  }

  /** From here on replies shall hold bytes. */
  wantBytes() {
    this._settings.bytes = true
    this._native?.wantBytes()
  }

  /** Close when all that was written has left. */
  end() {
    if (!this.writable) return
    this.flush()
    this.writable = false
    this._ending = true
    this._native?.end()
  }

  /** Close now. `closed` is still called, later. */
  destroy() {
    if (this.destroyed) return
    this.destroyed = true
    this.writable = false
    this.flush()
    if (this._native) this._native.destroy()
    else setImmediate(() => this._deliver([[CLOSED]]))
  }

  /** Tell nothing any more. */
  silence() {
    this._handlers = NOBODY
  }

  /** Let the process wait for this connection, as it does from the start. */
  ref() {
    this._hold.ref()
    return this
  }

  unref() {
    this._hold.unref()
    return this
  }

  _drain() {
    const text = this._native?.drain()
    if (text) this._deliver(JSON.parse(text))
  }

  /**
   * Hand over what came. What a user's function throws goes where uncaught errors go, before
   * anything else is told, and then the rest is: no reply is lost to it.
   * @param {any[]} [messages]
   */
  _deliver(messages) {
    if (messages) {
      this._inbox = this._next < this._inbox.length ? this._inbox.slice(this._next) : []
      this._inbox = this._inbox.length > 0 ? this._inbox.concat(messages) : messages
      this._next = 0
    }
    if (this._delivering) return
    this._delivering = true
    try {
      while (this._next < this._inbox.length) this._receive(this._inbox[this._next++])
    } catch (error) {
      process.nextTick(() => {
        throw error
      })
      setImmediate(() => {
        this._delivering = false
        this._deliver()
      })
      return
    }
    this._delivering = false
  }

  /** @param {any[]} message */
  _receive(message) {
    const handlers = this._handlers
    switch (message[0]) {
      case CONNECTED:
        return handlers.connected()
      case FAILED:
        this.writable = false
        return handlers.failed(
          message[1] instanceof Error ? message[1] : this._error(message[1], message[2], message[3])
        )
      case GARBLED:
        this.writable = false
        return handlers.garbled(new ParserError(message[1]))
      case ENDED:
        this.writable = false
        return handlers.ended()
      case CLOSED:
        this.writable = false
        this.destroyed = true
        clearInterval(this._hold)
        this._native?.shut()
        this._native = null
        return handlers.closed()
      default:
        return handlers.reply(message[1], message[0] === 1)
    }
  }

  /**
   * The error that Node's own sockets would give.
   * @param {string} syscall
   * @param {number | null} number the system's, above 0
   * @param {string} text
   */
  _error(syscall, number, text) {
    if (number === null) return createError('ERR_STORE_UNAVAILABLE', text)
    const code = util.getSystemErrorName(-number)
    const where = this._where || {}
    const address = where.path ?? where.address
    const place = where.path ?? `${address}:${where.port}`
    /** @type {any} */
    const error = new Error(
      syscall === 'connect' ? `connect ${code} ${place}` : `${syscall} ${code}`
    )
    // Formatted now, with this message: the client puts another before it, as node_redis does.
    void error.stack
    Object.assign(error, { errno: -number, code, syscall })
    if (syscall === 'connect')
      Object.assign(error, where.path ? { address } : { address, port: where.port })
    return error
  }
}

module.exports = { Socket }
