'use strict'

/**
 * `rekue/pagination`: any page of a large CSV file, at once, with the links to walk it.
 */

const { invalidPage } = require('./pagination/check')
const { Dataset } = require('./pagination/dataset')
const { paginate } = require('./pagination/paginate')
const { View } = require('./pagination/view')

/**
 * Where a page starts and ends in a list. Like the original exercise, it takes whatever can be
 * reckoned with; ERR_INVALID_PAGE is for the rest.
 * @param {number} page counted from 1
 * @param {number} pageSize
 * @returns {[start: number, end: number]} the end is not part of the page
 * @example indexRange(3, 15) // [30, 45]
 */
function indexRange(page, pageSize) {
  try {
    return [(page - 1) * pageSize, page * pageSize]
  } catch {
    // A symbol, a BigInt, an object without a prototype.
    const [name, value] = isNumeric(page) ? ['pageSize', pageSize] : ['page', page]
    throw invalidPage(name, value, 'a whole number from 1')
  }
}

/** @param {any} value */
function isNumeric(value) {
  try {
    return typeof +value === 'number'
  } catch {
    return false
  }
}

module.exports = { indexRange, Dataset, View, paginate }
