'use strict'

/** Arguments of the calls of rekue/i18n, checked in one place. */

const { isDate } = require('node:util/types')
const { createError, describe, invalidArg } = require('../errors')
const { Options } = require('./formatters')

/**
 * An options object without unknown names: a misspelt one would silently do nothing.
 * @template {object} T
 * @param {string} name the argument
 * @param {unknown} options
 * @param {T} defaults every option there is, with its default
 * @returns {T}
 */
function checkOptions(name, options, defaults) {
  if (options === undefined || options === null) return { ...defaults }
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw invalidArg(name, options, 'an object')
  }
  const checked = /** @type {Record<string, unknown>} */ ({ ...defaults })
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaults, key)) {
      const known = Object.keys(defaults).join(', ')
      throw createError(
        'ERR_INVALID_ARG',
        `${name} has no option ${JSON.stringify(key.slice(0, 64))}; there are ${known}`,
        { argument: key }
      )
    }
    if (value !== undefined) checked[key] = value
  }
  return /** @type {T} */ (checked)
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function checkString(name, value) {
  if (typeof value !== 'string') throw invalidArg(name, value, 'a string')
  return value
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {boolean}
 */
function checkFlag(name, value) {
  if (typeof value !== 'boolean') throw invalidArg(name, value, 'true or false')
  return value
}

/**
 * @param {unknown} value
 * @returns {boolean} whether to escape
 */
function checkEscape(value) {
  if (value !== undefined && value !== false && value !== 'html') {
    throw invalidArg('escape', value, "'html' or false")
  }
  return value === 'html'
}

/**
 * @param {unknown} value
 * @returns {boolean | 'auto'}
 */
function checkIsolating(value) {
  if (typeof value !== 'boolean' && value !== 'auto') {
    throw invalidArg('isolating', value, "true, false or 'auto'")
  }
  return value
}

/**
 * Options for Intl, read once: a getter cannot give another value the second time.
 * @param {unknown} options
 * @param {Record<string, unknown>} [more] that come over them
 * @returns {InstanceType<typeof Options>}
 */
function intlOptions(options, more) {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw invalidArg('options', options, 'an object of options for Intl')
  }
  return askIntl(() => new Options(Object.assign(everyOption(options), more)))
}

/**
 * As Intl reads them: inherited ones too.
 * @param {any} options
 */
function everyOption(options) {
  /** @type {Record<string, unknown>} */
  const all = {}
  for (const name in options) all[name] = options[name]
  return all
}

/**
 * Call Intl; what it refuses is an argument of the caller's.
 * @template T
 * @param {() => T} use
 * @returns {T}
 */
function askIntl(use) {
  try {
    return use()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : describe(cause)
    throw createError('ERR_INVALID_ARG', `Intl refuses the options: ${message}`, {
      argument: 'options',
      cause
    })
  }
}

/**
 * @param {unknown} value
 * @returns {number | bigint}
 */
function checkNumber(value) {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  throw invalidArg('n', value, 'a number or a BigInt')
}

/**
 * @param {unknown} value
 * @returns {number | Date}
 */
function checkDate(value) {
  // As Intl sees it: beyond this many ms there are no dates.
  const time = isDate(value) ? Number(Date.prototype.getTime.call(value)) : value
  if (typeof time === 'number' && Math.abs(time) <= 8.64e15) return time
  throw createError(
    'ERR_INVALID_ARG',
    `date must be a Date or a number of milliseconds that is a date, but it was ${
      isDate(value) ? 'an invalid Date' : describe(value)
    }`,
    { argument: 'date' }
  )
}

/**
 * @param {string} name
 * @param {unknown} zone
 */
function invalidZone(name, zone) {
  return createError(
    'ERR_INVALID_TIMEZONE',
    `${name} must be a time zone of the IANA database, such as Europe/Paris, but it was ${describe(zone)}`,
    { argument: name }
  )
}

module.exports = {
  askIntl,
  checkDate,
  checkEscape,
  checkFlag,
  checkIsolating,
  checkNumber,
  checkOptions,
  checkString,
  intlOptions,
  invalidZone
}
