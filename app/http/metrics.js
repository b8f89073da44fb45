'use strict'

/**
 * Metrics for Prometheus (prom-client): requests, cache, queue depth, latencies per job type,
 * breakers. Depths are asked of the store when /metrics is, so they are those of all instances;
 * the rest is this process's.
 */

const prometheus = require('prom-client')
const { stateOf } = require('../breakers')

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const JOB_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300]

const STATES = /** @type {const} */ (['inactive', 'active', 'complete', 'failed', 'delayed'])

/** A scrape must not wait longer for the store than Prometheus waits for the scrape. */
const DEPTH_TIMEOUT_MS = 2000

class Metrics {
  constructor() {
    this.registry = new prometheus.Registry()
    const registers = [this.registry]
    prometheus.collectDefaultMetrics({ register: this.registry })
    this.requests = new prometheus.Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers
    })
    this.cache = new prometheus.Counter({
      name: 'page_cache_requests_total',
      help: 'Pages asked of the cache',
      labelNames: ['result'],
      registers
    })
    this.jobWait = new prometheus.Histogram({
      name: 'job_wait_seconds',
      help: 'Time from the creation of a job to its start, its delay included',
      labelNames: ['type'],
      buckets: JOB_SECONDS,
      registers
    })
    this.jobRun = new prometheus.Histogram({
      name: 'job_run_seconds',
      help: 'Time that an attempt took',
      labelNames: ['type', 'outcome'],
      buckets: JOB_SECONDS,
      registers
    })
    this.analyticsDropped = new prometheus.Counter({
      name: 'analytics_dropped_total',
      help: 'Views that no job was queued for, because the queue was away or behind',
      registers
    })
  }

  /** Time every request. @returns {import('express').RequestHandler} */
  measureRequests() {
    return (req, res, next) => {
      const end = this.requests.startTimer({ method: req.method })
      res.once('finish', () => {
        // The pattern, not the path: one series a route, however many ids there are.
        end({ route: req.route?.path ?? 'none', status: res.statusCode })
      })
      next()
    }
  }

  /**
   * Ask the queue how many jobs of each type are in each state, at each scrape.
   * @param {any} queue
   * @param {readonly string[]} types
   */
  watchQueue(queue, types) {
    new prometheus.Gauge({
      name: 'queue_jobs',
      help: 'Jobs by type and state, over all instances',
      labelNames: ['type', 'state'],
      registers: [this.registry],
      async collect() {
        this.reset()
        const pairs = types.flatMap((type) => STATES.map((state) => ({ type, state })))
        const asked = Promise.all(pairs.map(({ type, state }) => countOf(queue, type, state)))
        const counts = await within(DEPTH_TIMEOUT_MS, asked)
        // Without the store, the series are missing: better than a zero that is none.
        counts?.forEach((count, i) => this.set(pairs[i], count))
      }
    })
  }

  /** @param {import('opossum')[]} breakers */
  watchBreakers(breakers) {
    new prometheus.Gauge({
      name: 'circuit_open',
      help: '1 where the circuit breaker is open',
      labelNames: ['name'],
      registers: [this.registry],
      collect() {
        for (const breaker of breakers) {
          this.set({ name: breaker.name }, stateOf(breaker) === 'closed' ? 0 : 1)
        }
      }
    })
  }
}

/**
 * @param {any} queue
 * @param {string} type
 * @param {string} state
 * @returns {Promise<number>}
 */
function countOf(queue, type, state) {
  return new Promise((resolve, reject) => {
    queue.cardByType(type, state, (error, count) => (error ? reject(error) : resolve(count)))
  })
}

/**
 * What the promise gives, or undefined where it fails or takes longer.
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T | undefined>}
 */
async function within(ms, promise) {
  let timer
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)))
  try {
    return /** @type {T | undefined} */ (await Promise.race([promise, late]))
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

module.exports = { Metrics, within }
