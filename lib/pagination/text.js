'use strict'

/**
 * Rows that are already in memory, written as the CSV (RFC 4180) that the native part reads: one
 * way in for all data. Every field is quoted, so no field can be taken for anything else.
 */

const { invalidArg } = require('../errors')
const { isListOfStrings } = require('./check')

/**
 * @param {unknown} value null and undefined are empty fields
 * @param {string} name
 * @returns {string}
 */
function field(value, name) {
  if (value === null || value === undefined) return '""'
  const text = typeof value === 'string' ? value : textOf(value, name)
  return text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function textOf(value, name) {
  try {
    if (typeof value !== 'symbol') return String(value)
  } catch {
    // An object without a prototype, or with a toString that throws.
  }
  throw invalidArg(name, value, 'something that has a text')
}

/**
 * @param {unknown} columns
 * @param {unknown} rows
 * @returns {string}
 */
function csvText(columns, rows) {
  if (!isListOfStrings(columns)) {
    throw invalidArg('columns', columns, 'an array of strings')
  }
  if (!Array.isArray(rows)) throw invalidArg('rows', rows, 'an array of arrays')
  if (columns.length === 0 && rows.length > 0) {
    throw invalidArg('columns', columns, 'as many names as a row has fields')
  }
  const lines = columns.length === 0 ? [] : [columns.map((column) => field(column, 'columns'))]
  // Neither `forEach` nor `map`, which pass over holes.
  for (const [number, row] of rows.entries()) {
    if (!Array.isArray(row) || row.length !== columns.length) {
      throw invalidArg(`rows[${number}]`, row, `an array of ${columns.length} fields`)
    }
    lines.push(Array.from(row, (value) => field(value, `rows[${number}]`)))
  }
  return lines.map((line) => line.join(',')).join('\n')
}

module.exports = { csvText }
