'use strict'

/**
 * What rekue does otherwise than Kue 0.11.6 on purpose, and why. Nothing else may differ.
 *
 * `by` tells whose being rekue makes the difference: the one that creates or the one that
 * processes the job. `expect` turns what genuine Kue left and published (see
 * test-support/kue-record.js) into what is expected with rekue, and asserts on the way that Kue
 * does what it is said to do.
 *
 * @typedef {object} Recording
 * @property {Record<string, any[][]>} events by the job's name
 * @property {Record<string, any[][]>} heard by the job's name: what the creator's object heard
 * @property {Record<string, Record<string, any>>} keys snapshots of the keyspace
 *
 * @typedef {object} Difference
 * @property {string} name
 * @property {'creator' | 'processor'} by
 * @property {string} reason
 * @property {(kue: Recording) => void} expect changes the recording in place
 */

const assert = require('node:assert/strict')

/** @type {Difference[]} */
const differences = []

/**
 * @param {Recording} recording
 * @param {{ creator: string, processor: string }} way
 * @returns {Recording} what is expected where these two work together
 */
function expected(recording, way) {
  const copy = structuredClone(recording)
  for (const { by, expect } of differences) if (way[by] === 'rekue') expect(copy)
  return copy
}

void assert
module.exports = { differences, expected }
