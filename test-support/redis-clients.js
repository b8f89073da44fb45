'use strict'

/**
 * The clients that tests of `rekue/redis` compare: ours and the two genuine ones it stands in for.
 */

const { once } = require('node:events')

const CLIENTS = {
  rekue: require('rekue/redis'),
  'redis@2.8': require('redis-2'),
  'redis@3.1': require('redis-3')
}

/**
 * What can be compared of an outcome: of errors all but the stack.
 * @param {any} value
 * @returns {any}
 */
function comparable(value) {
  if (Array.isArray(value)) return value.map(comparable)
  if (!(value instanceof Error)) return value
  const { name, message } = value
  const rest = Object.entries(value).map(([key, inner]) => [key, comparable(inner)])
  return { error: name, message, ...Object.fromEntries(rest) }
}

/**
 * Call a function that takes a callback, and give what came, in a form that can be compared.
 * @param {(callback: (error: any, reply?: any) => void) => void} call
 */
function outcome(call) {
  return new Promise((resolve) => {
    call((error, reply) => resolve(error ? comparable(error) : { reply: comparable(reply) }))
  })
}

/** @param {any} client End it and wait until it has. */
async function quit(client) {
  const ended = client.connected ? once(client, 'end') : undefined
  client.quit()
  await ended
}

module.exports = { CLIENTS, comparable, outcome, quit }
