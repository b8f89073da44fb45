'use strict'

const { createError } = require('../errors')

/**
 * Where a Redis client is connected to, for programs that give Kue a client in the place of an address:
 * those of node_redis and ioredis, and our own.
 */

/** @param {any} redis */
function isClient(redis) {
  if (redis === null || typeof redis !== 'object') return false
  const { send_command, internal_send_command, sendCommand } = redis
  return [send_command, internal_send_command, sendCommand].some(
    (send) => typeof send === 'function'
  )
}

/**
 * @param {any} client
 * @returns {any} an address as `options.redis` takes it
 */
function addressOf(client) {
  const options = client.options ?? {}
  // As it was read from whatever the client was made with: a URL, a port, parts.
  const { host, port, path } = client.connection_options ?? options
  if (!(host || path) || options.sentinels) {
    throw createError(
      'ERR_INVALID_ARG',
      'options.redis must be an address, { host, port, db, auth } or a URL, and not a client: where ' +
        'this one is connected to cannot be told',
      { argument: 'options.redis' }
    )
  }
  return {
    host,
    port,
    socket: path,
    // Its own, in which the rest of the program is: it may have been told after the client was made.
    db: client.selected_db ?? options.db,
    auth: client.auth_pass ?? options.auth_pass ?? options.password,
    username: client.auth_user ?? options.user ?? options.username,
    options: { tls: options.tls, prefix: options.prefix ?? options.keyPrefix }
  }
}

module.exports = { addressOf, isClient }
