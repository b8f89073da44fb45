'use strict'

/**
 * Arguments of the pagination calls, checked in one place.
 */

const { isUint8Array } = require('node:util/types')
const { createError, describe, invalidArg } = require('../errors')

const DEFAULT_PAGE = 1
const DEFAULT_PAGE_SIZE = 10

/**
 * The error for a page or page size that is none.
 * @param {string} name
 * @param {unknown} value
 * @param {string} allowed
 */
function invalidPage(name, value, allowed) {
  return createError(
    'ERR_INVALID_PAGE',
    `${name} must be ${allowed}, but it was ${describe(value)}`,
    {
      argument: name
    }
  )
}

/**
 * A whole number from 1; `undefined` stands for the default.
 * @param {string} name
 * @param {unknown} value
 * @param {number} fallback
 * @returns {number}
 */
function checkPage(name, value, fallback) {
  if (value === undefined) return fallback
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < 1) {
    throw invalidPage(name, value, 'a whole number from 1 to 2^53 - 1')
  }
  return /** @type {number} */ (value)
}

/**
 * A row's index, not yet held against how many rows there are.
 * @param {unknown} value
 * @param {number} rows how many rows there were before any was deleted
 * @returns {number}
 */
function checkIndex(value, rows) {
  if (typeof value !== 'number' || (!Number.isInteger(value) && Number.isFinite(value))) {
    throw invalidArg('index', value, 'a whole number from 0 to the last row')
  }
  if (Number.isNaN(value)) throw invalidArg('index', value, 'a whole number from 0 to the last row')
  if (value < 0 || value >= rows) throw indexOutOfRange(value, rows)
  return value
}

/**
 * @param {number} index
 * @param {number} rows
 */
function indexOutOfRange(index, rows) {
  const last = rows > 0 ? String(rows - 1) : 'of which there is none'
  return createError(
    'ERR_INDEX_OUT_OF_RANGE',
    `index must be from 0 to the last row, ${last}, but it was ${index}`
  )
}

/**
 * An options object without unknown names; a misspelt one is an error that says what there is.
 * @template {object} T
 * @param {string} name
 * @param {unknown} options
 * @param {T} defaults every option there is, with its default
 * @returns {T}
 */
function checkOptions(name, options, defaults) {
  if (options === undefined || options === null) return { ...defaults }
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw invalidArg(name, options, 'an object')
  }
  const given = /** @type {Record<string, unknown>} */ (options)
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(defaults, key)) {
      throw invalidArg(`${name}.${key}`, given[key], `left out: there are ${known(defaults)}`)
    }
  }
  const checked = /** @type {Record<string, unknown>} */ ({ ...defaults })
  for (const key of Object.keys(given)) {
    if (given[key] !== undefined) checked[key] = given[key]
  }
  return /** @type {T} */ (checked)
}

/** @param {object} defaults */
function known(defaults) {
  return Object.keys(defaults).join(', ')
}

/**
 * Whether a value is an array of strings. Its own `every` would pass over holes.
 * @param {unknown} value
 * @returns {value is string[]}
 */
function isListOfStrings(value) {
  if (!Array.isArray(value)) return false
  for (const each of value) if (typeof each !== 'string') return false
  return true
}

/**
 * A secret that cursors are signed with, as bytes; null for one that the process makes up.
 * @param {string} name
 * @param {unknown} secret
 * @returns {Uint8Array | null}
 */
function checkSecret(name, secret) {
  if (secret === undefined || secret === null) return null
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret
  if (!isUint8Array(bytes) || bytes.length < 16) {
    // Never describe the value: it may be a secret that is merely too short.
    throw createError(
      'ERR_INVALID_ARG',
      `${name} must be a string or a Buffer of at least 16 bytes that nobody can guess`,
      {
        argument: name
      }
    )
  }
  return Uint8Array.from(bytes)
}

module.exports = {
  DEFAULT_PAGE,
  DEFAULT_PAGE_SIZE,
  invalidPage,
  checkPage,
  checkIndex,
  checkOptions,
  isListOfStrings,
  checkSecret
}
