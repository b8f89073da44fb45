'use strict'

/**
 * `rekue/redis`: a Redis client with node_redis's interface (2.8 and 3.1), over a connection that
 * lives in Rust.
 *
 *   const redis = require('rekue/redis')
 *   const client = redis.createClient('redis://127.0.0.1:6379/0')
 *   client.set('key', 'value', redis.print)
 *   client.async.get('key').then(console.log)
 */

const { RedisClient } = require('./redis/client')
const { addCommand } = require('./redis/commands')
const errors = require('./redis/errors')
const { Multi } = require('./redis/multi')
const { readArguments } = require('./redis/options')

/**
 * Connect to a server.
 * @param {...any} args `[port, [host]], [options]`, `url, [options]`, a unix socket's path, or options
 */
function createClient(...args) {
  return new RedisClient(readArguments(args))
}

/**
 * A callback that writes what came to the console.
 * @param {Error | null} error
 * @param {any} [reply]
 */
function print(error, reply) {
  console.log(error ? String(error) : `Reply: ${reply}`)
}

module.exports = {
  createClient,
  RedisClient,
  Multi,
  print,
  addCommand,
  add_command: addCommand,
  RedisError: errors.RedisError,
  ReplyError: errors.ReplyError,
  ParserError: errors.ParserError,
  AbortError: errors.AbortError,
  AggregateError: errors.AggregateError,
  /** As in node_redis it can be set; there is nothing here that it would print. */
  debug_mode: false
}
