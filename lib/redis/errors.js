'use strict'

/**
 * The errors of node_redis's names: programs ask for `err instanceof redis.ReplyError` and for
 * `err.code`, which is that of Redis (`WRONGTYPE`, `NOAUTH`, …) or one of those below.
 *
 * | code              | class      | when                                                         |
 * |-------------------|------------|--------------------------------------------------------------|
 * | NR_CLOSED         | AbortError | the client was ended, or takes no commands while offline     |
 * | UNCERTAIN_STATE   | AbortError | the connection was lost after the command had left           |
 * | CONNECTION_BROKEN | AbortError | the client gave up connecting                                |
 * | NR_FATAL          | AbortError | the server sent what is no reply                             |
 */

class RedisError extends Error {}

// Its own property on the prototype, as with the errors of JavaScript itself.
const name = (Class) =>
  Object.defineProperty(Class.prototype, 'name', {
    value: Class.name,
    configurable: true,
    writable: true
  })

/** An error that Redis answered. */
class ReplyError extends RedisError {}

/** The server sent what is no reply. */
class ParserError extends RedisError {}

/** A command that got no reply. */
class AbortError extends RedisError {
  /** @param {{ message?: string, [property: string]: unknown }} properties */
  constructor({ message, ...properties }) {
    super(message)
    Object.assign(this, properties)
  }
}

/** Several at once. */
class AggregateError extends AbortError {}

for (const Class of [RedisError, ReplyError, ParserError, AbortError, AggregateError]) name(Class)

/** The code that begins an error reply. Scripts may answer errors that have none. */
const CODE = /^([A-Z]+)\s+(.+)$/

/**
 * Say of an error reply what it was the reply to.
 * @param {any} error
 * @param {{ command: string, args: any[] }} command
 * @param {boolean} [withArgs]
 */
function describeReply(error, { command, args }, withArgs = true) {
  error.command = command.toUpperCase()
  if (withArgs && args.length > 0) error.args = args
  const match = CODE.exec(error.message)
  if (match) error.code = match[1]
  return error
}

/**
 * The error for a command that gets no reply.
 * @param {{ message: string, code: string }} reason
 * @param {{ command: string, args: any[] }} command
 */
function aborted(reason, { command, args }) {
  /** @type {any} */
  const error = new AbortError({ ...reason, command: command.toUpperCase() })
  if (args.length > 0) error.args = args
  return error
}

module.exports = {
  RedisError,
  ReplyError,
  ParserError,
  AbortError,
  AggregateError,
  describeReply,
  aborted
}
