'use strict'

const { createError } = require('../errors')
const { flag, given, refuseSlips, text } = require('./option-checks')

/** What TLS can be told, in Node's names. */
const TLS_KNOWN = ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized']

/**
 * How connections are encrypted: `options.tls`, or where programs for Kue say it.
 * @param {any} options
 * @returns {{ option: string, tls: any } | undefined}
 */
function tlsOption({ tls, redis }) {
  const inRedis = redis !== null && typeof redis === 'object' ? redis : {}
  /** @type {[string, any][]} */
  const places = [
    ['options.tls', tls],
    ['options.redis.tls', inRedis.tls],
    ['options.redis.options.tls', inRedis.options?.tls]
  ]
  const place = places.find(([, value]) => value !== undefined && value !== null && value !== false)
  if (!place) return undefined
  const [option, value] = place
  if (value === '' && option !== 'options.tls') return undefined
  return { option, tls: value === true ? {} : checkTls(value, option) }
}

/**
 * Messages tell of what kind a value is, never the value: it may be a key.
 * @param {any} tls
 * @param {string} name
 */
function checkTls(tls, name) {
  /** @param {string} option @param {string} says @returns {Error} */
  const refused = (option, says) =>
    createError('ERR_INVALID_ARG', `${option} ${says}`, { argument: option })
  if (typeof tls !== 'object' || Array.isArray(tls) || Buffer.isBuffer(tls)) {
    throw refused(name, `must be true or an object { ${TLS_KNOWN.join(', ')} }`)
  }
  refuseSlips(tls, TLS_KNOWN, `${name}.`)
  for (const option of ['pfx', 'passphrase']) {
    if (given(tls[option]) !== undefined) {
      const says = 'cannot be used: give cert and key as PEM that is not encrypted'
      throw refused(`${name}.${option}`, says)
    }
  }
  for (const option of ['ca', 'cert', 'key']) {
    const value = tls[option]
    if (value === undefined || value === null) continue
    const list = option === 'ca' && Array.isArray(value) ? value : [value]
    const isPem = (/** @type {any} */ part) => typeof part === 'string' || Buffer.isBuffer(part)
    if (list.length === 0 || !list.every(isPem)) {
      const several = option === 'ca' ? ', or an array of these' : ''
      throw refused(`${name}.${option}`, `must be PEM, as a string or a Buffer${several}`)
    }
  }
  text(given(tls.servername), `${name}.servername`, '')
  flag(tls.rejectUnauthorized, `${name}.rejectUnauthorized`, true)
  // Nothing else: a client would take an address from it, and the queue would be somewhere else.
  const told = TLS_KNOWN.filter((option) => given(tls[option] ?? undefined) !== undefined)
  return Object.fromEntries(told.map((option) => [option, tls[option]]))
}

module.exports = { tlsOption }
