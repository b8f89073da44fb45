'use strict'

/**
 * The order of measurements: round after round, within a round row after row, within a row one
 * implementation after the other, beginning one further in each round. So a slow minute of the
 * machine hits all of them, and none always follows the same one.
 *
 * @typedef {object} Place where a measurement happens
 * @property {import('./store').Store} store
 * @property {import('../adapters').Connection} connection
 * @property {import('../adapters').Adapter} adapter
 * @property {string} name of the adapter
 *
 * @typedef {object} Sample
 * @property {string} row
 * @property {string} name of the adapter
 * @property {number} round from 1
 * @property {Record<string, number> | null} [values] null: the library has no such call
 * @property {number} load of the machine when it was done: the average over the last minute
 * @property {string} [error]
 */

const os = require('node:os')
const adapters = require('../adapters')
const { FileStore } = require('./file-store')

const MEASUREMENTS = {
  add: require('./measurements/add'),
  process: require('./measurements/process'),
  latency: require('./measurements/latency')
}
const QUEUE = 'notify'

/**
 * @param {{ port: number, url: string }} server
 * @param {import('./store').Store} store
 * @param {{ names: string[], rows: import('../rows').Row[], rounds: number }} plan
 * @param {(sample: Sample) => void} onSample
 * @returns {Promise<Sample[]>}
 */
async function run({ port, url }, store, { names, rows, rounds }, onSample) {
  const connection = { port, url, queue: QUEUE }
  /** @type {Sample[]} */
  const samples = []
  for (let round = 1; round <= rounds; round++) {
    for (const row of rows) {
      if (round > (row.rounds ?? rounds)) continue
      for (const name of rotated(names, round - 1)) {
        await store.reset()
        const adapter = adapters.load(name)
        const file = adapter.embedded ? new FileStore() : null
        const place = file
          ? { store: file, connection: { ...connection, url: file.url }, adapter, name }
          : { store, connection, adapter, name }
        const jobs = (adapter.slow && row.slow) || row.jobs
        const outcome = await attempt({ ...row, jobs }, place)
        await file?.close()
        const sample = { row: row.name, name, round, ...outcome, load: os.loadavg()[0] }
        samples.push(sample)
        onSample(sample)
      }
    }
  }
  return samples
}

/** A measurement that fails is a result too: the others go on. */
async function attempt(row, place) {
  try {
    return { values: await MEASUREMENTS[row.kind](place, row) }
  } catch (err) {
    return { error: err instanceof Error ? err.message : String(err) }
  }
}

function rotated(names, by) {
  const at = by % names.length
  return [...names.slice(at), ...names.slice(0, at)]
}

module.exports = { run }
