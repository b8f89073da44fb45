'use strict'

/**
 * Which way text runs, and when a value has to be isolated from the text around it (UAX #9).
 */

const FSI = '\u2068'
const PDI = '\u2069'

const RTL_SCRIPTS = new Set(
  'Adlm Arab Hebr Hung Mand Mani Mend Nkoo Rohg Samr Sogd Syrc Thaa Yezi'.split(' ')
)

/** Letters of scripts that run from right to left, and marks that set or change a direction. */
const RTL_OR_MARK =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** What cannot be torn apart or moved in text that runs from right to left. */
const SAFE_IN_RTL =
  /^(?:[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}\s.,!?'"]*|\p{Nd}+)$/u

/**
 * @param {string} locale
 * @returns {'ltr' | 'rtl'}
 */
function directionOf(locale) {
  const script = new Intl.Locale(locale).maximize().script
  return script !== undefined && RTL_SCRIPTS.has(script) ? 'rtl' : 'ltr'
}

/**
 * Whether a value would change the order of what stands around it, or be changed by it.
 * @param {'ltr' | 'rtl'} direction of the text around
 * @param {string} value
 */
function mixes(direction, value) {
  return direction === 'ltr' ? RTL_OR_MARK.test(value) : !SAFE_IN_RTL.test(value)
}

/** @param {string} text */
function isolate(text) {
  return FSI + text + PDI
}

module.exports = { directionOf, isolate, mixes }
