'use strict'

const os = require('node:os')
const { createError, describe, invalidArg } = require('../errors')
const { toNative } = require('../tls')
const { isWellFormed } = require('../well-formed')
const { addressOf, isClient } = require('./client-address')
const {
  LONGEST_MS,
  flag,
  given,
  givenNumber,
  integer,
  record,
  refuseSlips,
  text
} = require('./option-checks')
const { tlsOption } = require('./tls-option')

/**
 * What `createQueue` takes: Kue's options and ours, checked in one place.
 */

/** Kue's default prefix. */
const PREFIX = 'q'
const STORE = 'redis://127.0.0.1:6379'
/** A worker that gives no sign of life for this long has lost its jobs. */
const LEASE_MS = 30000
/** A job that outlives this many workers probably kills them. */
const MAX_LOST = 3
/** An event loop that does nothing at all for this long hangs; honest work in one piece is shorter. */
const HUNG_MS = 600000
const TIMEOUT_MS = 10000
/** Kue's defaults for looking after delayed jobs. */
const PROMOTION_MS = 1000
const PROMOTION_LIMIT = 1000

const ANY_REDIS = /^(rediss?|redis\+unix|rediss?\+(sentinel|cluster)):/
const SEVERAL_HOSTS = /^rediss?\+(sentinel|cluster):\/\//
const CLUSTER = /^rediss?\+cluster:/
const ENCRYPTED = /^rediss(\+|:)/

const KNOWN = [
  'redis',
  'prefix',
  'name',
  'jobEvents',
  'disableSearch',
  'promotion',
  'store',
  'tls',
  'hashTag',
  'lease',
  'connectTimeout',
  'commandTimeout'
]

/** Kue's, and what clients call the same; what else a client takes is left to the client. */
const KNOWN_OF_REDIS = [
  'host',
  'port',
  'db',
  'auth',
  'password',
  'username',
  'socket',
  'options',
  'tls',
  'createClientFactory'
]

/**
 * @param {any} options what the user gave
 * @returns {{ native: any, tls: any, more: any, name: string, jobEvents: boolean | undefined, prefix: string }}
 *   `native` goes to Rust; `tls` is the option for a client of lib/redis, `more` are others
 */
function check(options) {
  if (options === undefined || options === null) options = {}
  if (typeof options !== 'object') throw invalidArg('options', options, 'an object')
  refuseSlips(options, KNOWN, 'options.')
  const name = text(given(options.name), 'options.name', 'kue')
  const prefix = text(given(options.prefix), 'options.prefix', PREFIX)
  const lease = record(options.lease, 'options.lease')
  const promotion = record(options.promotion, 'options.promotion')
  refuseSlips(lease, ['duration', 'maxLost', 'hungAfter'], 'options.lease.')
  refuseSlips(promotion, ['interval', 'limit'], 'options.promotion.')
  const byClient = isClient(options.redis)
  // That of another store is not asked for.
  const redis = byClient && options.store === undefined ? addressOf(options.redis) : options.redis
  const secured = tlsOption({ tls: options.tls, redis })
  const store = options.store === undefined ? redisUrl(redis, secured) : storeUrl(options.store)
  const encrypted = ENCRYPTED.test(store)
  // What stands in `redis` may be meant for another store than this one, as its address is.
  if (secured?.option === 'options.tls' && !encrypted) {
    throw createError(
      'ERR_INVALID_ARG',
      'options.tls goes with a store that is encrypted: a rediss://, rediss+sentinel:// or rediss+cluster:// URL',
      { argument: 'options.tls' }
    )
  }
  const cluster = CLUSTER.test(store)
  const hashTag = flag(options.hashTag, 'options.hashTag', cluster)
  if (cluster && !hashTag) {
    throw createError(
      'ERR_INVALID_ARG',
      'options.hashTag must be true on a cluster, or left out: without it the keys of the queue ' +
        'would be on several nodes, where no step could be atomic',
      { argument: 'options.hashTag' }
    )
  }
  const leaseDuration = integer(lease.duration, 'options.lease.duration', LEASE_MS, 100)
  const hungByDefault = Math.min(Math.max(HUNG_MS, 2 * leaseDuration), LONGEST_MS)
  const native = {
    store,
    tls: encrypted && secured ? { option: secured.option, ...toNative(secured.tls) } : undefined,
    prefix,
    hashTag,
    // Kue's name for a worker starts like this.
    workerId: [name, os.hostname(), process.pid].join(':'),
    leaseDuration,
    maxLost: integer(lease.maxLost, 'options.lease.maxLost', MAX_LOST, 0),
    hungAfter: integer(lease.hungAfter, 'options.lease.hungAfter', hungByDefault, leaseDuration),
    connectTimeout: integer(options.connectTimeout, 'options.connectTimeout', TIMEOUT_MS, 1),
    commandTimeout: integer(options.commandTimeout, 'options.commandTimeout', TIMEOUT_MS, 1),
    promotionInterval: integer(
      given(promotion.interval),
      'options.promotion.interval',
      PROMOTION_MS,
      1
    ),
    promotionLimit: integer(given(promotion.limit), 'options.promotion.limit', PROMOTION_LIMIT, 1)
  }
  return {
    native,
    tls: encrypted ? secured?.tls : undefined,
    // How a client of the program's own behaves is its own matter.
    more: byClient ? undefined : redis?.options,
    name,
    prefix,
    jobEvents: options.jobEvents === undefined ? undefined : !!options.jobEvents
  }
}

/**
 * @param {unknown} store
 * @returns {string}
 */
function storeUrl(store) {
  if (typeof store !== 'string' || store === '') {
    throw invalidArg(
      'options.store',
      store,
      "a URL such as 'redis://127.0.0.1:6379' or 'sqlite:jobs.db'"
    )
  }
  // What stands behind it is a file's name as it is, not a URL's path.
  if (store.startsWith('sqlite:')) return store
  if (ANY_REDIS.test(store)) return normalRedisUrl(store, 'options.store')
  // Without a colon it may be anything, a password as well.
  const scheme = /^[a-z+]*:/i.exec(store)
  throw createError(
    'ERR_INVALID_ARG',
    `options.store must be a redis://, rediss://, redis+unix://, redis+sentinel://, redis+cluster:// or sqlite: URL, but it starts with ${JSON.stringify(scheme ? scheme[0] : '')}`,
    { argument: 'options.store' }
  )
}

/**
 * The error for a factory of connections.
 * @param {string} argument what it was given as
 */
function noFactory(argument) {
  return createError(
    'ERR_INVALID_ARG',
    `${argument} cannot be used: the connection is made in Rust. ` +
      "Pass its address instead, as options.store ('redis://[user:password@]host:port/db', rediss:// for TLS; " +
      "'redis+sentinel://host,host/MASTER', 'redis+cluster://host,host')",
    { argument }
  )
}

/**
 * A URL from what Kue takes as `redis`: a URL, or `{ host, port, db, auth, socket, options }`.
 * @param {any} redis
 * @param {any} secured whether TLS is asked for beside it
 * @returns {string}
 */
function redisUrl(redis, secured) {
  if (redis === undefined || redis === null || redis === false || redis === '') return STORE
  if (typeof redis === 'string') return normalRedisUrl(redis, 'options.redis')
  if (typeof redis !== 'object') {
    throw invalidArg(
      'options.redis',
      redis,
      'a URL or an object { host, port, db, auth, socket, options }'
    )
  }
  if (redis.createClientFactory) throw noFactory('options.redis.createClientFactory')
  if (typeof redis.auth === 'function') {
    throw invalidArg(
      'options.redis.auth',
      redis.auth,
      'a password (pass the address of Redis, not a client)'
    )
  }
  refuseSlips(redis, KNOWN_OF_REDIS, 'options.redis.')
  const extra = record(given(redis.options), 'options.redis.options')
  if (extra.prefix) {
    throw createError(
      'ERR_INVALID_ARG',
      'options.redis.options.prefix would put a prefix before the prefix of the queue: pass both as ' +
        `options.prefix, ${JSON.stringify(`${extra.prefix}${PREFIX}`)} where the queue has none of its own`,
      { argument: 'options.redis.options.prefix' }
    )
  }
  const password = oneOf(redis, ['auth', 'password', 'options.auth_pass', 'options.password'])
  const user = oneOf(redis, ['username', 'options.user', 'options.username'])
  const secret = password ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@` : ''
  // Not that of `options`: Kue selects its own behind it, and the jobs are there.
  const db = integer(givenNumber(redis.db), 'options.redis.db', 0, 0)
  // A path is no number, as a password may be.
  if (redis.socket) text(redis.socket, 'options.redis.socket', '')
  const socket = oneOf(redis, ['socket'])
  if (socket) {
    const query = new URLSearchParams({ db: String(db) })
    if (secret) {
      if (user) query.set('user', user)
      query.set('pass', password)
    }
    return `redis+unix://${encodeURI(socket)}?${query}`
  }
  const host = text(given(redis.host), 'options.redis.host', '127.0.0.1')
  const port = integer(givenNumber(redis.port), 'options.redis.port', 6379, 1, 65535)
  const scheme = secured ? 'rediss' : 'redis'
  return `${scheme}://${secret}${host.includes(':') ? `[${host}]` : host}:${port}/${db}`
}

/**
 * The first of these that is set. It may be a secret: errors tell of what kind it is, never the value.
 * @param {any} redis
 * @param {string[]} names in order, those of `redis.options` behind that
 * @returns {string} '' where none is
 */
function oneOf(redis, names) {
  for (const name of names) {
    const own = name.replace('options.', '')
    const value = own === name ? redis[name] : redis.options?.[own]
    // As Kue asks: whatever is false was not set.
    if (!value) continue
    const written = typeof value === 'number' ? String(value) : value
    if (typeof written === 'string' && isWellFormed(written)) return written
    const argument = `options.redis.${name}`
    const kind = typeof value === 'string' ? 'one with half a character' : describe(value)
    const message = `${argument} must be a text, or a number, but it was ${kind}`
    throw createError('ERR_INVALID_ARG', message, { argument })
  }
  return ''
}

/**
 * Kue also takes the database as `?db=N`.
 * @param {string} url
 * @param {string} name
 */
function normalRedisUrl(url, name) {
  // Several hosts are no URL to `URL`; src/redis/config.rs reads these, and says what is wrong.
  if (SEVERAL_HOSTS.test(url)) return url
  const parsed = URL.canParse(url) ? new URL(url) : null
  // Without the slashes the host, and the password before it, would be read as the path.
  if (!parsed || !/^(rediss?:(\/\/|\/\d*$|$)|redis\+unix:)/i.test(url)) {
    throw createError(
      'ERR_INVALID_ARG',
      `${name} must be a redis://, rediss://, redis+unix://, redis+sentinel:// or redis+cluster:// URL`,
      {
        argument: name
      }
    )
  }
  // It would promise what nobody keeps.
  if (parsed.searchParams.has('replicas')) {
    throw createError(
      'ERR_INVALID_ARG',
      `${name} asks for replicas, which goes with redis+sentinel:// and redis+cluster:// only`,
      { argument: name }
    )
  }
  if (parsed.protocol === 'redis+unix:') return url
  const behind = [parsed.pathname, parsed.hash, ...parsed.searchParams.keys()]
  if (behind.some((part) => part.includes('@'))) {
    throw createError(
      'ERR_INVALID_ARG',
      `${name} has an @ behind its host: user and password stand before that, as in ` +
        'redis://user:password@host:6379/0, with / # ? and @ in them percent-encoded',
      { argument: name }
    )
  }
  const db =
    parsed.pathname.length > 1 ? parsed.pathname.slice(1) : (parsed.searchParams.get('db') ?? '0')
  if (!/^\d+$/.test(db)) {
    throw createError(
      'ERR_INVALID_ARG',
      `${name} must name its database by a number, not by ${JSON.stringify(db)}`,
      {
        argument: name
      }
    )
  }
  const auth = credentials(parsed, name === 'options.redis')
  return `${parsed.protocol}//${auth}${parsed.hostname || '127.0.0.1'}:${parsed.port || 6379}/${db}`
}

/**
 * User and password of a URL. Kue takes a name without a password for the password, and node_redis
 * takes one behind the question mark.
 * @param {URL} url
 * @param {boolean} kues whether it is one for Kue
 */
function credentials(url, kues) {
  const { username, password } = url
  if (password) return `${username}:${password}@`
  const query = url.searchParams.get('password') ?? url.searchParams.get('auth_pass')
  if (query) return `${username}:${encodeURIComponent(query)}@`
  if (!username) return ''
  return kues ? `:${username}@` : `${username}:@`
}

module.exports = { check, noFactory }
