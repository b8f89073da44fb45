'use strict'

/** Exercise 0: where a page starts and ends. */

const { indexRange } = require('rekue/pagination')

module.exports = { indexRange }
