'use strict'

/**
 * Which pages are read, in which language, from where they came: a job per view, queued and never
 * waited for, and a worker that adds up what it hears.
 */

const TYPE = 'analytics'

/** Views are short work, and many. */
const CONCURRENCY = 10

/**
 * So many jobs may be on their way to the store. When it is slower than the readers are, further
 * views are dropped and counted: pages matter more than their statistics.
 */
const MOST_IN_FLIGHT = 1000

/**
 * @typedef {object} View
 * @property {string} route
 * @property {string} locale
 * @property {'hit' | 'miss'} cache
 * @property {string} representation
 * @property {number} ms that the answer took
 */

/**
 * @param {import('./queue').AppQueue} queue
 * @param {import('../http/metrics').Metrics} metrics
 * @returns {(view: View) => void}
 */
function makeRecorder(queue, metrics) {
  let inFlight = 0
  return (view) => {
    if (inFlight >= MOST_IN_FLIGHT) return metrics.analyticsDropped.inc()
    inFlight++
    // A finished view is of no more use; thousands of them would be a burden to the store.
    queue
      .add(TYPE, view, { removeOnComplete: true, priority: 'low' })
      .catch(() => metrics.analyticsDropped.inc())
      .finally(() => inFlight--)
  }
}

/**
 * @param {import('./queue').AppQueue} queue
 * @param {import('../stores/counters').Counters} counters
 */
function processAnalytics(queue, counters) {
  queue.work(TYPE, CONCURRENCY, async (job) => {
    const { route, locale, cache, representation, ms } = job.data
    await counters.add({
      views: 1,
      ms,
      [`route:${route}`]: 1,
      [`locale:${locale}`]: 1,
      [`cache:${cache}`]: 1,
      [`representation:${representation}`]: 1
    })
  })
}

module.exports = { TYPE, makeRecorder, processAnalytics }
