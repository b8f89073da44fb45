'use strict'

/**
 * Every setting of the service: read from the environment, checked here, nowhere else.
 *
 * A wrong value ends the start with a message that names the variable, rather than the service
 * running with something that nobody meant.
 */

const net = require('node:net')
const path = require('node:path')
const { z } = require('zod')
const { maskUrl } = require('./secrets')

/** Room for a person with many tabs, and for a few behind one address; not for a scraper. */
const DEFAULT_RATE_LIMIT = 6000

/** Pages change when the data file does, which makes new keys; the ttl only bounds what is kept. */
const DEFAULT_CACHE_TTL_MS = 60_000

/** Digits alone, for `Number` takes a blank for 0, and '0x10' and '1e3' too. */
const wholeNumber = (/** @type {number} */ least, /** @type {number} */ most) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least).max(most))

const onOff = z
  .enum(['on', 'off', 'true', 'false', '1', '0'])
  .transform((text) => ['on', 'true', '1'].includes(text))

/** Groups of addresses that Express knows by name. */
const NAMED_PROXIES = new Set(['loopback', 'linklocal', 'uniquelocal'])

const MOST_PROXIES = 10

const TRUST_PROXY_WORDS =
  `must be the number of proxies before the service (0 to ${MOST_PROXIES}), or a list of addresses, ` +
  'subnets (10.0.0.0/8) and the names loopback, linklocal and uniquelocal, divided by commas'

/** Express takes `true`, and would then believe every client that says it is somebody else. */
const TRUST_EVERYBODY =
  'would believe any address that a client claims to have; ' +
  'say how many proxies stand before the service instead, e.g. 1, or which'

/** @param {string} text @returns {boolean} whether Express can make something of it */
function isProxyAddress(text) {
  if (NAMED_PROXIES.has(text)) return true
  const [, address, bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) || []
  const family = net.isIP(address || '')
  if (family === 0) return false
  return bits === undefined || (Number(bits) > 0 && Number(bits) <= (family === 4 ? 32 : 128))
}

const trustProxy = z.string().transform((text, context) => {
  if (/^\d{1,3}$/.test(text) && Number(text) <= MOST_PROXIES) return Number(text)
  if (text === 'false') return false
  const proxies = text.split(',').map((part) => part.trim())
  if (proxies.every(isProxyAddress)) return proxies
  const message = text === 'true' ? TRUST_EVERYBODY : TRUST_PROXY_WORDS
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** @param {string} text with a scheme that is right */
function isRedisUrl(text) {
  if (!URL.canParse(text)) return false
  const { protocol, pathname } = new URL(text)
  return protocol === 'redis+unix:' || /^\/?\d*$/.test(pathname)
}

const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber(0, 65535).default(3000),
  REDIS_URL: z
    .string()
    .regex(/^(rediss?|redis\+unix):\/\//, { error: 'must be a redis URL', abort: true })
    .refine(
      isRedisUrl,
      'cannot be read: signs of a password may need %-encoding, and a database is a number'
    )
    .optional(),
  // A question mark would begin the options of a sqlite: URL.
  DATA_DIR: z
    .string()
    .regex(/^[^?]+$/)
    .default(path.join(__dirname, 'data')),
  NAMES_CSV: z.string().min(1).optional(),
  QUEUE_PREFIX: z
    .string()
    .regex(/^[\w-]{1,40}$/)
    .default('q'),
  ROLE: z.enum(['all', 'web', 'worker']).default('all'),
  SEATS: wholeNumber(1, 100_000).default(50),
  STEP_MS: wholeNumber(0, 60_000).default(250),
  CACHE: onOff.default(true),
  CACHE_MAX: wholeNumber(1, 1_000_000).default(5000),
  CACHE_TTL_MS: wholeNumber(1, 86_400_000).default(DEFAULT_CACHE_TTL_MS),
  RATE_LIMIT: wholeNumber(1, 1_000_000_000).default(DEFAULT_RATE_LIMIT),
  RATE_LIMIT_WINDOW_MS: wholeNumber(100, 86_400_000).default(60_000),
  TRUST_PROXY: trustProxy.default(['loopback']),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ADMIN_PASSWORD: z.string().min(8).optional(),
  CURSOR_SECRET: z.string().min(16).optional(),
  SHUTDOWN_MS: wholeNumber(100, 600_000).default(10_000)
})

/** What the service cannot start with; the message is all that the user needs. */
class ConfigError extends Error {}

/**
 * What may stand in a message. Messages end up in logs and in tickets, where a secret must not be,
 * even one that was refused: the one that is used is often nearly the same.
 * @type {Record<string, (value: string) => string>}
 */
const SHOWN = { ADMIN_PASSWORD: () => '***', CURSOR_SECRET: () => '***', REDIS_URL: maskUrl }

/** Addresses that only this machine reaches. A name that only begins like one may be anybody's. */
const isLoopback = (/** @type {string} */ host) =>
  host.toLowerCase() === 'localhost' ||
  host === '::1' ||
  (net.isIPv4(host) && host.startsWith('127.'))

/**
 * @param {Record<string, string | undefined>} env
 * @returns the settings, frozen
 * @throws {ConfigError}
 */
function readConfig(env) {
  // An empty variable is how compose files and unit files say "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = environment.safeParse(given)
  if (!read.success) {
    const problems = read.error.issues.map(({ path: [variable], message }) => {
      const name = String(variable)
      const value = String(given[name])
      return `${name}=${SHOWN[name]?.(value) ?? value}: ${message}`
    })
    throw new ConfigError(`The environment is not right.\n  ${problems.join('\n  ')}`)
  }
  const value = read.data
  const dataDir = path.resolve(value.DATA_DIR)
  return Object.freeze({
    host: value.HOST,
    port: value.PORT,
    redisUrl: value.REDIS_URL,
    store: value.REDIS_URL || `sqlite:${path.join(dataDir, 'jobs.db')}`,
    queuePrefix: value.QUEUE_PREFIX,
    dataDir,
    namesCsv: value.NAMES_CSV && path.resolve(value.NAMES_CSV),
    serves: value.ROLE !== 'worker',
    works: value.ROLE !== 'web',
    seats: value.SEATS,
    stepMs: value.STEP_MS,
    cache: { enabled: value.CACHE, max: value.CACHE_MAX, ttlMs: value.CACHE_TTL_MS },
    rateLimit: { limit: value.RATE_LIMIT, windowMs: value.RATE_LIMIT_WINDOW_MS },
    trustProxy: value.TRUST_PROXY,
    logLevel: value.LOG_LEVEL,
    adminPassword: value.ADMIN_PASSWORD,
    // Whoever can reach the socket may manage jobs: only this machine, unless there is a password.
    adminOpen: value.ADMIN_PASSWORD !== undefined || isLoopback(value.HOST),
    cursorSecret: value.CURSOR_SECRET,
    shutdownMs: value.SHUTDOWN_MS
  })
}

/** @typedef {ReturnType<typeof readConfig>} Config */

module.exports = { readConfig, ConfigError }
