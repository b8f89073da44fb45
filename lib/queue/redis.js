'use strict'

const { createError } = require('../errors')
const { zid } = require('./job-encoding')
const { check, noFactory } = require('./options')

/**
 * Redis clients beside the queue's own connections: `queue.client`, and `rekue.redis` with the
 * shape of Kue's. Nothing is loaded or connected before somebody asks for it.
 */

/** Why there is no client, and what serves instead. */
const NO_CLIENT =
  'the queue is not on one Redis, so that there is no client for it: use the calls of the queue ' +
  "and of Job, or createClient of 'rekue/redis' for a server of your choice"

/**
 * The options of a client for a store's address.
 * @param {string} store a URL as lib/queue/options.js makes it
 * @param {any} [more] options of node_redis's
 * @param {any} [tls] how it is encrypted, where it is
 * @returns {any} undefined where the store is no single Redis
 */
function clientOptions(store, more, tls) {
  if (!/^(redis|rediss|redis\+unix):/.test(store)) return undefined
  const url = new URL(store)
  const query = url.searchParams
  const unix = url.protocol === 'redis+unix:'
  const password = unix ? query.get('pass') : decodeURIComponent(url.password)
  const user = unix ? query.get('user') : decodeURIComponent(url.username)
  const address = unix
    ? { path: decodeURI(url.pathname) }
    : { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || 6379 }
  return {
    ...more,
    ...address,
    // Not what stands there for another store.
    tls: url.protocol === 'rediss:' ? tls || {} : undefined,
    ...(password && { password }),
    ...(user && { user }),
    db: Number(unix ? query.get('db') : url.pathname.slice(1)) || 0
  }
}

/**
 * Make a client with Kue's helpers for its keys.
 * @param {any} options of the queue
 * @param {(error: Error) => void} complain hears its errors
 */
function makeClient(options, complain) {
  const { native, tls, more, prefix } = check(options)
  const found = clientOptions(native.store, more, tls)
  const client = found ? createClient(found) : unavailable()
  client.on?.('error', complain)
  return Object.assign(client, {
    prefix,
    /** @param {string} key */
    getKey: (key) => (native.hashTag ? `{${client.prefix}}:${key}` : `${client.prefix}:${key}`),
    /** The member that stands for a job in the sorted sets. @param {string | number} id */
    createFIFO: (id) => zid(id),
    /** The id in such a member. @param {any} member */
    stripFIFO: (member) =>
      typeof member === 'string' ? Number(member.slice(member.indexOf('|') + 1)) : member
  })
}

/** @param {any} options */
function createClient(options) {
  return require('../redis').createClient(options)
}

/** What stands for a client where there is none: each command throws. @returns {any} */
function unavailable() {
  const { names } = require('../redis/command-table')
  const refuse = () => {
    throw createError('ERR_INVALID_ARG', NO_CLIENT, { argument: 'store' })
  }
  /** @type {Record<string, any>} */
  const client = { options: {}, selected_db: undefined, connected: false, ready: false }
  for (const name of [...names, 'multi', 'batch', 'send_command', 'sendCommand']) {
    client[name] = client[name.toUpperCase()] = refuse
  }
  return Object.assign(client, { quit: () => {}, end: () => {} })
}

/** The options that were configured last, and who hears of errors. */
let configured = { options: /** @type {any} */ ({}), complain: (/** @type {Error} */ _error) => {} }

/** Kue's `kue.redis`. @type {any} */
const redis = {
  /** @type {any} */
  _client: null,
  /** @type {any} */
  _pubsub: null,

  /**
   * Say where clients connect to; every new queue does.
   * @param {any} options as createQueue's
   * @param {any} [queue] emits their errors
   */
  configureFactory(options, queue) {
    options.prefix = options.prefix || 'q'
    check(options)
    redis.reset()
    configured = { options, complain: (error) => queue?.emit('error', error) }
  },

  /** A new client. */
  createClient: () => makeClient(configured.options, configured.complain),

  /** A new client without the helpers. @param {any} [options] as createQueue's */
  createClientFactory(options = configured.options) {
    const { native, tls, more } = check(options)
    const found = clientOptions(native.store, more, tls)
    if (!found) throw createError('ERR_INVALID_ARG', NO_CLIENT, { argument: 'store' })
    return createClient(found)
  },

  /** The client that all share who ask here. */
  client() {
    redis._client ??= redis.createClient()
    return redis._client
  },

  /** The same for subscriptions. */
  pubsubClient() {
    redis._pubsub ??= redis.createClient()
    return redis._pubsub
  },

  /** Quit the shared clients; the next who ask get new ones. */
  reset() {
    redis._client?.quit()
    redis._pubsub?.quit()
    redis._client = null
    redis._pubsub = null
  }
}

const { createClientFactory } = redis

/** Programs for Kue put a factory of their own in the place of Kue's, which nobody would ask here. */
function checkFactory() {
  if (redis.createClientFactory !== createClientFactory) {
    throw noFactory('rekue.redis.createClientFactory')
  }
}

/**
 * Where clients of `rekue.redis` connect to from now on, unless told otherwise.
 * @param {any} options
 * @param {(error: Error) => void} complain
 */
function configure(options, complain) {
  if (redis._client || redis._pubsub) redis.reset()
  configured = { options, complain }
}

/**
 * Quit the shared clients where they are of a queue that is closed now.
 * @param {any} options those of the queue
 */
function release(options) {
  if (configured.options === options) redis.reset()
}

module.exports = { redis, checkFactory, configure, release, makeClient }
