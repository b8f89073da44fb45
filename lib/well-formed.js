'use strict'

/**
 * Whether text has no half of a surrogate pair.
 * @param {any} text every Node that runs this has the method, but not yet the types
 * @returns {boolean}
 */
const isWellFormed = (text) => text.isWellFormed()

module.exports = { isWellFormed }
