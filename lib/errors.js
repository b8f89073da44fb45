'use strict'

/**
 * The error codes of rekue. Every error that the package throws, rejects with or hands to a
 * callback carries one of them as `code`.
 */

/** Codes whose errors are more than a plain `Error`. @type {Record<string, ErrorConstructor>} */
const CLASSES = {
  ERR_INVALID_ARG: TypeError,
  ERR_JOB_DATA: TypeError,
  ERR_INVALID_PAGE: RangeError,
  ERR_INDEX_OUT_OF_RANGE: RangeError
}

/** Errors that were made here. @type {WeakSet<Error>} */
const OURS = new WeakSet()

/**
 * Make an error with a stable code.
 * @param {string} code one of the codes listed in index.d.ts
 * @param {string} message names the thing, the value and the way out
 * @param {Record<string, unknown>} [details] further properties, and `cause`
 * @returns {Error & { code: string }}
 */
function createError(code, message, details) {
  const Class = Object.hasOwn(CLASSES, code) ? CLASSES[code] : Error
  const { cause, ...rest } = details || {}
  /** @type {any} */
  const error = cause === undefined ? new Class(message) : new Class(message, { cause })
  Object.defineProperty(error, 'code', {
    value: code,
    enumerable: true,
    writable: true,
    configurable: true
  })
  OURS.add(error)
  return Object.assign(error, rest)
}

/**
 * Say what a value is, in a few words that are safe to print.
 * @param {unknown} value
 * @returns {string}
 */
function describe(value) {
  if (value === null) return 'null'
  if (value === undefined) return 'undefined'
  if (typeof value === 'string') {
    return value.length > 40
      ? `the string ${JSON.stringify(value.slice(0, 40))}…`
      : `the string ${JSON.stringify(value)}`
  }
  if (typeof value === 'function') return `a function`
  if (typeof value === 'bigint') return `the bigint ${value}n`
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'object') return isArray(value) ? 'an array' : 'an object'
  return `${typeof value} ${String(value)}`
}

/** @param {unknown} value */
function isArray(value) {
  try {
    return Array.isArray(value)
  } catch {
    // A proxy that was revoked: it is nothing any more.
    return false
  }
}

/**
 * The error for an argument of the wrong type or shape.
 * @param {string} name the argument, as the caller wrote it
 * @param {unknown} value what it was
 * @param {string} allowed what it may be, e.g. 'a non-empty string'
 */
function invalidArg(name, value, allowed) {
  return createError(
    'ERR_INVALID_ARG',
    `${name} must be ${allowed}, but it was ${describe(value)}`,
    { argument: name }
  )
}

/**
 * Refuse a callback that cannot be called, now, while the caller is on the stack.
 * @param {unknown} fn
 * @param {string} [allowed]
 */
function checkCallback(fn, allowed = 'a function') {
  if (fn !== undefined && fn !== null && typeof fn !== 'function') {
    throw invalidArg('fn', fn, allowed)
  }
}

/**
 * A number, or NaN for what is none, also where it cannot even be asked: a symbol, an object without
 * a prototype.
 * @param {any} value
 */
function toNumber(value) {
  try {
    return Number(value)
  } catch {
    return NaN
  }
}

/**
 * A text of a value, as JavaScript makes it.
 * @param {any} value
 * @param {string} name the argument, for the error where it can have none
 */
function toText(value, name) {
  try {
    return String(value)
  } catch {
    throw invalidArg(name, value, 'a text, or something that has one')
  }
}

/** Between a native error's message and its details (see src/binding/mod.rs). */
const DETAILS_MARK = '\u0001'

/**
 * Give an error that came out of the native part its class and its details. Others stay as they are.
 * @param {any} error
 * @returns {Error & { code?: string }}
 */
function fromNative(error) {
  if (OURS.has(error)) return error
  if (!error || typeof error.code !== 'string' || !error.code.startsWith('ERR_')) return error
  const [message, details] = String(error.message).split(DETAILS_MARK, 2)
  return createError(error.code, message, details ? JSON.parse(details) : undefined)
}

module.exports = {
  createError,
  invalidArg,
  checkCallback,
  describe,
  fromNative,
  toNumber,
  toText
}
