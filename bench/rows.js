'use strict'

/**
 * What is measured. A row names its kind (a file of lib/measurements), its size, and how many
 * rounds it gets at most. Sizes keep a full run of five rounds under ten minutes on two cores,
 * while the fastest implementation is still busy for some hundred milliseconds.
 *
 * @typedef {object} Row
 * @property {string} name as `--rows` takes it
 * @property {'add' | 'process' | 'latency'} kind
 * @property {number} jobs how many; `--jobs` overrides it
 * @property {number} [slow] how many for the slow ones, which would take most of the time
 * @property {number} quick how many under `--quick`; 0 leaves the row out
 * @property {number} [inFlight] saves without an acknowledgement at any time
 * @property {number} [batch] jobs to a bulk call, one call after the other
 * @property {boolean} [hold] keep every saved job referenced
 * @property {number} [concurrency] of the worker
 * @property {number} [gapMs] pause between two samples of the latency
 * @property {number} [rounds] at most so many rounds
 */

/** @type {Row[]} */
const ROWS = [
  { name: 'add-1', kind: 'add', jobs: 3000, slow: 1500, quick: 1000, inFlight: 1 },
  { name: 'add', kind: 'add', jobs: 20000, slow: 8000, quick: 5000, inFlight: 1000 },
  { name: 'add-bulk', kind: 'add', jobs: 40000, quick: 10000, batch: 1000 },
  { name: 'process-1', kind: 'process', jobs: 4000, slow: 1500, quick: 2000, concurrency: 1 },
  { name: 'process-10', kind: 'process', jobs: 15000, slow: 6000, quick: 5000, concurrency: 10 },
  { name: 'process-100', kind: 'process', jobs: 15000, slow: 6000, quick: 5000, concurrency: 100 },
  { name: 'latency', kind: 'latency', jobs: 500, quick: 200, concurrency: 1, gapMs: 4 },
  // The heap of a fresh process is the same in every round: one round is enough.
  { name: 'hold', kind: 'add', jobs: 100000, quick: 0, inFlight: 1000, hold: true, rounds: 1 }
]

module.exports = { ROWS }
