'use strict'

/**
 * The jobs of the suite. A job's number says what it is, so that the checks at the end need nothing
 * from the store to know what should have become of it.
 */

/** The type of all of them. */
const TYPE = 'work'

/**
 * @typedef {object} Kind
 * @property {object} options of `add`
 * @property {number} fails how many attempts fail before one succeeds
 * @property {'complete' | 'failed' | 'removed'} ends where it ends
 * @property {number} attempts that are recorded at the end
 * @property {number} lines of its log: one per failure that was recorded
 */

/** @type {Record<string, Kind>} */
const KINDS = {
  plain: { options: {}, fails: 0, ends: 'complete', attempts: 1, lines: 0 },
  flaky: { options: { attempts: 3 }, fails: 1, ends: 'complete', attempts: 2, lines: 1 },
  slow: {
    options: { attempts: 2, delay: 30, backoff: true },
    fails: 1,
    ends: 'complete',
    attempts: 2,
    lines: 1
  },
  bad: { options: { attempts: 2 }, fails: Infinity, ends: 'failed', attempts: 2, lines: 2 },
  gone: { options: { removeOnComplete: true }, fails: 0, ends: 'removed', attempts: 1, lines: 0 },
  later: { options: { delay: 60 }, fails: 0, ends: 'complete', attempts: 1, lines: 0 },
  high: { options: { priority: 'high' }, fails: 0, ends: 'complete', attempts: 1, lines: 0 }
}

/** Which kind stands how often among ten. */
const MIX = ['plain', 'flaky', 'plain', 'gone', 'later', 'plain', 'bad', 'slow', 'high', 'gone']

/** @param {number} n @returns {string} */
function kindOf(n) {
  return MIX[n % MIX.length]
}

/**
 * The job with this number.
 * @param {number} n
 * @param {object} [more] for its data
 */
function jobOf(n, more) {
  const kind = kindOf(n)
  return { type: TYPE, data: { n, kind, ...more }, options: KINDS[kind].options }
}

module.exports = { TYPE, KINDS, kindOf, jobOf }
