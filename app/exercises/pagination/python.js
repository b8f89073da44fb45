'use strict'

/**
 * Prints values as Python does: the original exercises are in Python, and what ours print is
 * compared with what they print.
 */

/** @param {string} text */
function stringRepr(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function repr(value) {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return stringRepr(value)
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value).map(([key, member]) => `${repr(key)}: ${repr(member)}`)
    return `{${members.join(', ')}}`
  }
  return String(value)
}

/** @param {unknown[]} values */
function tuple(values) {
  return `(${values.map(repr).join(', ')}${values.length === 1 ? ',' : ''})`
}

module.exports = { repr, tuple }
