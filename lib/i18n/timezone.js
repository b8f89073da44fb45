'use strict'

/** Which names are time zones of the IANA database, as far as this Node knows it. */

const { Memo } = require('./memo')

/** Names come from URLs: as many as are kept, and none that is longer than any zone's. */
const MAX_NAMES = 1000
const MAX_LENGTH = 64

/** An offset such as `+01:00`, which Intl also takes, is no zone: it knows no summer. */
const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/

/** Abbreviations that ICU knows and the IANA database does not. */
const NOT_IANA = new Set(
  (
    'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST ' +
    'SST VST'
  ).split(' ')
)

/** @type {InstanceType<typeof Memo<string | null>>} */
const known = new Memo(MAX_NAMES)

/**
 * The zone of that name; case does not matter, as in the database. Other names of a zone, such as
 * US/Central, stay what they are.
 * @param {unknown} name
 * @returns {string | null} null if there is none
 */
function zoneOf(name) {
  if (typeof name !== 'string' || name.length > MAX_LENGTH || !NAME.test(name)) return null
  const kept = known.get(name)
  return kept !== undefined ? kept : known.set(name, find(name))
}

/** @param {string} name */
function find(name) {
  const upper = name.toUpperCase()
  if (NOT_IANA.has(upper) || upper.startsWith('SYSTEMV/')) return null
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return timeZone.toUpperCase() === upper ? timeZone : name
  } catch {
    return null
  }
}

module.exports = { zoneOf }
