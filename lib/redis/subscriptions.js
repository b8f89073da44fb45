'use strict'

const { toText } = require('./replies')

/**
 * Subscriber mode: which replies answer (un)subscribe commands, and which are messages.
 */

/** The commands, the set that each changes, and whether it adds. */
const KINDS = new Map([
  ['subscribe', { set: 'subscribe', adds: true }],
  ['unsubscribe', { set: 'subscribe', adds: false }],
  ['psubscribe', { set: 'psubscribe', adds: true }],
  ['punsubscribe', { set: 'psubscribe', adds: false }],
  ['ssubscribe', { set: 'ssubscribe', adds: true }],
  ['sunsubscribe', { set: 'ssubscribe', adds: false }]
])

/** Messages and how many elements each has. */
const MESSAGES = new Map([
  ['message', 3],
  ['pmessage', 4],
  ['smessage', 3]
])

class Subscriptions {
  /** @param {any} client */
  constructor(client) {
    this._client = client
    /** What to subscribe to again after a loss. @type {Map<string, Map<string, string | Buffer>>} */
    this.wanted = new Map([
      ['subscribe', new Map()],
      ['psubscribe', new Map()],
      ['ssubscribe', new Map()]
    ])
    /** By set, as the server counts: channels and patterns together, shard channels apart. */
    this._counts = { normal: 0, shard: 0 }
    /** Replies that the command in hand still gets; 0 before its first. */
    this._left = 0
  }

  /** The connection is gone, and the server's memory of it. */
  lost() {
    this._counts = { normal: 0, shard: 0 }
    this._left = 0
  }

  /** The command in hand got an error: nothing more comes for it. */
  refused() {
    this._left = 0
  }

  /** Whether the connection is in subscriber mode. */
  get active() {
    return this._counts.normal > 0 || this._counts.shard > 0
  }

  /** @param {string} command */
  static has(command) {
    return KINDS.has(command)
  }

  /**
   * Emit a reply that is a message.
   * @param {any} reply
   * @returns {boolean} whether it was one
   */
  message(reply) {
    if (!this.active || !Array.isArray(reply)) return false
    const kind = String(reply[0])
    if (MESSAGES.get(kind) !== reply.length) return false
    const client = this._client
    const parts = reply.slice(1)
    if (client.options.return_buffers && !client.message_buffers) {
      client.emit(kind, ...parts)
      return true
    }
    client.emit(kind, ...parts.map(toText))
    client.emit(`${kind}_buffer`, ...parts)
    client.emit(`${kind}Buffer`, ...parts)
    return true
  }

  /**
   * Take the answer to a part of the (un)subscribe command that is first in the queue.
   * @param {any} command
   * @param {any[]} reply its kind, a channel or pattern, how many there are now
   */
  answer(command, reply) {
    const client = this._client
    const kind = String(reply[0])
    const { set, adds } = KINDS.get(kind) || { set: 'subscribe', adds: true }
    const asBytes =
      client.options.return_buffers || (client.options.detect_buffers && command.bufferArgs)
    const channel = asBytes ? reply[1] : toText(reply[1])
    const count = Number(reply[2])
    const wanted = /** @type {Map<string, string | Buffer>} */ (this.wanted.get(set))
    if (this._left === 0) this._left = command.args.length || Math.max(1, wanted.size)
    this._left--
    this._counts[set === 'ssubscribe' ? 'shard' : 'normal'] = count
    if (channel !== null) {
      // By its bytes: the texts of two Buffers may be the same.
      const key = Buffer.from(reply[1]).toString('latin1')
      if (adds) wanted.set(key, asBytes ? reply[1] : channel)
      else wanted.delete(key)
    }
    const last = this._left === 0
    if (last) client.command_queue.shift()
    try {
      if (channel !== null) client.emit(kind, channel, count)
    } finally {
      if (last && command.callback) command.callback(null, channel)
    }
  }
}

module.exports = { Subscriptions }
