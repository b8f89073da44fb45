'use strict'

const { createError, invalidArg } = require('../errors')
const { distance } = require('../spelling')

/**
 * What the options of a queue may be: values of each kind, and names that are no slips of others.
 */

/** The largest delay that timers of every part can hold. */
const LONGEST_MS = 2 ** 31 - 1

/** As in Kue, an empty text is nothing: it comes from a variable that is not set. @param {any} value */
const given = (value) => (value === '' ? undefined : value)

/** Nor is what came of making a number of nothing. @param {any} value */
const givenNumber = (value) => (Number.isNaN(value) ? undefined : given(value))

/**
 * @param {unknown} value
 * @param {string} name
 * @param {string} fallback
 */
function text(value, name, fallback) {
  if (value === undefined || value === null) return fallback
  if (typeof value !== 'string' || value === '') throw invalidArg(name, value, 'a non-empty string')
  return value
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {boolean} fallback
 */
function flag(value, name, fallback) {
  if (value === undefined || value === null) return fallback
  if (typeof value !== 'boolean') throw invalidArg(name, value, 'true or false')
  return value
}

/**
 * @param {any} value
 * @param {string} name
 * @param {number} fallback
 * @param {number} least
 * @param {number} [most]
 */
function integer(value, name, fallback, least, most = LONGEST_MS) {
  if (value === undefined || value === null) return fallback
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (!Number.isInteger(number) || number < least || number > most) {
    throw invalidArg(name, value, `a whole number from ${least} to ${most}`)
  }
  return number
}

/**
 * @param {any} value
 * @param {string} name
 * @returns {any}
 */
function record(value, name) {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object') throw invalidArg(name, value, 'an object')
  return value
}

/**
 * Kue ignores what it does not know, and applications hand over what they have; a slip of the pen
 * in one of our options must not pass unnoticed.
 * @param {object} given
 * @param {string[]} known
 * @param {string} where before the names in errors
 */
function refuseSlips(given, known, where) {
  for (const key of Object.keys(given)) {
    const meant = known.includes(key) ? undefined : nearest(key, known)
    if (!meant) continue
    const argument = `${where}${key}`
    const message = `${argument} is not an option; did you mean ${where}${meant}?`
    throw createError('ERR_INVALID_ARG', message, { argument })
  }
}

/**
 * The known name that `name` was probably meant to be, if it is one slip away.
 * @param {string} name
 * @param {string[]} known
 * @returns {string | undefined}
 */
function nearest(name, known) {
  return known.find((candidate) => {
    // A short word is near to many that mean something else.
    const slips = Math.min(name.length, candidate.length) > 5 ? 2 : 1
    return distance(name.toLowerCase(), candidate.toLowerCase()) <= slips
  })
}

module.exports = {
  LONGEST_MS,
  flag,
  given,
  givenNumber,
  integer,
  nearest,
  record,
  refuseSlips,
  text
}
