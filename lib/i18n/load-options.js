'use strict'

/** The options of `I18n.load`, checked in one place. */

const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { invalidArg } = require('../errors')
const {
  checkEscape,
  checkFlag,
  checkIsolating,
  checkOptions,
  checkString,
  invalidZone
} = require('./options')
const { zoneOf } = require('./timezone')

const DEFAULTS = {
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

/** @param {unknown} options */
function checkLoadOptions(options) {
  const checked = checkOptions('options', options, DEFAULTS)
  const timeZone = zoneOf(checked.defaultTimeZone)
  const settings = {
    dir: checkDir(checked.dir),
    defaultLocale: checkString('defaultLocale', checked.defaultLocale),
    locales: checkLocales(checked.locales),
    strict: checkFlag('strict', checked.strict),
    watch: checkFlag('watch', checked.watch),
    onError: checkOnError(checked.onError)
  }
  if (timeZone === null) throw invalidZone('defaultTimeZone', checked.defaultTimeZone)
  const isolating = checkIsolating(checked.isolating)
  return { ...settings, manner: { isolating, escape: checkEscape(checked.escape), timeZone } }
}

/**
 * @param {unknown} dir
 * @returns {string} absolute: a later chdir must not make a reload read another directory
 */
function checkDir(dir) {
  const name = nameOf(dir)
  if (typeof name !== 'string' || name === '' || name.includes('\0')) {
    const given = dir instanceof URL ? dir.href : dir
    throw invalidArg('dir', given, 'the path of a directory, or a file: URL')
  }
  return path.resolve(name)
}

/**
 * @param {unknown} dir
 * @returns {unknown} the path that a file: URL stands for
 */
function nameOf(dir) {
  try {
    return dir instanceof URL ? fileURLToPath(dir) : dir
  } catch {
    return undefined // a URL of another scheme or another host
  }
}

/**
 * @param {unknown} locales
 * @returns {string[] | undefined}
 */
function checkLocales(locales) {
  if (locales === undefined) return undefined
  if (!isListOfStrings(locales)) {
    throw invalidArg('locales', locales, 'an array of one or more locales')
  }
  if (new Set(locales).size < locales.length) {
    throw invalidArg('locales', locales, 'an array without repetitions')
  }
  return locales
}

/**
 * Its own `every` would pass over holes.
 * @param {unknown} list
 * @returns {list is string[]} and not an empty one
 */
function isListOfStrings(list) {
  if (!Array.isArray(list) || list.length === 0) return false
  for (const each of list) if (typeof each !== 'string') return false
  return true
}

/**
 * @param {unknown} onError
 * @returns {((error: Error) => void) | undefined}
 */
function checkOnError(onError) {
  if (onError === undefined) return undefined
  if (typeof onError !== 'function') throw invalidArg('onError', onError, 'a function')
  return /** @type {(error: Error) => void} */ (onError)
}

module.exports = { checkLoadOptions }
