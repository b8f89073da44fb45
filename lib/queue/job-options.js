'use strict'

const { isDate } = require('node:util/types')
const { createError, invalidArg } = require('../errors')
const { wrongBackoffType } = require('./job-encoding')
const { nearest } = require('./option-checks')
const { maybeTypeName } = require('./type-name')

/**
 * The options of `queue.add` and `queue.addBulk`, checked before anything is sent.
 */

/** Each option is the method of Job that takes it. */
const NAMES = ['priority', 'attempts', 'backoff', 'delay', 'ttl', 'removeOnComplete', 'searchKeys']

/**
 * @param {any} queue
 * @param {any} type
 * @param {any} data
 * @param {any} options
 * @param {string} [where] before the names in errors
 */
function jobWith(queue, type, data, options, where = '') {
  const [unnamed] = maybeTypeName(type)
  if (unnamed) throw invalidArg(`${where}type`, type, 'a non-empty string')
  const job = queue.create(type, data)
  if (options === undefined || options === null) return job
  if (typeof options !== 'object' || Array.isArray(options))
    throw invalidArg(`${where}options`, options, 'an object')
  for (const [name, value] of Object.entries(options)) {
    const argument = `${where}options.${name}`
    if (!NAMES.includes(name)) {
      const meant = nearest(name, NAMES)
      const hint = meant ? `did you mean ${meant}?` : `the options are ${NAMES.join(', ')}`
      throw createError('ERR_INVALID_ARG', `${argument} is not an option; ${hint}`, { argument })
    }
    if (value === undefined || value === null) continue
    // Also one of another realm, as programs under jest have.
    if (name === 'delay' && isDate(value)) {
      if (Number.isNaN(Number(value))) {
        throw invalidArg(argument, value, 'a number of ms from 0 or a valid Date')
      }
    } else if (name === 'delay' || name === 'ttl') {
      if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
        throw invalidArg(argument, value, 'a number of ms from 0')
      }
    }
    if (name === 'attempts' && !(Number.isInteger(value) && value >= 1)) {
      throw invalidArg(argument, value, 'a whole number from 1')
    }
    // The methods of a job are as lenient as Kue's; this call is not Kue's.
    const wrong =
      name === 'backoff' && typeof value === 'object'
        ? wrongBackoffType(value, `${where}options.`)
        : undefined
    if (wrong) throw wrong
    job[name](value)
  }
  return job
}

module.exports = { jobWith }
