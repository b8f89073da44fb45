'use strict'

/** What this process was warned of, by code. @type {Map<string, Set<string>>} */
const warnings = new Map()

/** So many of a code: what it tells of may come from outside, without end. */
const MOST_WARNINGS = 100

/**
 * Warn of something that is no error yet, once.
 * @param {string} code
 * @param {string} message
 */
function warn(code, message) {
  const told = warnings.get(code) ?? new Set()
  if (told.has(message) || told.size >= MOST_WARNINGS) return
  warnings.set(code, told.add(message))
  process.emitWarning(message, { type: 'RekueWarning', code })
}

module.exports = warn
