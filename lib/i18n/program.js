'use strict'

/**
 * What `src/i18n/compile.rs` makes of catalogs, in the form in which the resolver runs it.
 */

const { NONE, Options } = require('./formatters')

/** Kinds of expressions, by the number that the compiler writes. */
const KIND = /** @type {const} */ ({
  VARIABLE: 0,
  NUMBER: 1,
  TEXT: 2,
  MESSAGE: 3,
  TERM: 4,
  CALL: 5,
  SELECT: 6
})

/**
 * @typedef {string | Element[]} Pattern
 * @typedef {string | Expression} Element
 * @typedef {any[]} Expression its kind first
 */

const NUMBER_OPTIONS = new Set([
  'numberingSystem',
  'style',
  'currency',
  'currencyDisplay',
  'currencySign',
  'unit',
  'unitDisplay',
  'notation',
  'compactDisplay',
  'useGrouping',
  'signDisplay',
  'minimumIntegerDigits',
  'minimumFractionDigits',
  'maximumFractionDigits',
  'minimumSignificantDigits',
  'maximumSignificantDigits',
  'roundingPriority',
  'roundingIncrement',
  'roundingMode',
  'trailingZeroDisplay',
  // Of Intl.PluralRules: cardinal or ordinal.
  'type'
])

const DATE_OPTIONS = new Set([
  'calendar',
  'numberingSystem',
  'hour12',
  'hourCycle',
  'timeZone',
  'weekday',
  'era',
  'year',
  'month',
  'day',
  'dayPeriod',
  'hour',
  'minute',
  'second',
  'fractionalSecondDigits',
  'timeZoneName',
  'dateStyle',
  'timeStyle'
])

/** Options that are true or false, for which Fluent has no literals. */
const FLAGS = new Set(['hour12', 'useGrouping'])

/**
 * The options of a call to NUMBER or DATETIME; names that Intl does not know are passed over.
 * @param {string} name the function's
 * @param {any[]} named
 * @returns {InstanceType<typeof Options>}
 */
function optionsOf(name, named) {
  const known = name === 'NUMBER' ? NUMBER_OPTIONS : DATE_OPTIONS
  /** @type {Record<string, unknown>} */
  const values = {}
  for (let at = 0; at < named.length; at += 2) {
    const [option, literal] = [named[at], named[at + 1]]
    if (!known.has(option)) continue
    const value = typeof literal === 'string' ? literal : literal[1]
    const isFlag = FLAGS.has(option) && (value === 'true' || value === 'false')
    values[option] = isFlag ? value === 'true' : value
  }
  return Object.keys(values).length === 0 ? NONE : new Options(values)
}

/** The options of number literals by the digits that they show. @type {InstanceType<typeof Options>[]} */
const literals = []

/** @param {number} digits behind the decimal point */
function literalOptions(digits) {
  return (literals[digits] ??= new Options({ minimumFractionDigits: digits }))
}

/**
 * Messages and terms of a locale. Keys are `id` and `id.attribute`, terms with their `-`.
 * @param {string[]} programs JSON, one a file; of two messages with one id the first counts
 */
function readPrograms(programs) {
  /** @type {Map<string, Pattern | null>} */
  const messages = new Map()
  /** @type {Map<string, Pattern | null>} */
  const terms = new Map()
  for (const text of programs) {
    const program = JSON.parse(text)
    for (let at = 0; at < program.length; at += 3) {
      const [id, value, attributes] = [program[at], program[at + 1], program[at + 2]]
      const map = id.charCodeAt(0) === 0x2d ? terms : messages
      if (map.has(id)) continue
      map.set(id, prepared(value))
      for (let each = 0; each < attributes.length; each += 2) {
        map.set(`${id}.${attributes[each]}`, prepared(attributes[each + 1]))
      }
    }
  }
  return { messages, terms }
}

/**
 * Put in what can be reckoned once: options, joined keys.
 * @param {any} pattern
 * @returns {Pattern | null}
 */
function prepared(pattern) {
  if (Array.isArray(pattern)) {
    for (const element of pattern) if (typeof element !== 'string') prepare(element)
  }
  return pattern
}

/** @param {Expression} expression */
function prepare(expression) {
  switch (expression[0]) {
    case KIND.NUMBER:
      expression[2] = literalOptions(expression[2])
      break
    case KIND.MESSAGE:
      if (expression[2] !== 0) expression[1] += `.${expression[2]}`
      break
    case KIND.TERM:
      if (expression[2] !== 0) expression[1] += `.${expression[2]}`
      break
    case KIND.CALL:
      for (const argument of expression[2]) prepare(argument)
      expression[3] = optionsOf(expression[1], expression[3])
      break
    case KIND.SELECT: {
      prepare(expression[1])
      const variants = expression[2]
      for (let at = 1; at < variants.length; at += 2) prepared(variants[at])
      // From the number of the default to its pattern.
      expression[3] = variants[expression[3] * 2 + 1]
    }
  }
}

module.exports = { KIND, literalOptions, readPrograms }
