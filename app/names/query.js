'use strict'

/**
 * What `GET /names` may be asked: page, index or cursor, filter, sort. Read into one normal form,
 * so that the same question in other words finds the same page in the cache.
 */

const { z } = require('zod')

const DEFAULT_PAGE_SIZE = 20
const MAX_PAGE_SIZE = 100

/** A filter has few conditions, and a value of a few words. */
const MAX_CONDITIONS = 8
const MAX_VALUE_CHARS = 256
const MAX_SORT_KEYS = 4

const OPERATORS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'contains']

/** `filter[column]` and `filter[column][operator]`. */
const FILTER = /^filter\[([^\]]+)\](?:\[([^\]]+)\])?$/

/**
 * A whole number in a URL: digits alone, for `Number` takes '', '0x10' and ' 1e1 ' too.
 * @param {{ minimum: number, maximum: number }} limits
 */
function digits({ minimum, maximum }) {
  return z
    .string()
    .transform((text, context) => {
      const number = Number(text)
      if (/^\d{1,15}$/.test(text) && number >= minimum && number <= maximum) return number
      // In words: the pattern would be told as it is.
      const params = { id: 'reason-whole-number', minimum, maximum }
      context.addIssue({ code: 'custom', params, input: text })
      return z.NEVER
    })
    .meta({ openapi: { type: 'integer', minimum, maximum } })
}

const parameters = z.object({
  page: digits({ minimum: 1, maximum: 1e12 }).optional(),
  index: digits({ minimum: 0, maximum: 1e12 }).optional(),
  cursor: z.string().max(1024).optional(),
  page_size: digits({ minimum: 1, maximum: MAX_PAGE_SIZE }).default(DEFAULT_PAGE_SIZE),
  sort: z.string().max(400).optional(),
  locale: z.string().max(100).optional(),
  timezone: z.string().max(100).optional()
})

/**
 * @typedef {object} NamesQuery
 * @property {'page' | 'index' | 'cursor'} style
 * @property {number | string} place
 * @property {number} pageSize
 * @property {string | undefined} sort
 * @property {Record<string, Record<string, string | string[]>>} filter columns in the data's order
 */

/**
 * @param {() => string[]} columnsOf the columns of the data, which may change with its file
 */
function namesQuery(columnsOf) {
  return z.looseObject(parameters.shape).transform((raw, context) => {
    const columns = columnsOf()
    const query = {
      ...placeOf(raw, context),
      pageSize: raw.page_size,
      sort: sortOf(raw.sort, columns, context),
      filter: filterOf(raw, columns, context)
    }
    if (query.style === 'index' && (query.sort || Object.keys(query.filter).length > 0)) {
      // An index counts rows as the file has them.
      refuse(context, 'index', ['page', 'cursor'])
    }
    return /** @type {NamesQuery} */ (query)
  })
}

/** What zod says of a value that is not among those allowed, in the user's language. */
function refuse(context, name, allowed) {
  context.addIssue({ code: 'invalid_value', path: [name], values: allowed, input: name })
}

function placeOf({ page, index, cursor }, context) {
  const given = Object.entries({ page, index, cursor }).filter(([, value]) => value !== undefined)
  if (given.length > 1) refuse(context, given[1][0], [given[0][0]])
  const [style, place] = given[0] || ['page', 1]
  return { style, place }
}

/** @param {string | undefined} text @param {string[]} columns */
function sortOf(text, columns, context) {
  // A form that leaves the choice open sends it empty.
  if (!text) return undefined
  const keys = text.split(',')
  for (const key of keys) {
    if (!columns.includes(key.replace(/^-/, ''))) refuse(context, 'sort', columns)
  }
  if (keys.length > MAX_SORT_KEYS) refuse(context, 'sort', columns.slice(0, MAX_SORT_KEYS))
  return text
}

/** @param {Record<string, unknown>} raw @param {string[]} columns */
function filterOf(raw, columns, context) {
  /** @type {Map<string, Record<string, string | string[]>>} */
  const found = new Map()
  let conditions = 0
  for (const [name, value] of Object.entries(raw)) {
    // Left open in a form; who means the empty text writes filter[column][eq]=.
    if (!name.startsWith('filter') || (value === '' && name.split('[').length === 2)) continue
    const [, column = '', operator = 'eq'] = FILTER.exec(name) || []
    if (!columns.includes(column)) {
      refuse(
        context,
        name,
        columns.map((each) => `filter[${each}]`)
      )
    } else if (!OPERATORS.includes(operator)) refuse(context, name, OPERATORS)
    else if (typeof value !== 'string' || value.length > MAX_VALUE_CHARS) {
      context.addIssue({ code: 'invalid_type', path: [name], expected: 'string', input: value })
    } else {
      const condition = { [operator]: operator === 'in' ? value.split(',') : value }
      found.set(column, { ...found.get(column), ...condition })
      conditions++
    }
  }
  if (conditions > MAX_CONDITIONS) refuse(context, 'filter', [`≤ ${MAX_CONDITIONS}`])
  const ordered = columns.filter((column) => found.has(column))
  return Object.fromEntries(ordered.map((column) => [column, sorted(found.get(column))]))
}

/** With its operators in one order. */
function sorted(condition) {
  return Object.fromEntries(Object.entries(condition).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * A filter as parameters of an address.
 * @param {NamesQuery['filter']} filter
 * @returns {[name: string, value: string][]}
 */
function conditionsOf(filter) {
  return Object.entries(filter).flatMap(([column, condition]) =>
    Object.entries(condition).map(([operator, value]) => {
      // Short, except for the empty text, which would look like a field that was left open.
      const short = operator === 'eq' && value !== ''
      const name = short ? `filter[${column}]` : `filter[${column}][${operator}]`
      return /** @type {[string, string]} */ ([name, String(value)])
    })
  )
}

/**
 * The path of a page: only what was understood, in one order.
 * @param {NamesQuery} query
 * @param {{ place?: string | number | null, locale?: string, timezone?: string }} [changes]
 */
function pathOf({ style, place, pageSize, sort, filter }, changes = {}) {
  const parts = new URLSearchParams()
  const where = changes.place === undefined ? place : changes.place
  parts.set(style, where === null ? '' : String(where))
  parts.set('page_size', String(pageSize))
  if (sort) parts.set('sort', sort)
  for (const [name, value] of conditionsOf(filter)) parts.set(name, value)
  if (changes.locale) parts.set('locale', changes.locale)
  if (changes.timezone) parts.set('timezone', changes.timezone)
  return `/names?${parts}`
}

module.exports = { conditionsOf, namesQuery, parameters, pathOf }
