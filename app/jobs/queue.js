'use strict'

/**
 * The queue of the service: rekue behind a circuit breaker, with what each job type needs around
 * its processor: metrics and a line in the log.
 */

const { createQueue, Job } = require('rekue')
const { makeBreaker } = require('../breakers')

/** A request waits for its job to be stored, so this is also what it waits when the store hangs. */
const COMMAND_TIMEOUT_MS = 2000

/** Longer than a file is busy; a worker that dies gives its jobs up after this. */
const LEASE_MS = 10_000

/** A file that the queue cannot use: for a request, as good as a store that is away. */
class StoreUnusable extends Error {
  /** @param {Error} cause */
  constructor(cause) {
    super(cause.message, { cause })
    this.code = 'ERR_STORE_UNAVAILABLE'
  }
}

/**
 * What the store answers. The library hears only then that a file is no database, and says that
 * the option `store` is wrong, with the code that the mistakes of callers have.
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T>}
 */
async function ofStore(answer) {
  try {
    return await answer
  } catch (error) {
    const { code, message } = /** @type {any} */ (error)
    const unusable = code === 'ERR_INVALID_ARG' && message.startsWith('store ')
    throw unusable ? new StoreUnusable(/** @type {Error} */ (error)) : error
  }
}

class AppQueue {
  /**
   * @param {import('../config').Config} config
   * @param {{ log: import('pino').Logger, metrics: import('../http/metrics').Metrics }} tools
   */
  constructor(config, { log, metrics }) {
    this.log = log
    this.metrics = metrics
    // It has a time limit of its own, which knows what is certain; the breaker's would not.
    this.breaker = makeBreaker('queue', { timeoutMs: false, log })
    this.queue = createQueue({
      store: config.store,
      prefix: config.queuePrefix,
      name: 'rekue-app',
      connectTimeout: COMMAND_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      lease: { duration: LEASE_MS }
    })
    let reported = false
    this.queue.on('error', (error) => {
      // It connects again by itself and tells each failure; the breaker tells of the outage.
      if (!reported) log.warn({ code: error.code, reason: error.message }, 'trouble with the queue')
      reported = true
      setTimeout(() => (reported = false), 10_000).unref()
    })
  }

  /**
   * Store a job. Rejects at once while the store is known to be away.
   * @param {string} type
   * @param {object} data
   * @param {import('rekue').JobOptions} [options]
   */
  add(type, data, options) {
    return this.breaker.fire(() => ofStore(this.queue.add(type, data, options)))
  }

  /** Store jobs, all or none. @param {import('rekue').NewJob[]} jobs */
  addBulk(jobs) {
    return this.breaker.fire(() => ofStore(this.queue.addBulk(jobs)))
  }

  /** @param {string | number} id @returns {Promise<import('rekue').Job>} */
  get(id) {
    return this.breaker.fire(() => ofStore(Job.get(id)))
  }

  /**
   * Process a type of job.
   * @param {string} type
   * @param {number} concurrency
   * @param {(job: import('rekue').Job) => Promise<any>} processor
   */
  work(type, concurrency, processor) {
    const { log, metrics } = this
    this.queue.process(type, concurrency, async (/** @type {any} */ job) => {
      const wait = (Date.now() - Number(job.created_at)) / 1000
      metrics.jobWait.observe({ type }, Math.max(0, wait))
      const end = metrics.jobRun.startTimer({ type })
      try {
        const result = await processor(job)
        end({ outcome: 'complete' })
        return result
      } catch (error) {
        end({ outcome: 'failed' })
        log.info({ job: job.id, type, reason: error.message }, 'job failed')
        throw error
      }
    })
  }

  /** How many jobs there are, by state. */
  stats() {
    return ofStore(this.queue.stats())
  }

  /** @param {number} timeoutMs for the jobs in hand */
  async close(timeoutMs) {
    this.breaker.shutdown()
    await this.queue.close(timeoutMs)
  }
}

module.exports = { AppQueue }
