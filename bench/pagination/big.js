'use strict'

/**
 * A very large file: how long reading it takes, how long opening it, and with how much memory.
 * The file is read twice before, so that both find as much of it in memory as there is room for.
 *
 *   node bench/pagination/big.js FILE
 */

const fs = require('node:fs')
const { Dataset } = require('../../lib/pagination')

const CHUNK_BYTES = 1 << 20

/** @param {string} file */
function readThrough(file) {
  const descriptor = fs.openSync(file, 'r')
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  const start = performance.now()
  while (fs.readSync(descriptor, buffer, 0, CHUNK_BYTES, null) > 0);
  const took = performance.now() - start
  fs.closeSync(descriptor)
  return took
}

/** @param {string} file @param {object} [options] */
async function openOnce(file, options) {
  const start = performance.now()
  const dataset = await Dataset.open(file, options)
  dataset.pageJson({ page: Math.floor(dataset.length / 20), pageSize: 20 })
  return { took: performance.now() - start, dataset }
}

async function main() {
  const file = process.argv[2]
  readThrough(file)
  const read = readThrough(file)
  const { took: open, dataset } = await openOnce(file)
  const max = process.resourceUsage().maxRSS * 1024
  const index = dataset.indexBytes
  dataset.close()
  const options = { sidecar: true }
  ;(await openOnce(file, options)).dataset.close()
  const { took: sidecar, dataset: again } = await openOnce(file, options)
  again.close()
  fs.rmSync(`${file}.rekue-index`, { force: true })
  fs.writeSync(1, `${JSON.stringify({ read, open, max, index, sidecar })}\n`)
}

main()
