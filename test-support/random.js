'use strict'

/**
 * Numbers that are the same in every run: a test that fails fails again.
 * @param {number} seed
 * @returns {(below: number) => number} integers from 0 up to, not including, `below`
 */
function randomFrom(seed) {
  let state = seed >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

module.exports = { randomFrom }
