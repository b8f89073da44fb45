'use strict'

/**
 * Numbers, dates and lists outside of messages, as Intl writes them.
 */

const { invalidArg } = require('../errors')
const { dateFormatter, listFormatter, numberFormatter, relativeFormatter } = require('./formatters')
const { askIntl, checkDate, checkNumber, checkString, intlOptions } = require('./options')

/** What `I18n` can format beside texts. */
class Formats {
  /** @type {(locale: string) => string} */ #localeFor
  /** @type {string} */ #timeZone

  /**
   * @param {(locale: string) => string} localeFor whose conventions serve for a locale
   * @param {string} timeZone of dates whose options name none
   */
  constructor(localeFor, timeZone) {
    this.#localeFor = localeFor
    this.#timeZone = timeZone
  }

  /**
   * @param {string} locale
   * @param {number | bigint} n
   * @param {Intl.NumberFormatOptions} [options]
   */
  formatNumber(locale, n, options) {
    const number = checkNumber(n)
    const checked = options === undefined ? undefined : intlOptions(options)
    const nearest = this.#localeFor(locale)
    return askIntl(() => numberFormatter(nearest, checked).format(number))
  }

  /**
   * @param {string} locale
   * @param {number | bigint} n
   * @param {string} currency as in ISO 4217
   * @param {Intl.NumberFormatOptions} [options]
   */
  formatCurrency(locale, n, currency, options) {
    const number = checkNumber(n)
    if (typeof currency !== 'string' || !/^[A-Za-z]{3}$/.test(currency)) {
      throw invalidArg('currency', currency, 'a code of three letters, such as EUR')
    }
    const checked = intlOptions(options, { style: 'currency', currency: currency.toUpperCase() })
    const nearest = this.#localeFor(locale)
    return askIntl(() => numberFormatter(nearest, checked).format(number))
  }

  /**
   * @param {string} locale
   * @param {number | bigint} n 0.5 for 50 per cent
   * @param {Intl.NumberFormatOptions} [options]
   */
  formatPercent(locale, n, options) {
    const number = checkNumber(n)
    const checked = intlOptions(options, { style: 'percent' })
    const nearest = this.#localeFor(locale)
    return askIntl(() => numberFormatter(nearest, checked).format(number))
  }

  /**
   * @param {string} locale
   * @param {Date | number} date
   * @param {Intl.DateTimeFormatOptions} [options] without `timeZone`, the default time zone
   */
  formatDate(locale, date, options) {
    const time = checkDate(date)
    const checked = intlOptions(options)
    const nearest = this.#localeFor(locale)
    return askIntl(() => dateFormatter(nearest, checked, this.#timeZone).format(time))
  }

  /**
   * @param {string} locale
   * @param {number} n before now where negative
   * @param {Intl.RelativeTimeFormatUnit} unit
   * @param {Intl.RelativeTimeFormatOptions} [options]
   */
  formatRelative(locale, n, unit, options) {
    if (typeof n !== 'number' || !Number.isFinite(n)) throw invalidArg('n', n, 'a finite number')
    checkString('unit', unit)
    const checked = intlOptions(options)
    const nearest = this.#localeFor(locale)
    return askIntl(() => relativeFormatter(nearest, checked).format(n, unit))
  }

  /**
   * @param {string} locale
   * @param {Iterable<string>} items
   * @param {Intl.ListFormatOptions} [options]
   */
  formatList(locale, items, options) {
    if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) {
      throw invalidArg('items', items, 'an array of strings')
    }
    const checked = intlOptions(options)
    const nearest = this.#localeFor(locale)
    return askIntl(() => listFormatter(nearest, checked).format(items))
  }
}

module.exports = { Formats }
