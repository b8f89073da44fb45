'use strict'

/**
 * What a job keeps to itself, so that it prints and compares as in Kue.
 */

/** Nearly no job is asked for anything before it has its id: one list for all of them. */
const NONE = /** @type {any} */ (Object.freeze([]))

/** What a job keeps to itself. */
const fresh = () => ({
  /** @type {any} */
  queue: null,
  /** Whether anybody ever listened to it. */
  listened: false,
  saving: false,
  /** Whether it was told more while it was on its way. */
  changed: false,
  /** @type {(() => void)[]} calls that wait for the id */
  asked: NONE,
  /** @type {AbortController | null} */
  abort: null,
  /** @type {import('./outcome') | null} what `finished` waits for */
  outcome: null,
  /** @type {any} one that a program put in the place of the queue's */
  client: undefined
})

/**
 * The same of what has a job's methods and was not made as one: clones, proxies, and the prototype
 * itself, which tools for tests look through. Kue's methods work on them.
 * @type {WeakMap<object, ReturnType<typeof fresh>>}
 */
const foreigners = new WeakMap()

/** @param {any} job @param {any} queue its queue, where it is new here */
function foreign(job, queue) {
  let inner = foreigners.get(job)
  if (!inner) {
    inner = { ...fresh(), queue }
    foreigners.set(job, inner)
  }
  return inner
}

module.exports = { NONE, foreign, fresh }
