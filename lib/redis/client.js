'use strict'

const { EventEmitter } = require('node:events')
const { checkTls } = require('../tls')
const { AsyncCommands } = require('./async')
const { Command, methods, toArguments } = require('./command')
const { keyIndexes } = require('./command-table')
const { ReplyError, aborted, describeReply } = require('./errors')
const { Fifo } = require('./fifo')
const { Lifecycle } = require('./lifecycle')
const { copyOptions, readTarget } = require('./options')
const { reviveBytes, reviveText, toObject, toText } = require('./replies')
const { Subscriptions } = require('./subscriptions')

/** node_redis's: an hour of attempts, all in all. */
const CONNECT_TIMEOUT_MS = 3_600_000

/** What a server in monitor mode sends: time, database and client, the command. */
const MONITOR_LINE = /^\d{10,11}\.\d+ \[\d+ .+\].*"$/

let lastConnectionId = 0

/**
 * A client with node_redis's interface, names included (snake_case, as there): one connection,
 * which is made anew when it is lost. The commands are methods, see commands.js.
 *
 * Where node_redis 2.8 and 3.1 differ, this does as 2.8 does (an argument that is no text is sent
 * as its text, with a warning; a retry strategy that gives up does so silently; `max_attempts` and
 * `retry_max_delay` count), except that user names of ACLs work as in 3.1. Beyond both, `hset` takes
 * an object as `hmset` does, and `async` gives promises.
 */
class RedisClient extends EventEmitter {
  /** @param {any} [options] as createClient's, as an object */
  constructor(options) {
    super()
    options = copyOptions(options)
    // As a URL's parameter says it.
    if (options.tls === 'true') options.tls = true
    if (options.tls) checkTls(options.tls, 'options.tls', ['ca', 'cert', 'key'])
    this.connection_options = readTarget(options)
    const { path, host, port } = this.connection_options
    /** For messages. */
    this.address = path ?? `${host}:${port}`
    this.connection_id = lastConnectionId++
    options.socket_keepalive ??= true
    options.socket_initial_delay ??= 0
    options.return_buffers = !!options.return_buffers
    options.detect_buffers = !!options.detect_buffers && !options.return_buffers
    for (const [name, other] of Object.entries(options.rename_commands || {})) {
      options.rename_commands[name.toLowerCase()] = other
    }
    this.options = options

    /** Whether the connection stands. */
    this.connected = false
    /** Whether commands leave at once. */
    this.ready = false
    /** Whether the user has ended this client. */
    this.closing = false
    this.should_buffer = false
    /** Sent, and not answered yet. @type {InstanceType<typeof Fifo<any>>} */
    this.command_queue = new Fifo()
    /** Waiting for a connection. @type {InstanceType<typeof Fifo<any>>} */
    this.offline_queue = new Fifo()
    this.enable_offline_queue = options.enable_offline_queue !== false
    this.connect_timeout = Number(options.connect_timeout) || CONNECT_TIMEOUT_MS
    this.max_attempts = options.max_attempts | 0
    this.retry_max_delay = Number(options.retry_max_delay) || null
    this.auth_pass = options.auth_pass || options.password
    this.auth_user = options.auth_user || options.user
    /** Chosen again after a loss of the connection. */
    this.selected_db = options.db
    this.monitoring = false
    /** Whether somebody listens to messages as Buffers. */
    this.message_buffers = false
    this.buffers = options.return_buffers || options.detect_buffers
    /** What INFO said last. @type {Record<string, any>} */
    this.server_info = {}
    /** CLIENT REPLY: 'ON', 'OFF', or 'SKIP', then 'SKIP_ONE_MORE'. */
    this.reply = 'ON'
    this._subscriptions = new Subscriptions(this)
    /** @type {InstanceType<typeof AsyncCommands> | undefined} */
    this._async = undefined
    this._lifecycle = new Lifecycle(this)
    this.on('newListener', (event) => {
      if (this.buffers || this.message_buffers) return
      if (!/^[ps]?message(_b|B)uffer$/.test(String(event))) return
      this.message_buffers = true
      this.stream.wantBytes()
    })
    this._lifecycle.connect()
  }

  /** Every command as a method that gives a promise. */
  get async() {
    this._async ??= new AsyncCommands(this)
    return this._async
  }

  /** The connection of the moment. */
  get stream() {
    return this._lifecycle.socket
  }

  get command_queue_length() {
    return this.command_queue.length
  }

  get offline_queue_length() {
    return this.offline_queue.length
  }

  get retry_delay() {
    return this._lifecycle.delay
  }

  get retry_backoff() {
    return this._lifecycle.backoff
  }

  get attempts() {
    return this._lifecycle.attempts
  }

  get times_connected() {
    return this._lifecycle.timesConnected
  }

  /** Channels and patterns that are subscribed to, by `subscribe_CHANNEL` or `psubscribe_PATTERN`. */
  get subscription_set() {
    /** @type {Record<string, string | Buffer>} */
    const all = {}
    for (const [set, channels] of this._subscriptions.wanted) {
      for (const channel of channels.values()) all[`${set}_${channel}`] = channel
    }
    return all
  }

  // ---- sending -------------------------------------------------------------------------------

  /**
   * Send any command, known or not.
   * @param {string} command
   * @param {any} [args] an array
   * @param {any} [callback]
   */
  send_command(command, args, callback) {
    const kind = (value) => value?.constructor?.name ?? String(value)
    if (typeof command !== 'string') {
      throw new TypeError(`Wrong input type "${kind(command)}" for command name`)
    }
    if (typeof args === 'function' && callback === undefined) [callback, args] = [args, []]
    args ??= []
    if (!Array.isArray(args)) throw new TypeError(`Wrong input type "${kind(args)}" for args`)
    if (callback !== undefined && typeof callback !== 'function') {
      throw new TypeError(`Wrong input type "${kind(callback)}" for callback function`)
    }
    const name = command.toLowerCase()
    // The method `multi` is another thing than the command.
    if (name === 'multi' || !methods.has(name)) {
      return this.internal_send_command(new Command(name, args, callback))
    }
    return /** @type {any} */ (this)[name](...args, ...(callback ? [callback] : []))
  }

  /**
   * Send a command, or keep it until there is a connection.
   * @param {InstanceType<typeof Command>} command
   * @returns {boolean} false where it has to wait
   */
  internal_send_command(command) {
    if (!this.ready || !this.stream.writable) {
      this._keep(command)
      return false
    }
    const args = toArguments(this, command)
    let name = command.command
    if (this.options.prefix) {
      for (const i of keyIndexes(name, args)) {
        args[i] = Buffer.isBuffer(args[i])
          ? Buffer.concat([Buffer.from(String(this.options.prefix)), args[i]])
          : this.options.prefix + args[i]
      }
    }
    name = this.options.rename_commands?.[name] ?? name
    this.stream.write(name, args)
    if (command.onWrite) command.onWrite()
    if (this.reply === 'ON') {
      this.command_queue.push(command)
      return true
    }
    // CLIENT REPLY: the server will not answer this one.
    if (command.callback) this._inOrder(command.callback, null, undefined, this.command_queue)
    if (this.reply === 'SKIP') this.reply = 'SKIP_ONE_MORE'
    else if (this.reply === 'SKIP_ONE_MORE') this.reply = 'ON'
    return true
  }

  /** @param {InstanceType<typeof Command>} command that cannot leave now */
  _keep(command) {
    this.should_buffer = true
    if (!this.closing && this.enable_offline_queue) return void this.offline_queue.push(command)
    let why = 'The connection is already closed.'
    if (!this.closing) {
      why = this.stream.writable
        ? 'The connection is not yet established and the offline queue is deactivated.'
        : 'Stream not writeable.'
    }
    const message = `${command.command.toUpperCase()} can't be processed. ${why}`
    this._inOrder(command.callback, aborted({ message, code: 'NR_CLOSED' }, command))
  }

  /**
   * Give an outcome after those of the commands before it.
   * @param {any} callback
   * @param {Error | null} error
   * @param {any} [reply]
   * @param {InstanceType<typeof Fifo<any>>} [queue]
   */
  _inOrder(callback, error, reply, queue) {
    const last = queue ? queue.last() : this.offline_queue.last() || this.command_queue.last()
    if (!last) return void process.nextTick(() => this._tell(callback, error, reply))
    const before = last.callback
    last.callback = (lastError, lastReply) => {
      this._tell(before, lastError, lastReply)
      this._tell(callback, error, reply)
    }
  }

  /**
   * Give an outcome to a callback; an error without one is an event.
   * @param {any} callback
   * @param {Error | null} error
   * @param {any} [reply]
   */
  _tell(callback, error, reply) {
    if (callback) callback(error, reply)
    else if (error) this.emit('error', error)
  }

  // ---- hearing -------------------------------------------------------------------------------

  /**
   * @param {any} value as src/redis/resp.rs writes it
   * @param {boolean} bytes
   */
  _receive(value, bytes) {
    const reply = bytes ? reviveBytes(value) : reviveText(value)
    if (this.monitoring && this._monitored(reply)) return
    if (this._subscriptions.active && this._subscriptions.message(reply)) return
    const command = this.command_queue.first()
    if (!command) return
    if (Subscriptions.has(command.command) && Array.isArray(reply)) {
      return this._subscriptions.answer(command, reply)
    }
    this.command_queue.shift()
    if (reply instanceof ReplyError) {
      this._subscriptions.refused()
      return this._tell(command.callback, describeReply(reply, command))
    }
    if (command.callback) {
      // The replies of a transaction are made ready one by one, see multi.js.
      command.callback(null, command.command === 'exec' ? reply : this._finish(reply, command))
    }
    if (this.command_queue.length === 0 && !this._subscriptions.active) this.emit('idle')
  }

  /**
   * Give a reply the form that its command promises.
   * @param {any} reply
   * @param {InstanceType<typeof Command>} command
   */
  _finish(reply, command) {
    const { return_buffers, detect_buffers } = this.options
    const asText =
      !return_buffers && (this.message_buffers || (detect_buffers && !command.bufferArgs))
    if (asText) reply = toText(reply)
    return command.command === 'hgetall' ? toObject(reply) : reply
  }

  /** @param {any} reply */
  _monitored(reply) {
    const line = Buffer.isBuffer(reply) ? reply.toString() : reply
    if (typeof line !== 'string' || !MONITOR_LINE.test(line)) return false
    const args = line.slice(line.indexOf('"') + 1, -1).split('" "')
    const time = line.slice(0, line.indexOf(' '))
    this.emit(
      'monitor',
      time,
      args.map((arg) => arg.replaceAll('\\"', '"')),
      line
    )
    return true
  }

  // ---- ending --------------------------------------------------------------------------------

  /**
   * End every command that waits with an AbortError.
   * @param {{ message: string, code: string }} reason
   * @param {{ error?: Error | null, sentOnly?: boolean }} [options] what caused it
   */
  _abort(reason, { error, sentOnly = false } = {}) {
    const sent = { ...reason, message: `${reason.message} It might have been processed.` }
    const queues = [{ queue: this.command_queue, reason: sent }]
    if (!sentOnly) queues.push({ queue: this.offline_queue, reason })
    for (const { queue, reason } of queues) {
      for (let command = queue.shift(); command; command = queue.shift()) {
        const abort = aborted(reason, command)
        if (error) abort.origin = error
        if (command.callback) command.callback(abort)
      }
    }
  }

  /**
   * Close the connection without waiting for replies; what was sent still leaves.
   * @param {boolean} [flush] whether commands that wait end with an error, or are never heard of
   */
  end(flush) {
    if (flush) {
      this._abort({
        message: 'Connection forcefully ended and command aborted.',
        code: 'NR_CLOSED'
      })
    }
    this._lifecycle.end()
  }

  /** Let the process end although this client is connected; from when it is. */
  unref() {
    if (this.connected) this.stream.unref()
    else this.once('connect', () => this.unref())
  }

  /** Take back `unref`. */
  ref() {
    this.stream.ref()
  }

  /**
   * A client with the same options.
   * @param {any} [options] that differ
   * @param {(error: Error | null, client?: RedisClient) => void} [callback] called when it is ready
   */
  duplicate(options, callback) {
    if (typeof options === 'function') [callback, options] = [options, null]
    const others = copyOptions(options)
    const client = new RedisClient({ ...this.options, ...others })
    client.selected_db = others.db ?? this.selected_db
    if (typeof callback !== 'function') return client
    const onReady = () => {
      client.off('error', onError)
      callback(null, client)
    }
    const onError = (error) => {
      client.off('ready', onReady)
      client.end(true)
      callback(error)
    }
    client.once('ready', onReady)
    client.once('error', onError)
  }

  /**
   * Warn: to those who listen, else to the console.
   * @param {string} message
   */
  warn(message) {
    // Later, because in the constructor nobody can listen yet.
    process.nextTick(() => {
      if (this.listenerCount('warning') > 0) this.emit('warning', message)
      else console.warn(`rekue/redis: ${message}`)
    })
  }
}

const prototype = /** @type {any} */ (RedisClient.prototype)
prototype.sendCommand = prototype.send_command
for (const name of [
  'command_queue_length',
  'offline_queue_length',
  'retry_delay',
  'retry_backoff',
  'should_buffer',
  'connection_id',
  'server_info'
]) {
  const camel = name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
  Object.defineProperty(prototype, camel, {
    configurable: true,
    get() {
      return this[name]
    }
  })
}

module.exports = { RedisClient }
