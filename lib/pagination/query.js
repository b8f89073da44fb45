'use strict'

/**
 * Queries: `{ filter, sort, select }` held against a data set's columns and brought into one form,
 * so that the same query is the same text however it was written.
 */

const { invalidArg } = require('../errors')
const { isWellFormed } = require('../well-formed')
const { isListOfStrings } = require('./check')

const OPERATORS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'contains']

/**
 * @typedef {{ column: string, operator: string, operands: string[] }} Condition
 * @typedef {{ column: string, descending: boolean }} SortKey
 * @typedef {{ filter: Condition[], sort: SortKey[] }} NormalQuery
 */

/**
 * @param {unknown} filter
 * @param {readonly string[]} columns
 * @returns {Condition[]} in one order, whatever that of the keys
 */
function normalFilter(filter, columns) {
  if (filter === undefined || filter === null) return []
  if (typeof filter !== 'object' || Array.isArray(filter)) {
    throw invalidArg('filter', filter, 'an object of conditions by column')
  }
  const conditions = []
  for (const [column, wanted] of Object.entries(filter)) {
    checkColumn('filter', column, columns)
    for (const [operator, operand] of operations(column, wanted)) {
      conditions.push(condition(column, operator, operand))
    }
  }
  const text = JSON.stringify
  return conditions.sort((a, b) => (text(a) < text(b) ? -1 : 1))
}

/**
 * @param {string} column
 * @param {unknown} wanted
 * @returns {[string, unknown][]}
 */
function operations(column, wanted) {
  if (typeof wanted !== 'object' || wanted === null) return [['eq', wanted]]
  if (Array.isArray(wanted)) {
    throw invalidArg(`filter[${column}]`, wanted, 'a value or an object such as { in: [...] }')
  }
  const found = Object.entries(wanted)
  if (found.length === 0) {
    throw invalidArg(
      `filter[${column}]`,
      wanted,
      `an object with at least one of ${OPERATORS.join(', ')}`
    )
  }
  return found
}

/**
 * @param {string} column
 * @param {string} operator
 * @param {unknown} operand
 * @returns {Condition}
 */
function condition(column, operator, operand) {
  const name = `filter[${column}][${operator}]`
  if (!OPERATORS.includes(operator)) {
    throw invalidArg(name, operand, `one of the operators ${OPERATORS.join(', ')}`)
  }
  if (operator !== 'in') return { column, operator, operands: [scalar(name, operand)] }
  if (!Array.isArray(operand)) throw invalidArg(name, operand, 'an array of values')
  // Not `operand.map`, which passes over holes.
  const texts = Array.from(operand, (value) => scalar(name, value))
  const operands = [...new Set(texts)].sort()
  return { column, operator, operands }
}

/**
 * A value as the text that a field is compared with.
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function scalar(name, value) {
  const type = typeof value
  if (type === 'string') return checkText(name, /** @type {string} */ (value))
  if (type === 'bigint' || type === 'boolean' || Number.isFinite(value)) return String(value)
  throw invalidArg(name, value, 'a string, a finite number or a boolean')
}

/**
 * Refuse half a surrogate pair: no file holds one, and none can be ordered among texts.
 * @param {string} name
 * @param {any} text every Node that runs this has the method, but not yet the types
 * @returns {string}
 */
function checkText(name, text) {
  if (!isWellFormed(text)) throw invalidArg(name, text, 'text without halves of surrogate pairs')
  return text
}

/**
 * @param {unknown} sort e.g. '-Count,Rank'; an array for columns with a comma in their name
 * @param {readonly string[]} columns
 * @returns {SortKey[]}
 */
function normalSort(sort, columns) {
  if (sort === undefined || sort === null || sort === '') return []
  const parts =
    typeof sort === 'string' ? (columns.includes(sort) ? [sort] : sort.split(',')) : sort
  if (!isListOfStrings(parts)) {
    throw invalidArg('sort', sort, "columns such as '-Count,Rank', or an array of them")
  }
  const keys = []
  const seen = new Set()
  for (const part of parts) {
    const key = sortKey(part, columns)
    if (seen.has(key.column)) continue // the first decides; a second could change nothing
    seen.add(key.column)
    keys.push(key)
  }
  return keys
}

/**
 * @param {string} part
 * @param {readonly string[]} columns
 * @returns {SortKey}
 */
function sortKey(part, columns) {
  if (columns.includes(part)) return { column: part, descending: false }
  const sign = part[0] === '-' || part[0] === '+' ? part[0] : ''
  const column = part.slice(sign.length).trim()
  checkColumn('sort', column, columns)
  return { column, descending: sign === '-' }
}

/**
 * @param {unknown} select
 * @param {readonly string[]} columns
 * @returns {string[] | null} null for all
 */
function normalSelect(select, columns) {
  if (select === undefined || select === null) return null
  if (!Array.isArray(select) || select.length === 0) {
    throw invalidArg('select', select, 'an array of at least one column')
  }
  for (const column of select) checkColumn('select', column, columns)
  return [...new Set(select)]
}

/**
 * @param {string} name
 * @param {unknown} column
 * @param {readonly string[]} columns
 */
function checkColumn(name, column, columns) {
  if (typeof column !== 'string' || !columns.includes(column)) {
    throw invalidArg(
      name,
      column,
      `of the columns ${columns.map((c) => JSON.stringify(c)).join(', ')}`
    )
  }
}

/**
 * @param {{ filter?: unknown, sort?: unknown }} query
 * @param {readonly string[]} columns
 * @returns {NormalQuery}
 */
function normalQuery(query, columns) {
  return { filter: normalFilter(query.filter, columns), sort: normalSort(query.sort, columns) }
}

module.exports = { OPERATORS, normalQuery, normalSelect }
