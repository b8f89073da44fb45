'use strict'

/**
 * Catalogs and arguments made by chance, the same for the same seed: messages that refer to each
 * other, to terms and to things that are not there, in every form that Fluent has.
 */

const { randomFrom } = require('./random')

const MESSAGES = 12
const TERMS = 5
const VARIABLES = ['a', 'b', 'count', 'when', 'missing']
const WORDS = [
  'one',
  'Ça va?',
  'two  spaces',
  'tab\there',
  '“quoted”',
  'שלום',
  '<b>bold</b>',
  '100%'
]
const KEYS = ['zero', 'one', 'two', 'few', 'many', 'male', 'x']
const NUMBERS = ['0', '1', '-1', '2.50', '1000', '1000000', '0.0', '007', '12.345']
const NUMBER_OPTIONS = [
  'minimumFractionDigits: 2',
  'maximumFractionDigits: 0',
  'minimumIntegerDigits: 3',
  'maximumSignificantDigits: 2',
  'useGrouping: 0',
  'unknownOption: "x"',
  // What Intl refuses.
  'minimumFractionDigits: 1000'
]
const DATE_OPTIONS = [
  'month: "long"',
  'year: "numeric"',
  'dateStyle: "long"',
  'timeStyle: "short"',
  'weekday: "no such"'
]

/** @param {number} seed */
function generator(seed) {
  const random = randomFrom(seed)
  const pick = (from) => from[random(from.length)]
  const some = (from, most) => from.filter(() => random(from.length) < most)
  /** An argument's name may stand once. */
  const options = (from) =>
    new Map(some(from, 1).map((each) => [each.split(':')[0], each])).values()

  const literal = () =>
    random(2)
      ? pick(NUMBERS)
      : JSON.stringify(pick(['x', 'male', '\\u00e9', ''])).replace('\\\\', '\\')
  /** fluent-syntax refuses a number below 0 as the value of an argument's name. */
  const unsigned = () => literal().replace(/^-/, '')
  const named = (names) => names.map((name) => `${name}: ${unsigned()}`).join(', ')
  const termCall = () =>
    `-t${random(TERMS + 1)}${random(2) ? `(${named(some(['a', 'case'], 1))})` : ''}`

  /** What may stand where a number or a date is looked for. */
  const operand = (depth) =>
    pick([
      () => `$${pick(VARIABLES)}`,
      () => `$${pick(VARIABLES)}`,
      () => pick(NUMBERS),
      () => '"text"',
      () => (depth > 0 ? call(depth - 1) : '$count')
    ])()

  const call = (depth) =>
    pick([
      () => `NUMBER(${[operand(depth), ...options(NUMBER_OPTIONS)].join(', ')})`,
      () => `DATETIME(${[operand(depth), ...options(DATE_OPTIONS)].join(', ')})`,
      () => `NUMBER()`,
      () => `UNKNOWN($a)`
    ])()

  const selector = () =>
    pick([
      () => `$${pick(VARIABLES)}`,
      () => call(1),
      () => pick(NUMBERS),
      () => `-t${random(TERMS)}.kind`
    ])()

  const select = (depth, indent) => {
    const keys = [...new Set([...some(KEYS, 2), ...some(NUMBERS, 2)])]
    const variants = [...keys, 'other'].map((key) => {
      const star = key === 'other' ? '*' : ' '
      return `\n${indent}   ${star}[${key}] ${pattern(depth - 1, `${indent}        `)}`
    })
    return `${selector()} ->${variants.join('')}\n${indent}`
  }

  const placeable = (depth, indent) => {
    const inner = pick([
      () => `$${pick(VARIABLES)}`,
      () => `$${pick(VARIABLES)}`,
      () => literal(),
      () => `m${random(MESSAGES + 1)}`,
      () => `m${random(MESSAGES)}.${pick(['title', 'nope'])}`,
      () => termCall(),
      () => call(1),
      () => (depth > 0 ? select(depth, indent) : '$count'),
      () => `{ $${pick(VARIABLES)} }`
    ])()
    return `{ ${inner} }`
  }

  /** Never empty, and never beginning with what would begin something else. */
  const pattern = (depth, indent) => {
    let text = random(3) === 0 ? '' : pick(WORDS)
    const parts = 1 + random(3)
    for (let part = 0; part < parts; part++) {
      text += pick([
        () => placeable(depth, indent),
        () => ` ${pick(WORDS)} `,
        () => `\n${indent}${random(2) ? '    ' : '  '}${pick(WORDS)} ${placeable(depth, indent)}`,
        () => `\n${indent}${random(2) ? '   ' : ' '}${placeable(depth, indent)}`,
        () => `\n${' '.repeat(random(12))}\n${indent}  ${placeable(depth, indent)}`,
        () => placeable(depth, indent)
      ])()
    }
    return text.trimEnd()
  }

  /**
   * Terms speak of their own arguments and of terms after them; how those are told apart after a
   * term within a term is where @fluent/bundle has a defect, so a term's text ends with the other.
   */
  const termText = (at) => {
    const own = `${pick(WORDS)} { $${pick(['a', 'case'])} } { $case ->\n     [x] ex\n     [1] first\n    *[other] any\n   }`
    return at + 1 < TERMS && random(2) ? `${own} { -t${at + 1} }` : own
  }

  /** A catalog's text. */
  function catalog() {
    let text = ''
    for (let at = 0; at < MESSAGES; at++) {
      text += `m${at} = ${pattern(2, '  ')}\n    .title = ${pattern(1, '    ')}\n`
    }
    for (let at = 0; at < TERMS; at++) {
      text += `-t${at} = ${termText(at)}\n    .kind = ${pick(KEYS)}\n`
    }
    return text
  }

  /** Arguments, some of them wrong. */
  function args() {
    const value = () =>
      pick([
        () => pick(WORDS),
        () => pick(KEYS),
        () => random(5),
        () => Number(pick(NUMBERS)),
        () => random(1e9) / 1000,
        () => -random(1e6),
        () => -0,
        () => NaN,
        () => new Date(random(2 ** 31) * 1000),
        () => new Date(NaN),
        () => null,
        () => undefined,
        () => true,
        () => 10n,
        () => Symbol('s'),
        () => ['array'],
        () => ({ toString: () => 'object' }),
        () => () => 'function'
      ])()
    return Object.fromEntries(some(VARIABLES.slice(0, 4), 3).map((name) => [name, value()]))
  }

  const ids = []
  for (let at = 0; at < MESSAGES; at++) ids.push(`m${at}`, `m${at}.title`)
  return { catalog, args, ids }
}

module.exports = { generator }
