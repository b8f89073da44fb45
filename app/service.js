'use strict'

/**
 * The service put together: each part made once, handed to whom needs it, and closed in the
 * reverse order.
 */

const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { i18n: i18nModule } = require('rekue')
const { PageCache } = require('./cache/page-cache')
const { loadExerciseI18n } = require('./exercises/i18n/page')
const { makeApp } = require('./http/app')
const { Metrics } = require('./http/metrics')
const { Streams } = require('./http/streams')
const { NamesSource } = require('./names/source')
const analytics = require('./jobs/analytics')
const notifications = require('./jobs/notifications')
const { AppQueue } = require('./jobs/queue')
const seats = require('./jobs/seats')
const { openCounters } = require('./stores/counters')
const { AppRedis } = require('./stores/redis')
const { openReservations } = require('./stores/reservations')

/** How soon after its last answer a connection is closed while the service stops. */
const SWEEP_MS = 50

/** @typedef {Awaited<ReturnType<typeof openParts>>} Parts */

/**
 * @param {import('./config').Config} config
 * @param {import('pino').Logger} log
 */
async function openParts(config, log) {
  const { dataDir, redisUrl } = config
  const metrics = new Metrics()
  const i18n = await i18nModule.I18n.load({ dir: path.join(__dirname, 'locales') })
  const exerciseI18n = await loadExerciseI18n()
  // Last of what may fail for a reason of the user's: nothing is open yet that would keep running.
  const names = await NamesSource.open(config, log)
  const redis = redisUrl ? new AppRedis(redisUrl, log) : undefined
  const queue = new AppQueue(config, { log, metrics })
  const cache = new PageCache({ cache: config.cache, redisUrl, log, metrics })
  return {
    config,
    log,
    metrics,
    i18n,
    exerciseI18n,
    names,
    redis,
    queue,
    cache,
    reservations: openReservations({ folder: path.join(dataDir, 'reservations'), redis }),
    counters: openCounters({ folder: path.join(dataDir, 'counters'), redis }),
    recordView: analytics.makeRecorder(queue, metrics),
    streams: new Streams(),
    state: { stopping: false }
  }
}

class Service {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts
    this.app = makeApp(parts)
    /** @type {http.Server | undefined} */
    this.server = undefined
    const { breaker: cacheBreaker } = parts.cache
    const breakers = [parts.queue.breaker, parts.redis?.breaker, cacheBreaker]
    parts.metrics.watchBreakers(breakers.filter((breaker) => breaker !== undefined))
    parts.metrics.watchQueue(parts.queue.queue, [notifications.TYPE, seats.TYPE, analytics.TYPE])
  }

  /**
   * Serve and work, as the configuration says.
   * @returns {Promise<string | undefined>} where it is reached
   */
  async start() {
    const { config, counters, log, queue, redis } = this.parts
    await redis?.settled()
    if (config.works) {
      notifications.processNotifications(queue, { stepMs: config.stepMs, log })
      analytics.processAnalytics(queue, counters)
    }
    if (!config.serves) return undefined
    this.server = http.createServer(this.app)
    this.server.listen(config.port, config.host)
    await once(this.server, 'listening')
    const { address, port, family } = /** @type {import('node:net').AddressInfo} */ (
      this.server.address()
    )
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Stop accepting, finish what is in hand, let go of everything. A second call waits too. */
  close() {
    this.closing ??= this.#close()
    return this.closing
  }

  async #close() {
    const { cache, config, counters, names, queue, redis, state, streams } = this.parts
    state.stopping = true
    if (this.server?.listening) {
      const closed = once(this.server, 'close')
      this.server.close()
      streams.endAll()
      // A connection whose answer was under way is idle only now, and would be kept for seconds.
      const sweep = setInterval(() => this.server?.closeIdleConnections(), SWEEP_MS)
      // Whoever is still not done is holding everybody up.
      const impatient = setTimeout(() => this.server?.closeAllConnections(), config.shutdownMs)
      await closed
      clearInterval(sweep)
      clearTimeout(impatient)
    }
    await queue.close(config.shutdownMs)
    await counters.close()
    await cache.close()
    redis?.close()
    names.close()
  }
}

/**
 * @param {import('./config').Config} config
 * @param {import('pino').Logger} log
 * @returns {Promise<Service>}
 */
async function createService(config, log) {
  return new Service(await openParts(config, log))
}

module.exports = { createService, Service }
