'use strict'

const { constants } = require('node:buffer')

/**
 * How long texts may be on their way to the engine, in characters. V8 has a longest string, and what
 * is joined beyond it throws. An object, so that tests need no texts of that length.
 */
const sizes = {
  /** Of one op, with room for what stands around it. */
  longest: constants.MAX_STRING_LENGTH - (1 << 20),
  /** Of ops that leave together: with more of them both sides would wait for each other, and the
   * memory that they take be needed several times at once. */
  together: 16 << 20
}

module.exports = sizes
