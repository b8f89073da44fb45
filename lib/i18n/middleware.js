'use strict'

/**
 * The handler for Express 4 and 5. Everything it learns of a request is kept on that request.
 */

const { createError, invalidArg } = require('../errors')
const { checkEscape, checkFlag, checkOptions, checkString } = require('./options')

/** @typedef {InstanceType<typeof import('./i18n').I18n>} I18n */

const DEFAULTS = {
  queryParam: 'locale',
  timezoneParam: 'timezone',
  user: /** @type {any} */ (undefined),
  cookie: /** @type {string | undefined} */ (undefined),
  path: /** @type {boolean} */ (false),
  escape: /** @type {'html' | false | undefined} */ (undefined)
}

/** What is read of a query and of a cookie header, in characters. */
const MAX_QUERY = 8192
const MAX_COOKIES = 8192

/**
 * @param {I18n} i18n
 * @param {unknown} options
 */
function middleware(i18n, options) {
  const checked = checkOptions('options', options, DEFAULTS)
  const { queryParam, timezoneParam, user, cookie, escape } = checked
  checkString('queryParam', queryParam)
  checkString('timezoneParam', timezoneParam)
  if (cookie !== undefined) checkString('cookie', cookie)
  if (user !== undefined && typeof user !== 'function') {
    throw invalidArg('user', user, 'a function of the request')
  }
  const byPath = checkFlag('path', checked.path)
  checkEscape(escape)
  const vary = cookie === undefined ? ['Accept-Language'] : ['Accept-Language', 'Cookie']

  /**
   * @param {any} req
   * @param {any} res
   * @param {any} person
   */
  const prepare = (req, res, person) => {
    const parameters = parametersOf(req.url)
    const isSupported = (locale) => i18n.locales.includes(locale)
    const wanted = [parameters.get(queryParam), byPath ? firstSegment(req.url) : null]
    const stored = cookie === undefined ? null : cookieOf(req.headers.cookie, cookie)
    const { locale, timezone } = i18n.resolve({
      url: wanted.find((each) => isSupported(each)) ?? undefined,
      // A cookie is what the user chose on this machine: behind what the account says.
      user: isSupported(person?.locale) ? person : { locale: stored, timezone: person?.timezone },
      header: req.headers['accept-language'],
      urlTimezone: parameters.get(timezoneParam) ?? undefined,
      // Whatever an address says, it is no defect of the app.
      strict: false
    })
    const t = i18n.translator(locale, { timeZone: timezone, escape })
    req.locale = locale
    req.timeZone = timezone
    req.t = t
    res.locals ??= {}
    res.locals.t = t
    res.locals.locale = locale
    res.locals.timeZone = timezone
    if (!res.headersSent) {
      res.setHeader('Content-Language', locale)
      addVary(res, vary)
    }
  }

  return function i18nMiddleware(req, res, next) {
    let person
    try {
      person = user?.(req)
      if (typeof person?.then !== 'function') prepare(req, res, person)
    } catch (error) {
      return next(failure(error))
    }
    if (typeof person?.then !== 'function') return next()
    // `next` stands outside the chain: what a later handler throws is not this one's.
    person
      .then((found) => prepare(req, res, found))
      .then(
        () => next(),
        (error) => next(failure(error))
      )
  }
}

/**
 * What `next` is told: without a reason it would go on as if nothing had happened.
 * @param {unknown} error
 */
function failure(error) {
  return (
    error || createError('ERR_INVALID_ARG', 'user failed without saying why', { argument: 'user' })
  )
}

/** @param {unknown} url */
function parametersOf(url) {
  const text = String(url).slice(0, MAX_QUERY)
  const start = text.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : text.slice(start + 1))
}

/** @param {unknown} url */
function firstSegment(url) {
  const found = /^\/([A-Za-z0-9-]{1,64})(?=[/?]|$)/.exec(String(url))
  return found ? found[1] : null
}

/**
 * @param {unknown} header
 * @param {string} name
 * @returns {string | null}
 */
function cookieOf(header, name) {
  if (typeof header !== 'string') return null
  for (const pair of header.slice(0, MAX_COOKIES).split(';')) {
    const at = pair.indexOf('=')
    if (at < 0 || pair.slice(0, at).trim() !== name) continue
    return pair
      .slice(at + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
  }
  return null
}

/**
 * @param {import('node:http').ServerResponse} res
 * @param {string[]} fields
 */
function addVary(res, fields) {
  const before = [res.getHeader('Vary') ?? []].flat().join(', ')
  const listed = before.toLowerCase().split(/\s*,\s*/)
  if (listed.includes('*')) return
  const missing = fields.filter((field) => !listed.includes(field.toLowerCase()))
  if (missing.length > 0) res.setHeader('Vary', [before, ...missing].filter(Boolean).join(', '))
}

module.exports = { middleware }
