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

/** The id of a job of test-support/four-ways.js. @param {Recording} kue @param {string} name */
function keyOf(kue, name) {
  const job = Object.entries(kue.keys.ended).find(
    ([key, value]) => /^q:job:\d+$/.test(key) && JSON.parse(value.data).name === name
  )
  assert.ok(job, `there is no job named "${name}"`)
  return job[0]
}

/** @type {Difference[]} */
const differences = [
  {
    name: 'results that are falsy are stored',
    by: 'processor',
    reason:
      'Kue publishes a result of 0, false, "" or null, but stores only what is truthy: whoever ' +
      'reads the job later cannot tell 0 from nothing.',
    expect(kue) {
      for (const [name, result] of Object.entries({
        zero: 0,
        false: false,
        empty: '',
        null: null
      })) {
        assert.deepEqual(kue.events[name].at(-1), ['complete', result, null])
        for (const moment of ['idle', 'active', 'ended']) {
          const job = kue.keys[moment][keyOf(kue, name)]
          assert.equal('result' in job, false, `Kue stores the result ${JSON.stringify(result)}`)
          job.result = JSON.stringify(result)
        }
      }
    }
  },
  {
    name: 'a worker needs no telling that a ttl is over',
    by: 'processor',
    reason:
      'In Kue some process looks once in an interval, asks the job’s worker through the events ' +
      '"ttl exceeded" and "ttl exceeded ack", and fails the job itself where nobody answers. A ' +
      'worker of rekue keeps the time itself and fails the job when it is over. It answers the ' +
      'question of a Kue process all the same.',
    expect(kue) {
      for (const name of ['late', 'late once']) {
        const asks = kue.events[name].map(([event]) => event)
        const begin = asks.indexOf('ttl exceeded')
        assert.deepEqual(asks.slice(begin, begin + 3), [
          'ttl exceeded',
          'error',
          'ttl exceeded ack'
        ])
        kue.events[name] = kue.events[name].filter(([event]) => !event.startsWith('ttl exceeded'))
      }
    }
  },
  {
    name: 'jobs in hand are leased',
    by: 'processor',
    reason:
      'Kue leaves the jobs of a worker that died active for ever. rekue holds a lease for each ' +
      'process that has jobs in hand, under keys of its own; they go with the last job.',
    expect(kue) {
      const isOurs = (/** @type {string} */ key) => key.startsWith('q:rekue:')
      for (const keys of Object.values(kue.keys))
        assert.deepEqual(Object.keys(keys).filter(isOurs), [])
      const held = ['held', 'held with ttl', 'held low'].map((name) => keyOf(kue, name))
      kue.keys.active['q:rekue:lease:HOLDER'] = held.map((key) => key.slice('q:job:'.length))
      kue.keys.active['q:rekue:leases'] = ['HOLDER']
    }
  }
]

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

module.exports = { differences, expected }
