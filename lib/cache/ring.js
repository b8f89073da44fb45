'use strict'

/**
 * The words that a cache and its native policy exchange; src/cache/tracker.rs says what they mean.
 */

module.exports = {
  /** Words before the records; word 0 holds the number of filled words behind them. */
  HEADER: 8,
  /** Words of the header that hold the answer: slots are given as slot + 1, 0 is none. */
  VICTIM: 1,
  FLAGS: 2,
  RELEASED: 3,
  /** The word of the header that names an entry that must not be the victim, in the same way. */
  SPARED: 4,
  GHOST: 1,
  MORE: 2,
  /** A record begins with `slot << OP_BITS | operation`. */
  OP_BITS: 3,
  HIT: 0,
  UPDATE: 1,
  INSERT: 2,
  REMOVE: 3,
  RECALL: 4,
  TIME: 5,
  /** Records are read when so many words are filled: often enough to stay in the first cache. */
  FULL: 4096,
  /** Room behind FULL for the longest record. */
  SLACK: 8
}
