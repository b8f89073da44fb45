'use strict'

/**
 * `rekue/pagination`: any page of a large CSV file, at once, with the links to walk it.
 */

const { Dataset } = require('./pagination/dataset')
const { paginate } = require('./pagination/paginate')
const { View } = require('./pagination/view')

/**
 * Where a page starts and ends in a list. Like the original exercise, it checks nothing.
 * @param {number} page counted from 1
 * @param {number} pageSize
 * @returns {[start: number, end: number]} the end is not part of the page
 * @example indexRange(3, 15) // [30, 45]
 */
function indexRange(page, pageSize) {
  return [(page - 1) * pageSize, page * pageSize]
}

module.exports = { indexRange, Dataset, View, paginate }
