'use strict'

/**
 * Circuit breakers (opossum): when a dependency keeps failing, calls to it fail at once for a
 * while, instead of each request waiting for a time limit of its own.
 *
 * One stands before the queue, one before the app's own Redis commands, one before the second
 * tier of the cache. Two seconds after it opened, a breaker lets one call through; if that
 * succeeds, all is as before.
 */

const CircuitBreaker = require('opossum')

/** When a breaker that is open tries again; also what `Retry-After` says. */
const RESET_MS = 2000

/** Few enough to open soon in a quiet hour, enough that one failure is no outage. */
const VOLUME_THRESHOLD = 3

/**
 * What the caller did wrong is no failure of the dependency.
 * @param {any} error
 */
function isCallersFault(error) {
  return ['ERR_INVALID_ARG', 'ERR_JOB_DATA', 'ERR_JOB_NOT_FOUND'].includes(error?.code)
}

/**
 * A breaker for calls of one dependency: `breaker.fire(() => call())`.
 * @param {string} name for logs and metrics
 * @param {object} options
 * @param {number | false} options.timeoutMs false where the call has a time limit itself
 * @param {import('pino').Logger} options.log
 * @param {(error: unknown) => boolean} [options.ignore] whether an error is not the dependency's
 * @returns {CircuitBreaker}
 */
function makeBreaker(name, { timeoutMs, log, ignore = isCallersFault }) {
  const breaker = new CircuitBreaker((/** @type {() => Promise<any>} */ call) => call(), {
    name,
    timeout: timeoutMs,
    resetTimeout: RESET_MS,
    volumeThreshold: VOLUME_THRESHOLD,
    errorThresholdPercentage: 50,
    rollingCountTimeout: 10_000,
    errorFilter: ignore
  })
  breaker.on('open', () => log.warn({ breaker: name }, 'circuit open: failing at once'))
  breaker.on('halfOpen', () => log.info({ breaker: name }, 'circuit half open: trying'))
  breaker.on('close', () => log.info({ breaker: name }, 'circuit closed: recovered'))
  return breaker
}

/** In words, for /readyz and the dashboard. @param {CircuitBreaker} breaker */
function stateOf(breaker) {
  if (breaker.opened) return 'open'
  return breaker.halfOpen ? 'half-open' : 'closed'
}

module.exports = { makeBreaker, stateOf, RESET_MS }
