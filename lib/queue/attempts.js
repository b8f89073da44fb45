'use strict'

const { nextTick } = require('./untouched')

/**
 * Kue's steps of a failure, for programs that take them by hand, such as one that looks for jobs
 * nobody works on. Workers do all of it in one step of the store.
 */

/** @typedef {any} Job */

const noop = () => {}

/**
 * Count an attempt.
 * @param {Job} job
 * @param {(error: Error | null, remaining?: number, made?: number, max?: number) => void} [fn]
 */
function attempt(job, fn = noop) {
  const max = Number(job._max_attempts) || 1
  const made = (Number(job._attempts) || 0) + 1
  if (made > max) return void nextTick(fn, null, 0, made - 1, max)
  job.set('attempts', made, (/** @type {Error | null} */ error) => {
    if (error) return fn(error)
    job._attempts = made
    fn(null, max - made, made, max)
  })
}

/**
 * Have a failed job tried again: at once, or after the pause that its backoff says.
 * @param {Job} job
 * @param {number} attempts made so far
 * @param {(error?: Error | null) => void} [fn]
 */
function reattempt(job, attempts, fn) {
  if (!job._backoff) return void job.inactive(fn)
  const pause = pauseOf(job, attempts)
  job.delay(pause).update((/** @type {Error | null} */ error) => {
    if (error) return fn ? fn(error) : job._fail(error)
    job.delayed(fn)
  })
}

/**
 * @param {Job} job
 * @param {number} attempts
 * @returns {number} ms
 */
function pauseOf(job, attempts) {
  const rule = job._backoff
  const own = Number(job._delay) || 0
  if (typeof rule === 'function') {
    const pause = Number(rule.call(job, attempts, job._delay))
    return pause > 0 ? pause : own
  }
  if (rule === null || typeof rule !== 'object') return own
  const delay = Number(rule.delay) || own
  if (rule.type !== 'exponential') return delay
  const most = (Number(rule.maxDelay) || Infinity) - delay / 2
  return Math.round(Math.min(most, (delay / 2) * (2 ** attempts - 1)))
}

/**
 * Fail a job, and have it tried again where attempts are left.
 * @param {Job} job
 * @param {any} failure
 * @param {(error: Error | null, again?: boolean, attempts?: number) => void} [fn]
 */
function failedAttempt(job, failure, fn = noop) {
  job.error(failure).failed((/** @type {Error | null} */ error) => {
    if (error) return fn(error)
    attempt(job, (error, remaining = 0, attempts = 0) => {
      if (error || remaining === 0) return fn(error, false, attempts)
      try {
        reattempt(job, attempts, (error) => fn(error || null, true, attempts))
      } catch (thrown) {
        // A backoff function of the user's.
        fn(/** @type {Error} */ (thrown))
      }
    })
  })
}

module.exports = { attempt, reattempt, failedAttempt }
