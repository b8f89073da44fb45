'use strict'

const { createError, invalidArg } = require('../errors')
const native = require('../native')
const { distance } = require('../spelling')

/** The policies by name, as documented. */
const POLICIES = Object.freeze(native.cachePolicies())

/** A Map of V8 holds at most 2^24 keys, ghosts among them; beyond that it throws. */
const MAX_ENTRIES = 8_000_000

/** Timers hold no more, and would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * The word that was probably meant.
 * @param {string} word
 * @param {readonly string[]} words
 * @returns {string}
 */
function nearest(word, words) {
  const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const wanted = plain(word.slice(0, 64))
  const ranked = words.map((each) => ({ each, far: distance(wanted, plain(each)) }))
  return ranked.reduce((best, next) => (next.far < best.far ? next : best)).each
}

/**
 * Refuse options that do not exist: a misspelt one would silently do nothing.
 * @param {string} where whose options they are
 * @param {unknown} options
 * @param {readonly string[]} known
 */
function checkNames(where, options, known) {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw invalidArg(`the options of ${where}`, options, 'an object')
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const message = `${where} has no option ${JSON.stringify(name)}; did you mean ${nearest(name, known)}?`
    throw createError('ERR_INVALID_ARG', message, { argument: name })
  }
}

/** @returns {string} a policy that exists */
function checkPolicy(policy, name = 'policy', names = POLICIES) {
  if (typeof policy !== 'string') throw invalidArg(name, policy, `one of ${names.join(', ')}`)
  if (names.includes(policy)) return policy
  const message =
    `there is no policy ${JSON.stringify(policy.slice(0, 64))}; did you mean ` +
    `${nearest(policy, names)}? There are ${names.join(', ')}`
  throw createError('ERR_INVALID_ARG', message, { argument: name })
}

/** @returns {number} an integer of at least 1 */
function checkCount(value, name) {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw invalidArg(name, value, 'an integer of at least 1')
}

/** @returns {number} ms; 0 where there is no limit */
function checkMs(value, name) {
  if (typeof value === 'number' && value >= 0) return value === Infinity ? 0 : value
  throw invalidArg(name, value, 'a number of milliseconds, not negative')
}

/** @returns {number} ms that a timer can wait for */
function checkTimer(value, name) {
  if (checkCount(value, name) <= MAX_TIMER_MS) return value
  throw invalidArg(name, value, `at most ${MAX_TIMER_MS}`)
}

/** @returns {boolean} */
function checkFlag(value, name) {
  if (typeof value === 'boolean') return value
  throw invalidArg(name, value, 'true or false')
}

/** @returns {Function} */
function checkFunction(value, name) {
  if (typeof value === 'function') return value
  throw invalidArg(name, value, 'a function')
}

/** @returns {Iterable<any>} what can be gone through; a string would be so by its letters */
function checkIterable(value, name) {
  if (typeof value === 'object' && typeof value?.[Symbol.iterator] === 'function') return value
  throw invalidArg(name, value, 'an array')
}

/** Keys of other types are refused: they would be compared by identity, or as text, by surprise. */
function checkKey(key) {
  if (typeof key !== 'string' && typeof key !== 'number') {
    throw invalidArg('key', key, 'a string or a number')
  }
}

/** Option of a `Cache` -> its check; what a check returns is what the cache goes by. */
const CHECKS = {
  policy: checkPolicy,
  max: checkCount,
  maxSize: checkCount,
  maxEntrySize: checkCount,
  sizeCalculation: checkFunction,
  ttl: checkMs,
  ttlResolution: checkMs,
  allowStale: checkFlag,
  updateAgeOnGet: checkFlag,
  noDeleteOnStaleGet: checkFlag,
  fetchMethod: checkFunction,
  staleIfError: checkMs,
  negativeTtl: checkMs,
  negativeTtlMax: checkMs,
  onEvict: checkFunction
}

const DEFAULTS = {
  policy: 'lru',
  max: 0,
  maxSize: 0,
  maxEntrySize: 0,
  sizeCalculation: null,
  ttl: 0,
  /** As in lru-cache: reading the clock costs more than a hit. */
  ttlResolution: 1,
  allowStale: false,
  updateAgeOnGet: false,
  noDeleteOnStaleGet: false,
  fetchMethod: null,
  staleIfError: 0,
  negativeTtl: 0,
  /** A minute: long enough to spare a source that is down, short enough to notice it is back. */
  negativeTtlMax: 60_000,
  onEvict: null
}

/**
 * Check the options of a `Cache` and fill in the defaults.
 * @param {object} options as the user gave them
 */
function cacheOptions(options) {
  checkNames('Cache', options, Object.keys(CHECKS))
  const checked = { ...DEFAULTS }
  for (const name of Object.keys(CHECKS)) {
    if (options[name] !== undefined) checked[name] = CHECKS[name](options[name], name)
  }
  if (!checked.max && !checked.maxSize && !checked.ttl) {
    const message = 'a Cache needs a bound: give max (entries), maxSize, or at least ttl'
    throw createError('ERR_INVALID_ARG', message, { argument: 'max' })
  }
  if (checked.sizeCalculation && !checked.maxSize) {
    const message = 'sizeCalculation has no effect without maxSize: give both or neither'
    throw createError('ERR_INVALID_ARG', message, { argument: 'sizeCalculation' })
  }
  if (checked.maxEntrySize && !checked.maxSize) {
    const message = 'maxEntrySize has no effect without maxSize: give both or neither'
    throw createError('ERR_INVALID_ARG', message, { argument: 'maxEntrySize' })
  }
  return checked
}

module.exports = {
  POLICIES,
  MAX_ENTRIES,
  MAX_TIMER_MS,
  nearest,
  cacheOptions,
  checkNames,
  checkPolicy,
  checkCount,
  checkMs,
  checkTimer,
  checkFlag,
  checkFunction,
  checkIterable,
  checkKey
}
