'use strict'

/**
 * Numbers as `Intl.NumberFormat` writes them, several times as fast for those that are asked for
 * often: how a locale groups, separates and signs is read off the formatter itself.
 */

/** Uses after which the time to read off a formatter's habits is well spent. */
const USES_BEFORE_PLAN = 32

/** Results of 0, 1, 2, … that are kept. */
const SMALL = 1000

/** Of 15 digits each is exact in a double. */
const MAX_EXACT_DIGITS = 15
const MAX_EXACT = 1e15
/** Digits behind the point that arithmetic is quicker for. */
const MAX_SCALED_DIGITS = 3

/**
 * What has to come out as Intl writes it before a plan is trusted: every length, both signs, both
 * zeros, halves, digits that carry, and what has more of them than are shown.
 */
const SAMPLES = [
  0, 0.5, 1, 1.005, 1.25, 1.5, 2.5, 9.999, 12, 99.995, 100, 123.456, 999, 999.9995, 1000, 1234.5,
  9999.99, 10000, 12345.678, 99999.5, 100000, 123456, 999999.999, 1e6, 1234567.891, 1e7, 12345678,
  1e8, 123456789.12, 1e9, 1e10, 12345678901.5, 1e12, 1234567890123, 1e14, 123456789012345, 0.1,
  0.05, 0.005, 0.0049, 0.07, 0.29, 0.575, 0.001, 0.0001, 0.00001, 1e-6, 1e15, 1e16, 1e20, 1e21, 1e-7
]

/**
 * @typedef {object} Plan
 * @property {{ before: string, after: string }} positive
 * @property {{ before: string, after: string }} negative
 * @property {string} decimal
 * @property {string} group '' where nothing is grouped
 * @property {number} primary digits of the last group
 * @property {number} secondary digits of the others
 * @property {number} leastDigits before the decimal point, for groups to be made
 * @property {number} minimumFraction
 * @property {number} maximumFraction
 * @property {number} shift places that the decimal point moves, 2 for per cent
 * @property {number} scale 10 to the power of `maximumFraction`; 0 where that is of no use
 * @property {string[] | null} digits where they are not 0 to 9
 */

/** A number format of one locale and one set of options. */
class NumberFormatter {
  /** @type {Intl.NumberFormat} */ intl
  /** @type {Plan | null} */ #plan = null
  #uses = 0
  /** @type {(string | undefined)[]} */ #small = []

  /**
   * @param {string} locale
   * @param {Intl.NumberFormatOptions} options
   * @throws {RangeError | TypeError} as Intl does
   */
  constructor(locale, options) {
    this.intl = new Intl.NumberFormat(locale, options)
  }

  /** @param {number | bigint} value */
  format(value) {
    if (typeof value !== 'number') return this.intl.format(value)
    if (value >= 0 && value < SMALL && Number.isInteger(value) && !Object.is(value, -0)) {
      const known = this.#small[value]
      if (known !== undefined) return known
      const text = this.intl.format(value)
      // Filled from the start, so that it stays an array and does not become a dictionary.
      while (this.#small.length <= value) this.#small.push(undefined)
      return (this.#small[value] = text)
    }
    if (this.#plan !== null) {
      const text = write(this.#plan, value)
      if (text !== null) return text
    } else if (this.#uses < USES_BEFORE_PLAN && ++this.#uses === USES_BEFORE_PLAN) {
      this.#plan = makePlan(this.intl)
    }
    return this.intl.format(value)
  }

  /** Whether numbers are written without Intl, for tests. */
  get planned() {
    return this.#plan !== null
  }
}

/**
 * How a formatter writes, or null where that takes more than a plan knows.
 * @param {Intl.NumberFormat} intl
 * @returns {Plan | null}
 */
function makePlan(intl) {
  const options = /** @type {any} */ (intl.resolvedOptions())
  const simple =
    options.style !== 'unit' &&
    options.currencyDisplay !== 'name' &&
    options.notation === 'standard' &&
    options.signDisplay === 'auto' &&
    options.minimumIntegerDigits === 1 &&
    options.minimumSignificantDigits === undefined &&
    (options.roundingMode ?? 'halfExpand') === 'halfExpand' &&
    (options.roundingIncrement ?? 1) === 1 &&
    (options.roundingPriority ?? 'auto') === 'auto' &&
    (options.trailingZeroDisplay ?? 'auto') === 'auto'
  if (!simple) return null

  const shift = options.style === 'percent' ? 2 : 0
  const long = intl.formatToParts(123456789012345)
  const groups = long.filter((part) => part.type === 'integer').map((part) => part.value)
  const lengths = groups.map((group) => [...group].length)
  const primary = lengths.at(-1) ?? 0
  const secondary = lengths.at(-2) ?? primary
  const group = valueOf(long, 'group')
  /** @type {string[]} */
  const digits = []
  for (let digit = 0; digit < 10; digit++) {
    digits.push(valueOf(intl.formatToParts(digit / 10 ** shift), 'integer'))
  }
  /** @type {Plan} */
  const plan = {
    positive: around(intl.formatToParts(1)),
    negative: around(intl.formatToParts(-1)),
    decimal: valueOf(intl.formatToParts(1.5 / 1000 + 1), 'decimal'),
    group,
    primary,
    secondary,
    leastDigits: group === '' ? Infinity : leastGrouped(intl, shift),
    minimumFraction: options.minimumFractionDigits,
    maximumFraction: options.maximumFractionDigits,
    shift,
    scale:
      shift === 0 && options.maximumFractionDigits <= MAX_SCALED_DIGITS
        ? 10 ** options.maximumFractionDigits
        : 0,
    digits: digits.join('') === '0123456789' ? null : digits
  }
  for (const sample of SAMPLES) {
    for (const value of [sample, -sample]) {
      const text = write(plan, value)
      if (text !== null && text !== intl.format(value)) return null
    }
  }
  return plan
}

/**
 * How many digits a number has before the first separator appears: in some locales 1000 has none.
 * @param {Intl.NumberFormat} intl
 * @param {number} shift
 */
function leastGrouped(intl, shift) {
  for (let digits = 1; digits <= MAX_EXACT_DIGITS; digits++) {
    const parts = intl.formatToParts(10 ** (digits - 1 - shift))
    if (parts.some((part) => part.type === 'group')) return digits
  }
  return Infinity
}

/**
 * @param {Intl.NumberFormatPart[]} parts
 * @param {string} type
 */
function valueOf(parts, type) {
  return parts.find((part) => part.type === type)?.value ?? ''
}

/**
 * What stands before and after the digits.
 * @param {Intl.NumberFormatPart[]} parts
 * @returns {{ before: string, after: string }}
 */
function around(parts) {
  const isDigit = (part) => ['integer', 'group', 'decimal', 'fraction'].includes(part.type)
  const join = (some) => some.map((part) => part.value).join('')
  const first = parts.findIndex(isDigit)
  const last = parts.findLastIndex(isDigit)
  return { before: join(parts.slice(0, first)), after: join(parts.slice(last + 1)) }
}

/**
 * @param {Plan} plan
 * @param {number} value
 * @returns {string | null} null where Intl has to be asked
 */
function write(plan, value) {
  const negative = value < 0 || Object.is(value, -0)
  const size = negative ? -value : value
  if (!(size < MAX_EXACT)) return null
  const text = plan.scale === 0 ? writeDigits(plan, size) : writeScaled(plan, size)
  if (text === null) return null
  return negative
    ? plan.negative.before + text + plan.negative.after
    : plan.positive.before + text + plan.positive.after
}

/**
 * By arithmetic, where the number has no more digits than are shown: then the nearest whole number
 * of cents is the number itself.
 * @param {Plan} plan
 * @param {number} size
 */
function writeScaled(plan, size) {
  const { scale } = plan
  const scaled = Math.round(size * scale)
  if (scaled >= MAX_EXACT || scaled / scale !== size) return writeDigits(plan, size)
  const whole = Math.floor(scaled / scale)
  const rest = scaled - whole * scale
  if (rest === 0 && plan.minimumFraction === 0) return joined(plan, String(whole), '')
  return joined(plan, String(whole), trimmed(plan, String(rest + scale).slice(1)))
}

/**
 * Digit by digit: the shortest text that gives a number is also what ICU rounds.
 * @param {Plan} plan
 * @param {number} size
 */
function writeDigits(plan, size) {
  let whole = String(size)
  let fraction = ''
  if (!Number.isInteger(size)) {
    // Smaller ones have an exponent.
    if (size < 1e-6) return null
    const point = whole.indexOf('.')
    fraction = whole.slice(point + 1)
    whole = whole.slice(0, point)
  }
  if (plan.shift > 0) {
    fraction = fraction.padEnd(plan.shift, '0')
    whole = (whole + fraction.slice(0, plan.shift)).replace(/^0+(?=.)/, '')
    fraction = fraction.slice(plan.shift)
  }
  const { maximumFraction } = plan
  if (fraction.length > maximumFraction) {
    const up = fraction.charCodeAt(maximumFraction) >= 0x35
    fraction = fraction.slice(0, maximumFraction)
    if (up) {
      const digits = whole + fraction
      if (digits.length > MAX_EXACT_DIGITS) return null
      const next = String(Number(digits) + 1).padStart(maximumFraction + 1, '0')
      whole = next.slice(0, next.length - maximumFraction)
      fraction = next.slice(next.length - maximumFraction)
    }
    fraction = trimmed(plan, fraction)
  }
  if (fraction.length < plan.minimumFraction) fraction = fraction.padEnd(plan.minimumFraction, '0')
  return joined(plan, whole, fraction)
}

/**
 * Without the zeros at the end that need not be shown.
 * @param {Plan} plan
 * @param {string} fraction
 */
function trimmed(plan, fraction) {
  let end = fraction.length
  while (end > plan.minimumFraction && fraction.charCodeAt(end - 1) === 0x30) end--
  return end < fraction.length ? fraction.slice(0, end) : fraction
}

/**
 * @param {Plan} plan
 * @param {string} whole
 * @param {string} fraction
 */
function joined(plan, whole, fraction) {
  const text = whole.length >= plan.leastDigits ? grouped(plan, whole) : inDigits(plan, whole)
  return fraction === '' ? text : text + plan.decimal + inDigits(plan, fraction)
}

/**
 * @param {Plan} plan
 * @param {string} whole
 */
function grouped(plan, whole) {
  let end = whole.length - plan.primary
  let text = inDigits(plan, whole.slice(end))
  while (end > 0) {
    const start = Math.max(0, end - plan.secondary)
    text = inDigits(plan, whole.slice(start, end)) + plan.group + text
    end = start
  }
  return text
}

/**
 * @param {Plan} plan
 * @param {string} text
 */
function inDigits(plan, text) {
  return plan.digits === null ? text : translate(plan.digits, text)
}

/**
 * @param {string[]} digits
 * @param {string} text
 */
function translate(digits, text) {
  let translated = ''
  for (let at = 0; at < text.length; at++) translated += digits[text.charCodeAt(at) - 0x30]
  return translated
}

module.exports = { NumberFormatter, USES_BEFORE_PLAN }
