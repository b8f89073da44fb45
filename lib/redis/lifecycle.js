'use strict'

const { Command } = require('./command')
const { Fifo } = require('./fifo')
const { Socket } = require('./socket')

/**
 * The life of a client's connection: attempts, the check that the server is ready, what is done
 * anew after a loss, and the pauses between attempts. Events, their order and texts are
 * node_redis's, because programs and their logs know them.
 */

/** node_redis's schedule: the first pause, and by what it grows. */
const FIRST_DELAY_MS = 200
const BACKOFF = 1.7
/** Between two questions whether a server has loaded its data, unless it says how long it takes. */
const LOADING_MS = 1000
/** Between two questions whether a replica has found its master. */
const MASTER_DOWN_MS = 50

class Lifecycle {
  /** @param {any} client */
  constructor(client) {
    this._client = client
    this.timesConnected = 0
    /** Whether the end of this connection was told. */
    this._endTold = false
    /** @type {NodeJS.Timeout | undefined} */
    this._retryTimer = undefined
    /** @type {NodeJS.Timeout | undefined} */
    this._loadTimer = undefined
    /** @type {NodeJS.Timeout | undefined} */
    this._limit = undefined
    this._ended = false
    /** @type {any} */
    this.socket = undefined
    this.attempts = 1
    this.delay = FIRST_DELAY_MS
    this.backoff = BACKOFF
    /** ms of pauses since the last connection. */
    this._totalTime = 0
  }

  _resetRetries() {
    this.attempts = 1
    this.delay = FIRST_DELAY_MS
    this._totalTime = 0
  }

  /** Try to connect. */
  connect() {
    const client = this._client
    const { options } = client
    if (this.socket) {
      this.socket.silence()
      this.socket.destroy()
    }
    const settings = {
      tls: options.tls,
      keepAlive: options.socket_keepalive ? Number(options.socket_initial_delay) || 0 : null,
      bytes: client.buffers || client.message_buffers,
      stringNumbers: !!options.string_numbers
    }
    const socket = new Socket(client.connection_options, settings, {
      connected: () => this._connected(),
      failed: (error) => this._failed(error),
      garbled: (error) => this._garbled(error),
      ended: () => this._gone(),
      closed: () => this._gone(),
      reply: (value, bytes) => client._receive(value, bytes)
    })
    this.socket = socket
    if (options.connect_timeout) {
      this._limit = setTimeout(() => {
        this._totalTime = client.connect_timeout
        this._gone()
      }, client.connect_timeout)
    }
    // The very first command, before the check that the server is ready.
    if (client.auth_pass !== undefined) {
      client.ready = true
      client.auth(client.auth_pass, client.auth_user, (error) => {
        // That the connection failed is told by itself.
        if (error && error.code !== 'UNCERTAIN_STATE') client.emit('error', error)
      })
      client.ready = false
    }
  }

  /** Close for good; nothing more is told. */
  end() {
    this._stopTimers()
    const client = this._client
    client.connected = false
    client.ready = false
    client.closing = true
    this._ended = true
    this.socket.silence()
    this.socket.end()
  }

  _stopTimers() {
    clearTimeout(this._retryTimer)
    clearTimeout(this._loadTimer)
    clearTimeout(this._limit)
    this._retryTimer = undefined
  }

  _connected() {
    const client = this._client
    clearTimeout(this._limit)
    this.timesConnected++
    client.connected = true
    client.ready = false
    this._endTold = false
    client.emit('connect')
    this._resetRetries()
    // A listener may have ended the client.
    if (this._ended) return
    if (client.options.no_ready_check) this._ready()
    else this._checkReady()
  }

  /** Ask before all that waits. */
  _checkReady() {
    const client = this._client
    client.ready = true
    client.info((error) => this._checked(error))
    client.ready = false
  }

  /** @param {any} error */
  _checked(error) {
    const client = this._client
    if (error) {
      // Some servers hide the command; then there is nothing to wait for.
      if (/^ERR unknown command .?info/i.test(error.message)) return this._ready()
      // The user ended the client; node_redis would make an error of that.
      if (error.code === 'NR_CLOSED') return
      error.message = `Ready check failed: ${error.message}`
      return void client.emit('error', error)
    }
    const info = client.server_info
    const loading = info.loading && info.loading !== '0'
    const masterDown = info.master_link_status && info.master_link_status !== 'up'
    if (!loading && !masterDown) return this._ready()
    const eta = Number(info.loading_eta_seconds) * 1000
    const pause = loading ? Math.min(eta || LOADING_MS, LOADING_MS) : MASTER_DOWN_MS
    this._loadTimer = setTimeout(() => client.connected && this._checkReady(), pause)
  }

  _ready() {
    const client = this._client
    client.ready = true
    if (client.selected_db !== undefined) {
      client.internal_send_command(new Command('select', [client.selected_db]))
    }
    if (client.monitoring) client.internal_send_command(new Command('monitor', []))
    let left = 0
    const answered = () => {
      if (--left === 0) client.emit('ready')
    }
    if (!client.options.disable_resubscribing) {
      for (const [command, channels] of client._subscriptions.wanted) {
        for (const channel of channels.values()) {
          left++
          client.internal_send_command(new Command(command, [channel], answered))
        }
      }
    }
    this._sendWaiting()
    // With subscriptions it is ready when these stand again.
    if (left === 0) client.emit('ready')
  }

  _sendWaiting() {
    const client = this._client
    const waiting = client.offline_queue
    client.offline_queue = new Fifo()
    for (let command = waiting.shift(); command; command = waiting.shift()) {
      client.internal_send_command(command)
    }
    client.should_buffer = false
    client.emit('drain')
  }

  /** @param {any} error the system's */
  _failed(error) {
    const client = this._client
    if (client.closing) return
    error.message = `Redis connection to ${client.address} failed - ${error.message}`
    client.connected = false
    client.ready = false
    try {
      // Who has a strategy of its own hears of it there.
      if (!client.options.retry_strategy) client.emit('error', error)
    } finally {
      this._gone(error)
    }
  }

  /** @param {any} error */
  _garbled(error) {
    const client = this._client
    error.message += '. Please report this.'
    client.ready = false
    const reason = { message: 'Fatal error encountered. Command aborted.', code: 'NR_FATAL' }
    client._abort(reason, { error, sentOnly: true })
    client.emit('error', error)
  }

  /** @param {any} [error] why, where it is known */
  _gone(error = null) {
    // The next attempt is coming already.
    if (this._retryTimer) return
    const client = this._client
    clearTimeout(this._limit)
    clearTimeout(this._loadTimer)
    client.connected = false
    client.ready = false
    client.reply = 'ON'
    client._subscriptions.lost()
    if (!this._endTold) {
      this._endTold = true
      client.emit('end')
    }
    if (client.closing) {
      const message = 'Stream connection ended and command aborted.'
      return client._abort({ message, code: 'NR_CLOSED' }, { error })
    }
    if (typeof client.options.retry_strategy === 'function') {
      this.delay = client.options.retry_strategy(this._describe(error))
      if (typeof this.delay !== 'number') {
        const origin = /** @type {any} */ (this.delay) instanceof Error ? this.delay : error
        const message = 'Stream connection ended and command aborted.'
        client._abort({ message, code: 'NR_CLOSED' }, { error: origin })
        return client.end(false)
      }
    }
    if (this._exhausted(error)) return
    if (client.options.retry_unfulfilled_commands) {
      client.offline_queue.takeBefore(client.command_queue)
    } else {
      const message = 'Redis connection lost and command aborted.'
      client._abort({ message, code: 'UNCERTAIN_STATE' }, { error, sentOnly: true })
    }
    if (client.retry_max_delay !== null && this.delay > client.retry_max_delay) {
      this.delay = client.retry_max_delay
    } else {
      this.delay = Math.min(this.delay, client.connect_timeout - this._totalTime)
    }
    this._retryTimer = setTimeout(() => this._retry(error), this.delay)
  }

  /**
   * Give up where the limits are reached.
   * @param {any} error the last one
   */
  _exhausted(error) {
    const client = this._client
    const tooLong = this._totalTime >= client.connect_timeout
    const tooOften = client.max_attempts > 0 && this.attempts >= client.max_attempts
    if (!tooLong && !tooOften) return false
    const limit = tooLong ? 'connection timeout exceeded' : 'maximum connection attempts exceeded'
    const message = `Redis connection in broken state: ${limit}.`
    const code = 'CONNECTION_BROKEN'
    client._abort({ message, code }, { error })
    /** @type {any} */
    const broken = new Error(message)
    broken.code = code
    if (error) broken.origin = error
    client.end(false)
    client.emit('error', broken)
    return true
  }

  /** @param {any} error */
  _retry(error) {
    this._retryTimer = undefined
    this._client.emit('reconnecting', { delay: this.delay, ...this._describe(error) })
    // A listener may have ended the client.
    if (this._ended) return
    this._totalTime += this.delay
    this.attempts++
    this.delay = Math.round(this.delay * this.backoff)
    this.connect()
  }

  /** What retry strategies and `reconnecting` are told. */
  _describe(error) {
    const times = this._client.options.camel_case
      ? { totalRetryTime: this._totalTime, timesConnected: this.timesConnected }
      : { total_retry_time: this._totalTime, times_connected: this.timesConnected }
    return { attempt: this.attempts, error, ...times }
  }
}

module.exports = { Lifecycle }
