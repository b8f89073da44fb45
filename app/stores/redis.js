'use strict'

/**
 * The app's own connection to Redis, for reservations, rate limits and analytics: a rekue/redis
 * client behind a circuit breaker.
 *
 * It keeps no queue while it is offline. A reservation that was answered with 503 must not be made
 * ten seconds later, when nobody waits for it any more.
 */

const redis = require('rekue/redis')
const { makeBreaker } = require('../breakers')

/** Redis answers in a millisecond; past this, the request is better off without it. */
const COMMAND_TIMEOUT_MS = 1000

/** A start waits so long for a Redis that takes connections and says nothing; then it goes on. */
const SETTLE_MS = 2000

/** Between two attempts to connect, growing. It never gives up. */
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 1000

/**
 * The address in the words of `createClient`, which takes a socket as a path.
 * @param {string} url as for a queue
 */
function whereIs(url) {
  if (!url.startsWith('redis+unix:')) return { url }
  const { pathname, searchParams } = new URL(url)
  return { path: decodeURIComponent(pathname), db: searchParams.get('db') || 0 }
}

class AppRedis {
  #log

  /**
   * @param {string} url
   * @param {import('pino').Logger} log
   */
  constructor(url, log) {
    this.#log = log
    this.breaker = makeBreaker('redis', { timeoutMs: COMMAND_TIMEOUT_MS, log })
    this.client = redis.createClient({
      ...whereIs(url),
      enable_offline_queue: false,
      retry_strategy: ({ attempt }) => Math.min(attempt * FIRST_RETRY_MS, LAST_RETRY_MS)
    })
    let reported = false
    // With a strategy of our own, it is this event that tells of failures; once an outage is enough.
    this.client.on('reconnecting', ({ error }) => {
      if (!reported) log.warn({ code: error?.code }, 'no connection to Redis')
      reported = true
    })
    this.client.on('error', (error) => log.warn({ code: error.code }, 'trouble with Redis'))
    this.client.on('ready', () => {
      if (reported) log.info('connected to Redis again')
      reported = false
    })
  }

  /**
   * Send a command; rejects at once while Redis is away.
   * @param {string} name
   * @param {...(string | number)} args
   */
  command(name, ...args) {
    return this.breaker.fire(() => this.client.async.send_command(name, args))
  }

  /** How long Redis takes to answer, past the breaker. */
  ping() {
    return this.client.async.ping()
  }

  /**
   * The first connection or the first failure, whichever comes first. A Redis that hangs gives
   * neither; the service can do without it, and takes it up when it answers.
   */
  settled() {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(late)
          this.client.removeListener('ready', done)
          this.client.removeListener('reconnecting', done)
          resolve()
        }
        const late = setTimeout(() => {
          this.#log.warn('Redis does not answer; the service starts without it')
          done()
        }, SETTLE_MS)
        this.client.once('ready', done)
        this.client.once('reconnecting', done)
      })
    )
  }

  close() {
    this.breaker.shutdown()
    this.client.end(true)
  }
}

module.exports = { AppRedis }
