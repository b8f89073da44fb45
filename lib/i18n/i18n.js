'use strict'

/**
 * `I18n`: the messages of a directory, in the language, digits and time zone of each reader.
 */

const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { createError, describe, fromNative, invalidArg } = require('../errors')
const native = require('../native')
const { checkCatalogs } = require('./check')
const { dateFormatter, listFormatter, numberFormatter, relativeFormatter } = require('./formatters')
const { Memo } = require('./memo')
const { middleware } = require('./middleware')
const {
  askIntl,
  checkDate,
  checkEscape,
  checkFlag,
  checkIsolating,
  checkNumber,
  checkOptions,
  checkString,
  intlOptions
} = require('./options')
const { Bundle, format } = require('./resolver')
const { zoneOf } = require('./timezone')
const { Watcher } = require('./watcher')

/** @import { MessageCatalogs } from '../native' */
/** @typedef {InstanceType<typeof Bundle>} MessageBundle */
/** @import { Manner } from './resolver' */

const LOAD_DEFAULTS = {
  dir: /** @type {any} */ (undefined),
  defaultLocale: 'en',
  locales: /** @type {any} */ (undefined),
  defaultTimeZone: 'UTC',
  isolating: /** @type {boolean | 'auto'} */ ('auto'),
  escape: /** @type {'html' | false} */ (false),
  strict: false,
  onError: /** @type {any} */ (undefined),
  watch: false
}

const RESOLVE_DEFAULTS = {
  url: /** @type {unknown} */ (undefined),
  user: /** @type {any} */ (undefined),
  header: /** @type {unknown} */ (undefined),
  urlTimezone: /** @type {unknown} */ (undefined),
  strict: false
}

/** Locales and headers that were asked for, and what they led to: both come from anybody. */
const MAX_CHAINS = 1000
const MAX_HEADERS = 1000
/** A language tag as long as this asks for nothing that there could be. */
const MAX_TAG_LENGTH = 64
/** A longer header is not kept. */
const MAX_KEPT_HEADER = 256

/** Only `load` makes instances. */
const OWN = Symbol('own')

/** Warnings that were given, so that each is given once. */
const warned = new Set()

/**
 * One version of the catalogs.
 * @typedef {object} State
 * @property {MessageCatalogs} catalogs
 * @property {readonly string[]} locales
 * @property {Map<string, MessageBundle>} bundles by locale in lower case
 * @property {InstanceType<typeof Memo<MessageBundle[]>>} chains by the locale that was asked for
 * @property {string | null} lastLocale that was asked for
 * @property {MessageBundle[]} lastChain
 * @property {InstanceType<typeof Memo<string>>} headers what they led to
 */

class I18n {
  /** @type {State} */ #state
  /** @type {string} */ #defaultLocale
  /** @type {string} */ #timeZone
  /** @type {Manner} */ #manner
  /** @type {boolean} */ #strict
  /** @type {((error: Error) => void) | undefined} */ #onError
  /** @type {Promise<void> | null} */ #reloading = null
  /** @type {InstanceType<typeof Watcher> | null} */ #watcher = null
  /** @type {string} */ #dir

  /**
   * @param {symbol} own
   * @param {string} dir
   * @param {MessageCatalogs} catalogs
   * @param {typeof LOAD_DEFAULTS} options
   * @param {Manner} manner
   */
  constructor(own, dir, catalogs, options, manner) {
    if (own !== OWN) throw createError('ERR_INVALID_ARG', 'Use I18n.load({ dir })')
    this.#dir = dir
    this.#defaultLocale = options.defaultLocale
    this.#timeZone = manner.timeZone
    this.#manner = manner
    this.#strict = options.strict
    this.#onError = options.onError
    this.#state = this.#stateOf(catalogs)
  }

  /**
   * Read the catalogs of a directory, off the event loop.
   * @param {object} options
   */
  static async load(options) {
    const checked = checkOptions('options', options, LOAD_DEFAULTS)
    const dir = checked.dir instanceof URL ? fileURLToPath(checked.dir) : checked.dir
    if (typeof dir !== 'string' || dir === '' || dir.includes('\0')) {
      throw invalidArg('dir', checked.dir, 'the path of a directory')
    }
    checkString('defaultLocale', checked.defaultLocale)
    const { locales, onError } = checked
    if (locales !== undefined) {
      const isList = Array.isArray(locales) && locales.length > 0
      if (!isList || !locales.every((each) => typeof each === 'string')) {
        throw invalidArg('locales', locales, 'an array of one or more locales')
      }
      if (new Set(locales).size < locales.length) {
        throw invalidArg('locales', locales, 'an array without repetitions')
      }
    }
    if (onError !== undefined && typeof onError !== 'function') {
      throw invalidArg('onError', onError, 'a function')
    }
    checkFlag('strict', checked.strict)
    checkFlag('watch', checked.watch)
    const timeZone = zoneOf(checked.defaultTimeZone)
    if (timeZone === null) throw invalidZone('defaultTimeZone', checked.defaultTimeZone)
    const manner = {
      isolating: checkIsolating(checked.isolating),
      escape: checkEscape(checked.escape),
      timeZone
    }
    // A later chdir must not make reload() read another directory.
    const absolute = path.resolve(dir)
    const catalogs = await calling(() => native.i18nLoad(absolute, locales))
    const i18n = new I18n(OWN, absolute, catalogs, checked, manner)
    const mistakes = mistakesOf(catalogs)
    if (checked.strict && mistakes.length > 0) throw mistakes[0]
    i18n.#tell(mistakes)
    if (checked.watch) await i18n.watch()
    return i18n
  }

  /** The locales there are catalogs of, as given to `load` or by name. */
  get locales() {
    return [...this.#state.locales]
  }

  /** What is used where nothing else is asked for. */
  get defaultLocale() {
    return this.#defaultLocale
  }

  /** What is used where nothing else is asked for. */
  get defaultTimeZone() {
    return this.#timeZone
  }

  /**
   * A message's text in a locale, or in the next of its chain that has the message, or its id.
   * @param {string} locale
   * @param {string} id 'id' or 'id.attribute'
   * @param {Record<string, unknown>} [args]
   * @param {{ timeZone?: string, escape?: 'html' | false, strict?: boolean }} [options]
   * @returns {string}
   */
  t(locale, id, args, options) {
    const chain = this.#chainOf(locale)
    return options === undefined && !this.#strict
      ? this.#text(chain, id, args, this.#manner, false)
      : this.#textAs(chain, locale, id, args, options)
  }

  /**
   * Many messages at once.
   * @param {string} locale
   * @param {(string | [id: string, args?: Record<string, unknown>])[]} ids
   * @param {{ timeZone?: string, escape?: 'html' | false, strict?: boolean }} [options]
   * @returns {string[]}
   */
  tMany(locale, ids, options) {
    const chain = this.#chainOf(locale)
    if (!Array.isArray(ids)) throw invalidArg('ids', ids, 'an array of ids and [id, args]')
    const { manner, strict } = this.#asked(locale, options)
    const texts = new Array(ids.length)
    for (let at = 0; at < ids.length; at++) {
      const each = ids[at]
      texts[at] = Array.isArray(each)
        ? this.#text(chain, each[0], each[1], manner, strict)
        : this.#text(chain, each, undefined, manner, strict)
    }
    return texts
  }

  /**
   * Whether a locale or its chain has a message.
   * @param {string} locale
   * @param {string} id
   */
  has(locale, id) {
    const key = checkString('id', id)
    return this.#chainOf(locale).some((bundle) => (bundle.message(key) ?? null) !== null)
  }

  /** @returns {{ manner: Manner, strict: boolean }} */
  #asked(locale, options) {
    if (options === undefined) {
      if (this.#strict) this.#supported(locale)
      return { manner: this.#manner, strict: this.#strict }
    }
    const { timeZone, escape, strict } = checkOptions('options', options, {
      timeZone: undefined,
      escape: undefined,
      strict: this.#strict
    })
    if (checkFlag('strict', strict)) this.#supported(locale)
    const zone = timeZone === undefined ? this.#timeZone : zoneOf(timeZone)
    if (zone === null) throw invalidZone('timeZone', timeZone)
    return {
      manner: {
        isolating: this.#manner.isolating,
        escape: escape === undefined ? this.#manner.escape : checkEscape(escape),
        timeZone: zone
      },
      strict
    }
  }

  #textAs(chain, locale, id, args, options) {
    const { manner, strict } = this.#asked(locale, options)
    return this.#text(chain, id, args, manner, strict)
  }

  /**
   * @param {MessageBundle[]} chain
   * @param {string} id
   * @param {any} args
   * @param {Manner} manner
   * @param {boolean} strict
   * @returns {string}
   */
  #text(chain, id, args, manner, strict) {
    for (let at = 0; at < chain.length; at++) {
      const bundle = chain[at]
      const pattern = bundle.message(id)
      if (typeof pattern === 'string') return pattern
      if (pattern !== undefined && pattern !== null) {
        if (!strict && this.#onError === undefined)
          return format(bundle, pattern, args, manner, null)
        return this.#watched(bundle, id, pattern, args, manner, strict)
      }
    }
    if (typeof id !== 'string') throw invalidArg('id', id, "a string: 'id' or 'id.attribute'")
    if (strict || this.#onError !== undefined) {
      const [locale] = chain.map((bundle) => bundle.locale)
      const message = `There is no message ${describe(id)} in ${locale} or what it falls back to`
      this.#fault(createError('ERR_FTL', message, { locale, id }), strict)
    }
    return id
  }

  #watched(bundle, id, pattern, args, manner, strict) {
    /** @type {Error[]} */
    const errors = []
    const text = format(bundle, pattern, args, manner, errors)
    for (const cause of errors) {
      const message = `The message ${describe(id)} of ${bundle.locale}: ${cause.message}`
      const details = { locale: bundle.locale, id, cause }
      this.#fault(createError('ERR_FTL', message, details), strict)
    }
    return text
  }

  /** @param {Error} error @param {boolean} strict */
  #fault(error, strict) {
    if (strict) throw error
    this.#onError?.(error)
  }

  /**
   * The locale that suits an Accept-Language header best.
   * @param {string} acceptLanguage
   * @returns {string} always one of `locales`
   */
  negotiate(acceptLanguage) {
    if (acceptLanguage === undefined || acceptLanguage === null) return this.#defaultLocale
    const header = checkString('acceptLanguage', acceptLanguage)
    const { headers, locales } = this.#state
    const kept = headers.get(header)
    if (kept !== undefined) return kept
    const byDefault = locales.indexOf(this.#defaultLocale)
    const supported = /** @type {string[]} */ (locales)
    const locale = locales[native.i18nNegotiate(header, supported, byDefault)]
    return header.length > MAX_KEPT_HEADER ? locale : headers.set(header, locale)
  }

  /**
   * Locale and time zone of a request: of the URL, else the user's, else by header, else the
   * defaults; each only if there is such a locale or zone.
   * @param {object} [query]
   * @returns {{ locale: string, timezone: string, user_preference: boolean, detected_locale: string }}
   */
  resolve(query) {
    const { url, user, header, urlTimezone, strict } = checkOptions(
      'query',
      query,
      RESOLVE_DEFAULTS
    )
    if (checkFlag('strict', strict) || this.#strict) {
      if (given(url)) this.#supported(url)
      if (given(urlTimezone) && zoneOf(urlTimezone) === null) {
        throw invalidZone('urlTimezone', urlTimezone)
      }
    }
    const has = (locale) => typeof locale === 'string' && this.#state.locales.includes(locale)
    const detected = typeof header === 'string' ? this.negotiate(header) : this.#defaultLocale
    const userPreference = !has(url) && has(user?.locale)
    const locale = has(url) ? url : userPreference ? user.locale : detected
    return {
      locale: /** @type {string} */ (locale),
      timezone: zoneOf(urlTimezone) ?? zoneOf(user?.timezone) ?? this.#timeZone,
      user_preference: userPreference,
      detected_locale: detected
    }
  }

  /**
   * A handler for Express 4 and 5 that gives each request its locale, time zone and `t`.
   * @param {object} [options]
   */
  middleware(options) {
    return middleware(this, options)
  }

  /**
   * @param {string} locale
   * @param {number | bigint} n
   * @param {Intl.NumberFormatOptions} [options]
   */
  formatNumber(locale, n, options) {
    const number = checkNumber(n)
    const checked = options === undefined ? undefined : intlOptions(options)
    const nearest = this.#nearest(locale)
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
    const nearest = this.#nearest(locale)
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
    const nearest = this.#nearest(locale)
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
    const nearest = this.#nearest(locale)
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
    const nearest = this.#nearest(locale)
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
    const nearest = this.#nearest(locale)
    return askIntl(() => listFormatter(nearest, checked).format(items))
  }

  /**
   * Read the directory anew, off the event loop. Until that is done, and if it fails, everything
   * goes on with what there was; a file with a mistake keeps what it had without.
   * @returns {Promise<void>} rejects with ERR_FTL where `strict` was given and a file has a mistake
   */
  reload() {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = null
    })
    return this.#reloading
  }

  /**
   * What is wrong with the catalogs of the directory as they are on disk, beside the default locale's.
   * Reads all of them at once and on this thread: for tests and start-up, not for requests.
   * @returns {import('./project').Problem[]}
   */
  check() {
    const locales = this.#state.locales
    return checkCatalogs(this.#dir, this.#defaultLocale, { locales })
  }

  async #reload() {
    const catalogs = await calling(() => this.#state.catalogs.reload())
    const state = this.#stateOf(catalogs)
    const mistakes = mistakesOf(catalogs)
    if (this.#strict && mistakes.length > 0) throw mistakes[0]
    this.#state = state
    this.#tell(mistakes)
  }

  /**
   * Reload whenever a file of the directory changes, until `unwatch`. Meant for development; it
   * keeps no process alive.
   */
  async watch() {
    this.#watcher ??= new Watcher(this.#dir, async () => {
      try {
        await this.reload()
      } catch (error) {
        if (this.#onError) this.#onError(/** @type {Error} */ (error))
        else warn(/** @type {Error} */ (error).message)
      }
    })
    await this.#watcher.start()
  }

  /** End `watch`. */
  unwatch() {
    this.#watcher?.stop()
    this.#watcher = null
  }

  /**
   * @param {MessageCatalogs} catalogs
   * @returns {State}
   */
  #stateOf(catalogs) {
    const locales = catalogs.locales()
    if (!locales.includes(this.#defaultLocale)) {
      const found = locales.length > 0 ? locales.join(', ') : 'none'
      throw createError(
        'ERR_UNSUPPORTED_LOCALE',
        `There are no catalogs of the default locale ${describe(this.#defaultLocale)} ` +
          `(locales with catalogs: ${found}); give another defaultLocale, or add its folder`,
        { locale: this.#defaultLocale }
      )
    }
    const bundles = locales.map(
      (locale, index) => new Bundle(locale, () => catalogs.programs(index))
    )
    return {
      catalogs,
      locales: Object.freeze(locales),
      bundles: new Map(bundles.map((bundle) => [bundle.locale.toLowerCase(), bundle])),
      chains: new Memo(MAX_CHAINS),
      lastLocale: null,
      lastChain: [],
      headers: new Memo(MAX_HEADERS)
    }
  }

  /**
   * The bundles in which a message is looked for.
   * @param {string} locale
   * @returns {MessageBundle[]}
   */
  #chainOf(locale) {
    const state = this.#state
    // The texts of a page are asked for one after the other.
    if (locale === state.lastLocale) return state.lastChain
    const chain = state.chains.get(locale) ?? this.#chain(locale)
    state.lastLocale = locale
    state.lastChain = chain
    return chain
  }

  /**
   * @param {unknown} locale
   * @returns {MessageBundle[]}
   */
  #chain(locale) {
    const { bundles, chains } = this.#state
    const asked = checkString('locale', locale)
    const tag = asked.length > MAX_TAG_LENGTH ? '' : asked.toLowerCase()
    /** @type {Set<MessageBundle>} */
    const chain = new Set()
    for (const each of [tag, this.#defaultLocale.toLowerCase()]) {
      for (let end = each.length; end > 0; end = each.lastIndexOf('-', end - 1)) {
        const bundle = bundles.get(each.slice(0, end))
        if (bundle !== undefined) chain.add(bundle)
      }
    }
    return tag === '' ? [...chain] : chains.set(asked, [...chain])
  }

  /**
   * The locale whose conventions serve for one that may not be supported.
   * @param {string} locale
   */
  #nearest(locale) {
    return this.#chainOf(locale)[0].locale
  }

  /** @param {unknown} locale */
  #supported(locale) {
    const { locales } = this.#state
    if (typeof locale === 'string' && locales.includes(locale)) return
    throw createError(
      'ERR_UNSUPPORTED_LOCALE',
      `There are no catalogs of ${describe(locale)}; there are ${locales.join(', ')}`,
      { locale }
    )
  }

  /** @param {Error[]} mistakes */
  #tell(mistakes) {
    for (const mistake of mistakes) {
      if (this.#onError) this.#onError(mistake)
      else warn(mistake.message)
    }
  }
}

/**
 * What is wrong with the files.
 * @param {MessageCatalogs} catalogs
 */
function mistakesOf(catalogs) {
  const mistakes = /** @type {any[]} */ (JSON.parse(catalogs.mistakes()))
  return mistakes.map(({ file, line, column, message }) =>
    createError('ERR_FTL', `${file}:${line}:${column}: ${message}`, { file, line, column })
  )
}

/** @param {unknown} value */
function given(value) {
  return value !== undefined && value !== null && value !== ''
}

/** @param {string} text */
function warn(text) {
  if (warned.has(text)) return
  warned.add(text)
  process.emitWarning(text, { type: 'RekueWarning', code: 'ERR_FTL' })
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

/**
 * @param {() => Promise<unknown>} call
 * @returns {Promise<MessageCatalogs>}
 */
async function calling(call) {
  try {
    return /** @type {MessageCatalogs} */ (await call())
  } catch (error) {
    throw fromNative(error)
  }
}

module.exports = { I18n }
