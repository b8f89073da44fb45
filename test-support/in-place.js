'use strict'

/**
 * What tests know of adding jobs to the embedded store on the thread that makes them, which has no
 * name outside (lib/queue/in-place.js).
 */

const { saved, until } = require('./queues')

/**
 * Counts the adds of a queue that are tried in place: those that were done there, and those that
 * had to go another way.
 * @param {any} queue
 */
function counted(queue) {
  const native = queue._wire._native
  const add = native.addInPlace.bind(native)
  const count = { done: 0, refused: 0 }
  native.addInPlace = (...args) => {
    const answer = add(...args)
    count[answer ? 'done' : 'refused']++
    return answer
  }
  return count
}

/**
 * Add one job after the other until one is added in place: the first of a queue goes another way,
 * as events have to flow before.
 * @param {any} queue
 * @returns {Promise<{ done: number, refused: number }>} what comes after that
 */
async function settled(queue) {
  const count = counted(queue)
  await until(async () => {
    await saved(queue.create('a', { warm: true }))
    return count.done > 0
  })
  return Object.assign(count, { done: 0, refused: 0 })
}

module.exports = { counted, settled }
