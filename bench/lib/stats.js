'use strict'

/**
 * The p-th quantile by linear interpolation (R's type 7).
 * @param {number[]} values at least one
 * @param {number} p 0 to 1
 */
function quantile(values, p) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * p
  const low = Math.floor(at)
  const high = Math.ceil(at)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
}

/** @param {number[]} values */
const median = (values) => quantile(values, 0.5)

module.exports = { median, quantile }
