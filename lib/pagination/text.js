'use strict'

/**
 * Rows that are already in memory, written as the CSV (RFC 4180) that the native part reads: one
 * way in for all data. Every field is quoted, so no field can be taken for anything else.
 */

const { invalidArg } = require('../errors')

/** @param {string} text */
const quoted = (text) => (text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`)

/**
 * @param {unknown} value null and undefined are empty fields
 * @param {number} row for the error, as `column` is
 * @param {number} column
 * @returns {string}
 */
function field(value, row, column) {
  if (value === null || value === undefined) return '""'
  return quoted(typeof value === 'string' ? value : textOf(value, row, column))
}

/**
 * @param {unknown} value
 * @param {number} row
 * @param {number} column
 */
function textOf(value, row, column) {
  try {
    if (typeof value !== 'symbol') return String(value)
  } catch {
    // An object without a prototype, or with a toString that throws.
  }
  throw invalidArg(`rows[${row}][${column}]`, value, 'something that has a text')
}

/**
 * @param {unknown} columns
 * @param {unknown} rows
 * @returns {string}
 */
function csvText(columns, rows) {
  if (!Array.isArray(columns)) throw invalidArg('columns', columns, 'an array of strings')
  const unnamed = columns.findIndex((column) => typeof column !== 'string')
  if (unnamed >= 0) throw invalidArg(`columns[${unnamed}]`, columns[unnamed], 'a string')
  if (!Array.isArray(rows)) throw invalidArg('rows', rows, 'an array of arrays')
  if (columns.length === 0 && rows.length > 0) {
    throw invalidArg('columns', columns, 'as many names as a row has fields')
  }
  const lines = columns.length === 0 ? [] : [columns.map(quoted)]
  // Neither `forEach` nor `map`, which pass over holes.
  for (const [number, row] of rows.entries()) {
    if (!Array.isArray(row) || row.length !== columns.length) {
      throw invalidArg(`rows[${number}]`, row, `an array of ${columns.length} fields`)
    }
    lines.push(Array.from(row, (value, i) => field(value, number, i)))
  }
  return lines.map((line) => line.join(',')).join('\n')
}

module.exports = { csvText }
