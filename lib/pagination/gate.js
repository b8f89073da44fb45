'use strict'

/**
 * Lets a few queries run at a time. They run on libuv's pool, whose four threads also read files
 * and look up names for the rest of the program; a burst of queries must not take them all.
 */

const MAX_RUNNING = 2

let running = 0
/** @type {(() => void)[]} */
const waiting = []

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function throughGate(work) {
  if (running >= MAX_RUNNING) await new Promise((resolve) => waiting.push(() => resolve(undefined)))
  else running++
  try {
    return await work()
  } finally {
    // A place is handed on rather than given back, so nobody can slip in between.
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

/** How many wait for their turn. */
function queueLength() {
  return waiting.length
}

module.exports = { throughGate, queueLength }
