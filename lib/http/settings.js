'use strict'

const { createError, invalidArg } = require('../errors')
const { nearest } = require('../queue/option-checks')

/** As in Kue, whose parser takes no larger bodies either. */
const BODY_LIMIT = 100 * 1024

/** What can be set, and what each may be. @type {Record<string, { check: (value: any) => boolean, allowed: string }>} */
const KNOWN = {
  title: { check: (value) => typeof value === 'string', allowed: 'a string' },
  // Once there is one, it can be replaced, but not taken away: a server may rely on it.
  authorize: { check: (value) => typeof value === 'function', allowed: 'a function (req)' },
  'body limit': {
    check: (value) => Number.isSafeInteger(value) && value >= 1,
    allowed: 'a number of bytes from 1'
  }
}

/** The settings of the app. Names that are not its own are kept, as Express keeps them. */
class Settings {
  /** @type {Map<string, any>} */
  #values = new Map(
    /** @type {[string, any][]} */ ([
      ['title', 'rekue'],
      ['body limit', BODY_LIMIT]
    ])
  )

  /** @param {any} name */
  get(name) {
    return this.#values.get(name)
  }

  /**
   * @param {any} name
   * @param {any} value
   */
  set(name, value) {
    if (typeof name !== 'string' || name === '')
      throw invalidArg('name', name, 'a non-empty string')
    if (Object.hasOwn(KNOWN, name)) {
      const { check, allowed } = KNOWN[name]
      if (!check(value)) throw invalidArg(name, value, allowed)
    } else {
      const meant = nearest(name, Object.keys(KNOWN))
      if (meant) {
        const message = `${name} is not a setting; did you mean ${meant}?`
        throw createError('ERR_INVALID_ARG', message, { argument: 'name' })
      }
    }
    this.#values.set(name, value)
  }
}

module.exports = { Settings }
