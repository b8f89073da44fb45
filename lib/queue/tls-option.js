'use strict'

const { checkTls } = require('../tls')

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
  return { option, tls: checkTls(value, option) }
}

module.exports = { tlsOption }
