'use strict'

/** Numbers whose category is looked up: 0 to 999 is what texts count most. */
const SMALL = 1000

/** Plural categories of one locale and one set of options. */
class PluralSelector {
  /** @type {Intl.PluralRules} */ #intl
  /** @type {(string | undefined)[]} */ #small = []

  /**
   * @param {string} locale
   * @param {Intl.PluralRulesOptions} options
   * @throws {RangeError | TypeError} as Intl does
   */
  constructor(locale, options) {
    this.#intl = new Intl.PluralRules(locale, options)
  }

  /**
   * @param {number} value
   * @returns {string}
   */
  select(value) {
    if (!(value >= 0 && value < SMALL && Number.isInteger(value))) return this.#intl.select(value)
    const known = this.#small[value]
    if (known !== undefined) return known
    const category = this.#intl.select(value)
    while (this.#small.length <= value) this.#small.push(undefined)
    return (this.#small[value] = category)
  }
}

module.exports = { PluralSelector }
