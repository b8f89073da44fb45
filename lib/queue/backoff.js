'use strict'

const { invalidArg } = require('../errors')

/**
 * Backoff functions of one's own. A job stores the text of its function, as in Kue; the text is
 * never run. It only finds the function that this process registered with the same text.
 */

/** @type {Map<string, Function>} by text, and by the name given to `queue.backoff` */
const registered = new Map()

/**
 * @param {string} name
 * @param {Function} fn gets (attempts, delay) with the job as `this`, answers ms
 */
function register(name, fn) {
  if (typeof name !== 'string' || name === '') throw invalidArg('name', name, 'a non-empty string')
  if (typeof fn !== 'function') throw invalidArg('fn', fn, 'a function (attempts, delay) => ms')
  registered.set(name, fn)
  registered.set(fn.toString(), fn)
}

/**
 * How a backoff is stored.
 * @param {any} backoff what `job.backoff` was given
 * @returns {string | undefined}
 */
function toStored(backoff) {
  if (!backoff) return undefined
  if (typeof backoff === 'function') {
    registered.set(backoff.toString(), backoff)
    return backoff.toString()
  }
  return typeof backoff === 'object' ? JSON.stringify(backoff) : String(backoff)
}

/**
 * What a stored backoff stands for.
 * @param {string | undefined} stored
 * @returns {{ value: any, unknown: boolean }} `unknown`: a text that nobody registered here
 */
function fromStored(stored) {
  if (!stored) return { value: undefined, unknown: false }
  const fn = registered.get(stored)
  if (fn) return { value: fn, unknown: false }
  try {
    return { value: JSON.parse(stored), unknown: false }
  } catch {
    return { value: undefined, unknown: true }
  }
}

module.exports = { register, toStored, fromStored }
