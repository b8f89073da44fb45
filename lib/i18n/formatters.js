'use strict'

/**
 * The formatters of Intl, each made once for a locale and a set of options, and a bounded number
 * of them kept: each takes tens of kilobytes outside the heap, and options can come from texts.
 */

const { Memo } = require('./memo')
const { NumberFormatter } = require('./numbers')
const { PluralSelector } = require('./plurals')

const MAX_FORMATTERS = { numbers: 500, dates: 250, plurals: 250, others: 250 }

/** @type {InstanceType<typeof Memo<InstanceType<typeof NumberFormatter>>>} */
const numbers = new Memo(MAX_FORMATTERS.numbers)
/** @type {InstanceType<typeof Memo<Intl.DateTimeFormat>>} */
const dates = new Memo(MAX_FORMATTERS.dates)
/** @type {InstanceType<typeof Memo<InstanceType<typeof PluralSelector>>>} */
const plurals = new Memo(MAX_FORMATTERS.plurals)
/** @type {InstanceType<typeof Memo<Intl.RelativeTimeFormat | Intl.ListFormat>>} */
const others = new Memo(MAX_FORMATTERS.others)

/** Options with the text that tells them from others. */
class Options {
  /** What the last key was made of. A long key costs more to hash than a number to format. */
  #locale = ''
  #timeZone = ''
  #key = ''

  /** @param {Record<string, unknown>} values */
  constructor(values) {
    this.values = values
    this.key = keyOf(values)
  }

  /**
   * The key of a formatter with these options. Those of a message always go with one locale.
   * @param {string} locale
   * @param {string} [timeZone]
   */
  keyIn(locale, timeZone = '') {
    if (locale !== this.#locale || timeZone !== this.#timeZone) {
      this.#locale = locale
      this.#timeZone = timeZone
      this.#key = `${locale}\n${timeZone}\n${this.key}`
    }
    return this.#key
  }

  /**
   * These, and over them those.
   * @param {Options} others
   */
  with(others) {
    if (others === NONE) return this
    return this === NONE ? others : new Options({ ...this.values, ...others.values })
  }
}

/**
 * @param {Record<string, unknown>} values
 * @returns {string} '' for no options
 */
function keyOf(values) {
  let key = ''
  for (const name of Object.keys(values)) {
    const value = values[name]
    // A value of another kind is turned into text by Intl; it must not be twice.
    if (value !== undefined) key += `${name}\n${typeof value}\n${String(value)}\n`
  }
  return key
}

const NONE = new Options({})

/**
 * @param {string} locale
 * @param {Options} [options]
 */
function numberFormatter(locale, options = NONE) {
  const key = options === NONE ? locale : options.keyIn(locale)
  return numbers.get(key) ?? numbers.set(key, new NumberFormatter(locale, options.values))
}

/**
 * @param {string} locale
 * @param {Options} options
 */
function pluralSelector(locale, options = NONE) {
  const key = options === NONE ? locale : options.keyIn(locale)
  return plurals.get(key) ?? plurals.set(key, new PluralSelector(locale, options.values))
}

/**
 * @param {string} locale
 * @param {Options} options
 * @param {string} timeZone where the options name none
 */
function dateFormatter(locale, options, timeZone) {
  const key = options.keyIn(locale, timeZone)
  return (
    dates.get(key) ??
    dates.set(key, new Intl.DateTimeFormat(locale, { timeZone, ...options.values }))
  )
}

/**
 * @param {string} locale
 * @param {Options} options
 * @returns {Intl.RelativeTimeFormat}
 */
function relativeFormatter(locale, options) {
  const key = `relative\n${locale}\n${options.key}`
  return /** @type {Intl.RelativeTimeFormat} */ (
    others.get(key) ?? others.set(key, new Intl.RelativeTimeFormat(locale, options.values))
  )
}

/**
 * @param {string} locale
 * @param {Options} options
 * @returns {Intl.ListFormat}
 */
function listFormatter(locale, options) {
  const key = `list\n${locale}\n${options.key}`
  return /** @type {Intl.ListFormat} */ (
    others.get(key) ?? others.set(key, new Intl.ListFormat(locale, options.values))
  )
}

/** How many formatters are kept, for tests. */
function kept() {
  return { numbers: numbers.size, dates: dates.size, plurals: plurals.size, others: others.size }
}

module.exports = {
  MAX_FORMATTERS,
  NONE,
  Options,
  dateFormatter,
  kept,
  listFormatter,
  numberFormatter,
  pluralSelector,
  relativeFormatter
}
