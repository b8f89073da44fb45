'use strict'

/**
 * What tests know of a queue's direct line, which has no name outside: where jobs that are added one
 * by one go (lib/queue/direct-line.js).
 */

const { saved, until } = require('./queues')

/** How the call of a job that goes there is known in what a connection carries. */
const DIRECT = ':direct:'

/** @param {any} queue */
function lineOf(queue) {
  return queue._wire._direct
}

/**
 * Add one job after the other until the line is there.
 * @template T
 * @param {T} queue
 * @param {string} [type]
 * @returns {Promise<T>}
 */
async function opened(queue, type = 'a') {
  const line = lineOf(queue)
  // No pause before the next attempt.
  line._next = 0
  await until(async () => {
    if (line._socket) return true
    await saved(/** @type {any} */ (queue).create(type, { warm: true }))
    return false
  })
  return queue
}

/**
 * Whether a job was given to the line meanwhile.
 * @param {any} queue
 * @param {() => Promise<any>} add
 */
async function goes(queue, add) {
  const before = lineOf(queue)._number
  await add()
  return lineOf(queue)._number > before
}

module.exports = { DIRECT, lineOf, opened, goes }
