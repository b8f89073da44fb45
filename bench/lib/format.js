'use strict'

/**
 * A number with about three digits that matter: 12,345 or 3.21.
 * @param {number} value
 */
function number(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits
  })
}

/** @param {number} ratio */
const times = (ratio) => `${ratio.toFixed(2)} x`

module.exports = { number, times }
