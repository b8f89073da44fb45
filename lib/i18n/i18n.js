'use strict'

/**
 * `I18n`: the messages of a directory, in the language, digits and time zone of each reader.
 */

const { createError, describe, fromNative, invalidArg } = require('../errors')
const native = require('../native')
const { Catalogs } = require('./catalogs')
const { checkCatalogs } = require('./check')
const { escapeHtml } = require('./escape')
const { Formats } = require('./formats')
const { checkLoadOptions } = require('./load-options')
const { middleware } = require('./middleware')
const { checkEscape, checkFlag, checkOptions, checkString, invalidZone } = require('./options')
const { format } = require('./resolver')
const { zoneOf } = require('./timezone')
const { Watcher } = require('./watcher')

/** @import { MessageCatalogs } from '../native' */
/** @typedef {ReturnType<InstanceType<typeof Catalogs>['chain']>} Chain */
/** @import { Manner } from './resolver' */

const RESOLVE_DEFAULTS = {
  url: /** @type {unknown} */ (undefined),
  user: /** @type {any} */ (undefined),
  header: /** @type {unknown} */ (undefined),
  urlTimezone: /** @type {unknown} */ (undefined),
  strict: /** @type {boolean | undefined} */ (undefined)
}

/** An id in a message, as short as it should be there. @param {string} id */
const quoted = (id) => JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}…` : id)

/** Only `load` makes instances. */
const OWN = Symbol('own')

/** Warnings that were given, so that each is given once. */
const warned = new Set()

class I18n extends Formats {
  /** @type {InstanceType<typeof Catalogs>} */ #catalogs
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
   * @param {InstanceType<typeof Catalogs>} catalogs
   * @param {ReturnType<typeof checkLoadOptions>} options
   */
  constructor(own, catalogs, options) {
    if (own !== OWN) throw createError('ERR_INVALID_ARG', 'Use I18n.load({ dir })')
    super((locale) => this.#catalogs.chain(locale)[0].locale, options.manner.timeZone)
    this.#catalogs = catalogs
    this.#dir = options.dir
    this.#defaultLocale = options.defaultLocale
    this.#timeZone = options.manner.timeZone
    this.#manner = options.manner
    this.#strict = options.strict
    this.#onError = options.onError
  }

  /**
   * Read the catalogs of a directory, off the event loop.
   * @param {object} options
   */
  static async load(options) {
    const checked = checkLoadOptions(options)
    const read = await calling(() => native.i18nLoad(checked.dir, checked.locales))
    const catalogs = new Catalogs(read, checked.defaultLocale)
    const mistakes = catalogs.mistakes()
    if (checked.strict && mistakes.length > 0) throw mistakes[0]
    const i18n = new I18n(OWN, catalogs, checked)
    i18n.#tell(mistakes)
    if (checked.watch) await i18n.watch()
    return i18n
  }

  /** The locales there are catalogs of, as given to `load` or by name. */
  get locales() {
    return [...this.#catalogs.locales]
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
    const chain = this.#catalogs.chain(locale)
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
    const chain = this.#catalogs.chain(locale)
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
   * `t` of one reader: what is the same for all texts is checked once.
   * @param {string} locale
   * @param {{ timeZone?: string, escape?: 'html' | false, strict?: boolean }} [options]
   * @returns {(id: string, args?: Record<string, unknown>) => string}
   */
  translator(locale, options) {
    checkString('locale', locale)
    const { manner, strict } = this.#asked(locale, options)
    // The chain is looked up every time: a reload may have changed it.
    return (id, args) => this.#text(this.#catalogs.chain(locale), id, args, manner, strict)
  }

  /**
   * Whether a locale or its chain has a message.
   * @param {string} locale
   * @param {string} id
   */
  has(locale, id) {
    const key = checkString('id', id)
    return this.#catalogs.chain(locale).some((bundle) => (bundle.message(key) ?? null) !== null)
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
   * @param {Chain} chain
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
      const message = `There is no message ${quoted(id)} in ${locale} or what it falls back to`
      this.#fault(createError('ERR_FTL', message, { locale, id }), strict)
    }
    return manner.escape ? escapeHtml(id) : id
  }

  #watched(bundle, id, pattern, args, manner, strict) {
    /** @type {Error[]} */
    const errors = []
    const text = format(bundle, pattern, args, manner, errors)
    for (const cause of errors) {
      const message = `The message ${quoted(id)} of ${bundle.locale}: ${cause.message}`
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
    return this.#catalogs.negotiate(header)
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
    if (strict === undefined ? this.#strict : checkFlag('strict', strict)) {
      if (given(url)) this.#supported(url)
      if (given(urlTimezone) && zoneOf(urlTimezone) === null) {
        throw invalidZone('urlTimezone', urlTimezone)
      }
    }
    const has = (locale) => typeof locale === 'string' && this.#catalogs.locales.includes(locale)
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
    const locales = this.#catalogs.locales
    return checkCatalogs(this.#dir, this.#defaultLocale, { locales })
  }

  async #reload() {
    const read = await calling(() => this.#catalogs.read.reload())
    const catalogs = new Catalogs(read, this.#defaultLocale)
    const mistakes = catalogs.mistakes()
    if (this.#strict && mistakes.length > 0) throw mistakes[0]
    this.#catalogs = catalogs
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

  /** @param {unknown} locale */
  #supported(locale) {
    const { locales } = this.#catalogs
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
