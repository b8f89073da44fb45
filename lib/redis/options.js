'use strict'

const net = require('node:net')
const { createError, invalidArg } = require('../errors')

/**
 * What `createClient` takes, in node_redis's ways: port and host, a URL, a unix socket, options.
 */

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 6379

/** Schemes of URLs that queues and caches take, and a client does not. */
const SEVERAL_SERVERS = /^rediss?\+(sentinel|cluster)$/i

/** `[scheme:]//[[user]:password@]host[:port][/db][?option=value&…]` */
const URL_FORM =
  /^(?:([a-z][a-z\d+.-]*):)?\/\/(?:([^/?#]*)@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?(?:\/([^?#]*))?(?:\?([^#]*))?/i

/**
 * A deep copy with snake_case names: node_redis takes `retryStrategy` for `retry_strategy`.
 * `camel_case` in the copy says that there was such a name.
 * @param {any} options
 * @returns {any}
 */
function copyOptions(options) {
  let camelCase = false
  const copy = (value) => {
    if (Array.isArray(value)) return value.map(copy)
    if (Object.prototype.toString.call(value) !== '[object Object]') return value
    /** @type {Record<string, any>} */
    const copied = {}
    for (const [name, inner] of Object.entries(value)) {
      const snake = name.replace(/[A-Z][^A-Z]/g, '_$&').toLowerCase()
      if (snake !== name.toLowerCase()) camelCase = true
      // What stands in there goes to TLS, where names are Node's.
      copied[snake] = name === 'tls' ? inner : copy(inner)
    }
    return copied
  }
  const copied = copy(options) || {}
  if (camelCase) copied.camel_case = true
  return copied
}

/**
 * The options of a `createClient` call.
 * @param {any[]} args
 * @returns {any}
 */
function readArguments(args) {
  const [first, second, third] = args
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) {
    return fromPort(first, second, third)
  }
  if (typeof first === 'string') return fromUrl(first, copyOptions(second || third))
  if (first && typeof first === 'object' && first.url) return fromUrl(first.url, copyOptions(first))
  if (first === undefined || first === null || typeof first === 'object') {
    if (first && args.length > 1) {
      throw new TypeError(
        'Too many arguments passed to createClient. Please only pass the options object'
      )
    }
    const options = copyOptions(first || third)
    options.host = options.host || (typeof second === 'string' ? second : undefined)
    return options
  }
  throw new TypeError('Unknown type of connection in createClient()')
}

function fromPort(port, host, more) {
  if (host && typeof host !== 'string' && more) {
    throw new TypeError('Unknown type of connection in createClient()')
  }
  const options = copyOptions(typeof host === 'string' ? more : more || host)
  if (typeof host === 'string') options.host = host
  options.port = port
  return options
}

/**
 * @param {string} url or the path of a unix socket
 * @param {any} options wins over nothing: what the URL says too must be the same
 */
function fromUrl(url, options) {
  const match = URL_FORM.exec(url)
  if (!match) {
    // What looks like an address is no socket's path, and its password would be told as one.
    if (/^(rediss?:|[^/]*:[^/]*@)/i.test(url))
      throw misplaced('must begin with redis:// or rediss://')
    options.path = url
    return options
  }
  const [, scheme, auth, host, port, db, query] = match
  if (scheme && SEVERAL_SERVERS.test(scheme)) {
    throw createError(
      'ERR_INVALID_ARG',
      `url must name one server, as redis://HOST:PORT does, but its scheme is "${scheme}": ` +
        'Sentinel and Cluster are for queues and caches',
      { argument: 'url' }
    )
  }
  if (scheme === 'rediss') options.tls = options.tls || {}
  else if (scheme && scheme !== 'redis') {
    console.warn(`rekue/redis: the scheme "${scheme}" is taken for "redis"`)
  }
  if (auth) {
    const colon = auth.indexOf(':')
    options.password = decode(auth.slice(colon + 1))
    if (colon > 0) options.user = decode(auth.slice(0, colon))
  }
  if (db?.includes('@')) throw misplaced('has an @ behind its host')
  if (db) options.db = db
  if (host) options.host = host.replace(/^\[|\]$/g, '')
  if (port) options.port = port
  for (const [name, value] of new URLSearchParams(query)) {
    if (name in options && String(options[name]) !== value) {
      throw new RangeError(`The ${name} option is added twice and does not match`)
    }
    options[name] = value
  }
  return options
}

/**
 * The error for a URL whose host and password are not where they belong; it repeats nothing of it.
 * @param {string} says
 */
const misplaced = (says) =>
  createError(
    'ERR_INVALID_ARG',
    `url ${says}: its form is redis://user:password@host:6379/0, with / # ? and @ in user and ` +
      'password percent-encoded',
    { argument: 'url' }
  )

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Where to connect to.
 * @param {any} options
 * @returns {{ path?: string, host?: string, port?: number, family?: number }}
 */
function readTarget(options) {
  for (const name of ['host', 'port', 'path', 'family']) {
    if (options.tls?.[name] !== undefined) options[name] = options.tls[name]
  }
  if (options.path) return { path: String(options.path) }
  const port = Number(options.port) || DEFAULT_PORT
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw invalidArg('options.port', options.port, 'a port from 0 to 65535')
  }
  const host = options.host ? String(options.host) : DEFAULT_HOST
  const family = (!options.family && net.isIP(host)) || (options.family === 'IPv6' ? 6 : 4)
  return { port, host, family }
}

module.exports = { copyOptions, readArguments, readTarget }
