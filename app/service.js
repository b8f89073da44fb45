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
const { Connections } = require('./http/connections')
const { Metrics } = require('./http/metrics')
const { Streams } = require('./http/streams')
const { NamesSource } = require('./names/source')
const analytics = require('./jobs/analytics')
const notifications = require('./jobs/notifications')
const { AppQueue } = require('./jobs/queue')
const seats = require('./jobs/seats')
const { JobWatch } = require('./jobs/watch')
const { openCounters } = require('./stores/counters')
const { AppRedis } = require('./stores/redis')
const { openReservations } = require('./stores/reservations')

/** How soon after its last answer a connection is closed while the service stops. */
const SWEEP_MS = 50

/** How long a client that is still sending its request may hold up the stop. */
const BODY_GRACE_MS = 1500

/** @typedef {Awaited<ReturnType<typeof openParts>>} Parts */

/** What has been opened, and how each of it is closed. */
class Opened {
  /** @type {(() => unknown)[]} */
  #closers = []

  /**
   * @template T
   * @param {T} part
   * @param {(part: T) => unknown} close
   */
  add(part, close) {
    this.#closers.push(() => close(part))
    return part
  }

  /**
   * Close everything, the last first. What cannot be closed keeps nothing else open: a connection
   * that is left would keep the process from ending.
   */
  async close() {
    /** @type {unknown[]} */
    const errors = []
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}

/**
 * @param {import('./config').Config} config
 * @param {import('pino').Logger} log
 * @param {Opened} opened
 */
async function openParts(config, log, opened) {
  const { dataDir, redisUrl } = config
  const metrics = new Metrics()
  const i18n = await i18nModule.I18n.load({ dir: path.join(__dirname, 'locales') })
  const exerciseI18n = await loadExerciseI18n()
  const names = opened.add(await NamesSource.open(config, log), (part) => part.close())
  const redis = redisUrl
    ? opened.add(new AppRedis(redisUrl, log), (part) => part.close())
    : undefined
  const pages = new PageCache({ cache: config.cache, redisUrl, log, metrics })
  const cache = opened.add(pages, (part) => part.close())
  const sums = openCounters({ folder: path.join(dataDir, 'counters'), redis })
  const counters = opened.add(sums, (part) => part.close())
  // The last, so that it is closed first: its jobs need all of the others.
  const queue = opened.add(new AppQueue(config, { log, metrics }), (part) =>
    part.close(config.shutdownMs)
  )
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
    counters,
    recordView: analytics.makeRecorder(queue, metrics),
    streams: new Streams(),
    watch: new JobWatch((id) => queue.get(id)),
    state: { stopping: false }
  }
}

class Service {
  #opened

  /**
   * @param {Parts} parts
   * @param {Opened} opened those of them that have to be closed
   */
  constructor(parts, opened) {
    this.#opened = opened
    this.parts = parts
    this.app = makeApp(parts)
    this.connections = new Connections()
    /** @type {http.Server | undefined} */
    this.server = undefined
    const { breaker: cacheBreaker } = parts.cache
    const breakers = [parts.queue.breaker, parts.redis?.breaker, cacheBreaker]
    parts.metrics.watchBreakers(breakers.filter((breaker) => breaker !== undefined))
    parts.metrics.watchQueue(parts.queue.queue, [notifications.TYPE, seats.TYPE, analytics.TYPE])
  }

  /**
   * Serve and work, as the configuration says.
   * @returns {Promise<string | undefined>} where it is reached, if it is
   */
  start() {
    this.starting ??= this.#start()
    return this.starting
  }

  async #start() {
    const { config, counters, log, queue, redis, state } = this.parts
    await redis?.settled()
    // Told to stop in the meantime.
    if (state.stopping) return undefined
    if (config.works) {
      notifications.processNotifications(queue, { stepMs: config.stepMs, log })
      analytics.processAnalytics(queue, counters)
    }
    if (!config.serves) return undefined
    this.server = http.createServer(this.app)
    this.connections.watch(this.server)
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
    const { config, state, streams } = this.parts
    state.stopping = true
    // What begins to listen behind our back would never be closed.
    await this.starting?.catch(() => {})
    if (this.server?.listening) {
      const closed = once(this.server, 'close')
      const closingAt = performance.now()
      this.server.close()
      streams.endAll()
      const sweep = setInterval(() => {
        // A connection whose answer was under way is idle only now, and would be kept for seconds.
        this.server?.closeIdleConnections()
        // Who sends a request slowly, or not at all, has nothing here that could be finished.
        if (performance.now() - closingAt > BODY_GRACE_MS) this.connections.closeUnfinished()
      }, SWEEP_MS)
      // Whoever is still not done is holding everybody up.
      const impatient = setTimeout(() => this.server?.closeAllConnections(), config.shutdownMs)
      await closed
      clearInterval(sweep)
      clearTimeout(impatient)
    }
    await this.#opened.close()
  }
}

/**
 * @param {import('./config').Config} config
 * @param {import('pino').Logger} log
 * @returns {Promise<Service>}
 */
async function createService(config, log) {
  const opened = new Opened()
  try {
    return new Service(await openParts(config, log, opened), opened)
  } catch (error) {
    // The reason is what the user has to hear, not what could then not be closed.
    await opened.close().catch(() => {})
    throw error
  }
}

module.exports = { createService, Service }
