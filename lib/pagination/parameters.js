'use strict'

/**
 * What a request asks for, read from its URL.
 *
 * Not from `req.query`: what that holds depends on the app's query parser, and the one that
 * Express 5 uses by default leaves `filter[Gender]` in one piece where that of Express 4 nests it.
 */

const { decode, safeTarget, split } = require('./links')
const { Problem, badParameter } = require('./problem')
const { OPERATORS } = require('./query')

/** A longer URL, four times over in `Link`, would pass what clients take as headers. */
const MAX_URL_LENGTH = 2048

/** The parameters that say where in the data a page is; one style has one of them. */
const PLACES = new Map([
  ['page', 'page'],
  ['index', 'index'],
  ['cursor', 'cursor']
])

/**
 * @typedef {import('./links').Parts} Parts
 * @typedef {'page' | 'index' | 'cursor'} Style
 * @typedef {object} Asked
 * @property {Style} style
 * @property {string | undefined} place the value of the style's own parameter
 * @property {number} size
 * @property {Record<string, Record<string, string | string[]>>} filter
 * @property {string[]} sort
 * @property {string[] | undefined} select
 * @property {Parts} parts
 */

/**
 * @param {import('http').IncomingMessage & { originalUrl?: string }} req
 * @param {readonly string[]} columns
 * @param {import('./paginate').Limits} limits
 * @returns {Asked}
 */
function readParameters(req, columns, limits) {
  const target = req.originalUrl || req.url || '/'
  if (target.length > MAX_URL_LENGTH) {
    throw new Problem(414, `The URL must not be longer than ${MAX_URL_LENGTH} characters`)
  }
  const parts = split(safeTarget(target))
  const given = parameters(parts)
  const style = readStyle(given, limits.style)
  return {
    style,
    place: given.get(style),
    size: readSize(given.get('page_size'), limits),
    filter: readFilter(given, columns, limits),
    sort: readSort(given.get('sort'), columns, limits),
    select: readFields(given.get('fields'), columns),
    parts
  }
}

/**
 * @param {Parts} parts
 * @returns {Map<string, string>} by decoded name
 */
function parameters(parts) {
  const given = new Map()
  for (const piece of parts.query) {
    const at = piece.indexOf('=')
    const name = decode(at === -1 ? piece : piece.slice(0, at))
    const value = at === -1 ? '' : decode(piece.slice(at + 1))
    // Other parameters are none of ours, however they are written.
    if (name === undefined || !isOurs(name)) continue
    if (value === undefined) {
      throw badParameter(name, 'ERR_INVALID_ARG', `${name} is not percent-encoded UTF-8`)
    }
    if (given.has(name)) throw badParameter(name, 'ERR_INVALID_ARG', `${name} is given twice`)
    given.set(name, value)
  }
  return given
}

/** @param {string} name */
function isOurs(name) {
  return PLACES.has(name) || /^(page_size|sort|fields|filter(\[.*)?)$/s.test(name)
}

/**
 * @param {Map<string, string>} given
 * @param {Style | undefined} fixed
 * @returns {Style}
 */
function readStyle(given, fixed) {
  const asked = /** @type {Style[]} */ ([...PLACES.keys()].filter((name) => given.has(name)))
  const style = fixed || asked[0] || 'page'
  for (const name of asked) {
    if (name !== style) {
      const detail = `${name} does not go with ${style}: these pages are walked by ${style}`
      throw badParameter(name, 'ERR_INVALID_ARG', detail)
    }
  }
  return style
}

/**
 * A whole number in plain digits.
 * @param {string} name
 * @param {string} text
 * @param {{ minimum: number, maximum?: number }} allowed
 * @param {string} [code]
 * @returns {number}
 */
function readNumber(name, text, allowed, code = 'ERR_INVALID_PAGE') {
  const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN
  const maximum = allowed.maximum ?? Number.MAX_SAFE_INTEGER
  if (!(number >= allowed.minimum && number <= maximum)) {
    const range =
      `from ${allowed.minimum}` + (allowed.maximum === undefined ? '' : ` to ${maximum}`)
    throw badParameter(name, code, `${name} must be a whole number ${range}`, allowed)
  }
  return number
}

/**
 * @param {string | undefined} text
 * @param {import('./paginate').Limits} limits
 */
function readSize(text, { defaultPageSize, maxPageSize }) {
  if (text === undefined) return defaultPageSize
  return readNumber('page_size', text, { minimum: 1, maximum: maxPageSize })
}

/**
 * @param {Map<string, string>} given
 * @param {readonly string[]} columns
 * @param {import('./paginate').Limits} limits
 */
function readFilter(given, columns, limits) {
  /** @type {Record<string, Record<string, string | string[]>>} */
  const filter = Object.create(null)
  let count = 0
  for (const [name, value] of given) {
    if (!name.startsWith('filter')) continue
    const { column, operator } = filterName(name, columns)
    if (column === undefined || (limits.filterable && !limits.filterable.includes(column))) {
      const allowed = { columns: limits.filterable || columns }
      throw badParameter(name, 'ERR_INVALID_ARG', `${name} names no column to filter by`, allowed)
    }
    if (!OPERATORS.includes(operator)) {
      const detail = `${name} must use one of the operators ${OPERATORS.join(', ')}`
      throw badParameter(name, 'ERR_INVALID_ARG', detail, { operators: OPERATORS })
    }
    if (++count > limits.maxFilters) {
      const detail = `There must be no more than ${limits.maxFilters} filters`
      throw badParameter(name, 'ERR_INVALID_ARG', detail, { maximum: limits.maxFilters })
    }
    if (value.length > limits.maxFilterLength) {
      const detail = `${name} must be no longer than ${limits.maxFilterLength} characters`
      throw badParameter(name, 'ERR_INVALID_ARG', detail, { maxLength: limits.maxFilterLength })
    }
    filter[column] ??= Object.create(null)
    if (Object.hasOwn(filter[column], operator)) {
      throw badParameter(name, 'ERR_INVALID_ARG', `${name} is given twice`)
    }
    filter[column][operator] = operator === 'in' ? value.split(',') : value
  }
  return filter
}

/**
 * `filter[column]` or `filter[column][operator]`, where a column may have brackets in its name.
 * @param {string} name
 * @param {readonly string[]} columns
 * @returns {{ column: string | undefined, operator: string }}
 */
function filterName(name, columns) {
  const inner = name.endsWith(']') ? name.slice('filter['.length, -1) : undefined
  if (inner === undefined) return { column: undefined, operator: 'eq' }
  if (columns.includes(inner)) return { column: inner, operator: 'eq' }
  const at = inner.lastIndexOf('][')
  const column = inner.slice(0, at)
  if (at === -1 || !columns.includes(column)) return { column: undefined, operator: 'eq' }
  return { column, operator: inner.slice(at + 2) }
}

/**
 * @param {string | undefined} text
 * @param {readonly string[]} columns
 * @param {import('./paginate').Limits} limits
 * @returns {string[]}
 */
function readSort(text, columns, { sortable, maxSortKeys }) {
  if (text === undefined || text === '') return []
  // A space before a column may be a `+` that was not encoded: it asks for what is given anyway.
  const keys = columns.includes(text) ? [text] : text.split(',').map((key) => key.trim())
  if (keys.length > maxSortKeys) {
    const detail = `sort must have no more than ${maxSortKeys} columns`
    throw badParameter('sort', 'ERR_INVALID_ARG', detail, { maximum: maxSortKeys })
  }
  const allowed = sortable || columns
  for (const key of keys) {
    const plain = columns.includes(key) ? key : key.replace(/^[-+]/, '')
    if (!allowed.includes(plain)) {
      const detail = 'sort must be of columns there are, each with - before it to descend'
      throw badParameter('sort', 'ERR_INVALID_ARG', detail, { columns: allowed })
    }
  }
  return keys
}

/**
 * @param {string | undefined} text
 * @param {readonly string[]} columns
 * @returns {string[] | undefined}
 */
function readFields(text, columns) {
  if (text === undefined) return undefined
  const fields = columns.includes(text) ? [text] : text.split(',')
  if (!fields.every((field) => columns.includes(field))) {
    const detail = 'fields must be columns there are, with commas between them'
    throw badParameter('fields', 'ERR_INVALID_ARG', detail, { columns })
  }
  return fields
}

module.exports = { readParameters, readNumber }
