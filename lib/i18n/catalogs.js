'use strict'

/**
 * One version of a directory's catalogs: which locales there are, where a message of each is looked
 * for, and which of them suits a header. A reload makes another one.
 */

const { createError, describe } = require('../errors')
const native = require('../native')
const { Memo } = require('./memo')
const { checkString } = require('./options')
const { Bundle } = require('./resolver')

/** @import { MessageCatalogs } from '../native' */
/** @typedef {InstanceType<typeof Bundle>} MessageBundle */

/** Locales and headers that were asked for, and what they led to: both come from anybody. */
const MAX_CHAINS = 1000
const MAX_HEADERS = 1000
/** A language tag as long as this asks for nothing that there could be. */
const MAX_TAG_LENGTH = 64
/** A longer header is not kept. */
const MAX_KEPT_HEADER = 256

class Catalogs {
  /** By locale in lower case. @type {Map<string, MessageBundle>} */ #bundles
  /** By the locale that was asked for. @type {InstanceType<typeof Memo<MessageBundle[]>>} */
  #chains = new Memo(MAX_CHAINS)
  /** What headers led to. @type {InstanceType<typeof Memo<string>>} */
  #headers = new Memo(MAX_HEADERS)
  /** @type {string} */ #defaultLocale
  /** The texts of a page are asked for one after the other. @type {string | null} */
  #lastLocale = null
  /** @type {MessageBundle[]} */ #lastChain = []

  /**
   * @param {MessageCatalogs} read
   * @param {string} defaultLocale
   * @throws ERR_UNSUPPORTED_LOCALE if there are none of the default locale
   */
  constructor(read, defaultLocale) {
    const locales = read.locales()
    if (!locales.includes(defaultLocale)) {
      const found = locales.length > 0 ? locales.join(', ') : 'none'
      throw createError(
        'ERR_UNSUPPORTED_LOCALE',
        `There are no catalogs of the default locale ${describe(defaultLocale)} ` +
          `(locales with catalogs: ${found}); give another defaultLocale, or add its folder`,
        { locale: defaultLocale }
      )
    }
    const bundles = locales.map((locale, index) => new Bundle(locale, () => read.programs(index)))
    this.read = read
    /** @type {readonly string[]} */
    this.locales = Object.freeze(locales)
    this.#bundles = new Map(bundles.map((bundle) => [bundle.locale.toLowerCase(), bundle]))
    this.#defaultLocale = defaultLocale
  }

  /**
   * The bundles in which a message is looked for; never none.
   * @param {string} locale
   * @returns {MessageBundle[]}
   */
  chain(locale) {
    if (locale === this.#lastLocale) return this.#lastChain
    const chain = this.#chains.get(locale) ?? this.#newChain(locale)
    this.#lastLocale = locale
    this.#lastChain = chain
    return chain
  }

  /**
   * @param {unknown} locale
   * @returns {MessageBundle[]}
   */
  #newChain(locale) {
    const asked = checkString('locale', locale)
    const tag = asked.length > MAX_TAG_LENGTH ? '' : asked.toLowerCase()
    /** @type {Set<MessageBundle>} */
    const chain = new Set()
    for (const each of [tag, this.#defaultLocale.toLowerCase()]) {
      for (let end = each.length; end > 0; end = each.lastIndexOf('-', end - 1)) {
        const bundle = this.#bundles.get(each.slice(0, end))
        if (bundle !== undefined) chain.add(bundle)
      }
    }
    return tag === '' ? [...chain] : this.#chains.set(asked, [...chain])
  }

  /**
   * The locale that suits an Accept-Language header best.
   * @param {string} header
   * @returns {string}
   */
  negotiate(header) {
    const kept = this.#headers.get(header)
    if (kept !== undefined) return kept
    const supported = /** @type {string[]} */ (this.locales)
    const fallback = supported.indexOf(this.#defaultLocale)
    const locale = supported[native.i18nNegotiate(header, supported, fallback)]
    return header.length > MAX_KEPT_HEADER ? locale : this.#headers.set(header, locale)
  }

  /**
   * What is wrong with the files.
   * @returns {Error[]}
   */
  mistakes() {
    const mistakes = /** @type {any[]} */ (JSON.parse(this.read.mistakes()))
    return mistakes.map(({ file, line, column, message }) =>
      createError('ERR_FTL', `${file}:${line}:${column}: ${message}`, { file, line, column })
    )
  }
}

module.exports = { Catalogs }
