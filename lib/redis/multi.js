'use strict'

const { Command } = require('./command')
const { ReplyError, describeReply } = require('./errors')

/**
 * Commands that wait for `exec`: a transaction (`client.multi()`) or a batch (`client.batch()`).
 * Their methods are made in commands.js.
 */
class Multi {
  /**
   * @param {any} client
   * @param {any[][]} [commands] each a name (or a name and arguments in an array) and arguments
   * @param {boolean} [atomic] whether this is a transaction
   */
  constructor(client, commands = [], atomic = false) {
    this._client = client
    /** @type {InstanceType<typeof Command>[]} */
    this.queue = []
    if (atomic) this.exec = this.EXEC = this.exec_transaction
    for (const [first, ...rest] of commands) {
      const [name, ...args] = Array.isArray(first) ? [...first, ...rest] : [first, ...rest]
      const self = /** @type {any} */ (this)
      self[name](...args)
    }
  }

  /**
   * Send as a transaction where there is more than one command.
   * @param {any} [callback]
   */
  exec_atomic(callback) {
    return this.queue.length < 2 ? this.exec_batch(callback) : this.exec(callback)
  }

  /**
   * Send between MULTI and EXEC. A command that the server refuses to queue makes the whole fail:
   * the error of EXEC has those of the commands as `errors`, each with its `position`.
   * @param {any} [callback]
   */
  exec_transaction(callback) {
    const client = this._client
    if (client.monitoring || this.queue.some(({ command }) => command === 'monitor')) {
      /** @type {any} */
      const error = new RangeError(
        'A transaction cannot be used together with MONITOR: the replies of Redis are wrong then.'
      )
      Object.assign(error, { command: 'EXEC', code: 'EXECABORT' })
      client._inOrder(callback, error)
      return false
    }
    const commands = this.queue
    /** @type {Error[]} */
    const errors = []
    // An error of MULTI itself is that of EXEC too.
    client.internal_send_command(new Command('multi', [], () => {}))
    commands.forEach((command, position) => queue(client, command, position, errors))
    return client.internal_send_command(
      new Command('exec', [], (error, replies) => {
        if (error) return fail(client, callback, error, errors)
        this.queue = []
        if (replies) deliver(client, commands, replies)
        if (callback) callback(null, replies)
      })
    )
  }

  /**
   * Send together. Errors stand among the replies, each with its `position`.
   * @param {any} [callback]
   */
  exec_batch(callback) {
    const client = this._client
    const commands = this.queue
    this.queue = []
    if (commands.length === 0) {
      client._inOrder(callback, null, [])
      return true
    }
    /** @type {any[]} */
    const results = []
    let sent = true
    commands.forEach((command, position) => {
      const own = command.callback
      if (callback) {
        command.callback = (error, reply) => {
          results[position] = error ? Object.assign(error, { position }) : reply
          try {
            if (own) own(error, reply)
          } finally {
            if (position === commands.length - 1) callback(null, results)
          }
        }
      }
      sent = client.internal_send_command(command)
    })
    return sent
  }

  /** As `exec_batch`, unless this is a transaction. @param {any} [callback] */
  exec(callback) {
    return this.exec_batch(callback)
  }

  /** @param {any} [callback] */
  EXEC(callback) {
    return this.exec(callback)
  }
}

/**
 * Send a command of a transaction: what comes back is `QUEUED`, or why it is not.
 * @param {any} client
 * @param {InstanceType<typeof Command>} command
 * @param {number} position
 * @param {Error[]} errors
 */
function queue(client, command, position, errors) {
  const own = command.callback
  command.callback = (error) => {
    command.callback = own
    if (!error) return
    errors.push(Object.assign(error, { position }))
    if (own) own(error)
  }
  client.internal_send_command(command)
}

/** @param {any} client @param {any} callback @param {any} error @param {Error[]} errors */
function fail(client, callback, error, errors) {
  error.errors = errors
  if (callback) callback(error)
  // A connection that is given up is told by itself.
  else if (error.code !== 'CONNECTION_BROKEN') client.emit('error', error)
}

/**
 * Give each command of a transaction its reply, which is made ready in its place.
 * @param {any} client
 * @param {InstanceType<typeof Command>[]} commands
 * @param {any[]} replies
 */
function deliver(client, commands, replies) {
  commands.forEach((command, i) => {
    if (replies[i] instanceof ReplyError) {
      describeReply(replies[i], command, false)
      if (command.callback) command.callback(replies[i])
    } else {
      replies[i] = client._finish(replies[i], command)
      if (command.callback) command.callback(null, replies[i])
    }
  })
}

const prototype = /** @type {any} */ (Multi.prototype)
prototype.EXEC_ATOMIC = prototype.execAtomic = prototype.exec_atomic

module.exports = { Multi }
