'use strict'

/**
 * How far two words are from each other: letters to insert, drop or change, or neighbours to swap, to
 * get from one to the other (Damerau's and Levenshtein's distance, each place edited once).
 * @param {string} from
 * @param {string} to
 */
function distance(from, to) {
  /** Of the part of `from` before the last letter, and of that before the one before. @type {number[]} */
  let before = []
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + same)
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1)
    }
    before = row
    row = next
  }
  return row[to.length]
}

module.exports = { distance }
