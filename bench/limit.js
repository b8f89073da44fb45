'use strict'

/**
 * How near rekue comes to the limit that Redis's own thread sets: its time per job beside the CPU
 * time that a bare pipelined script (limit/bare.lua) and bare transactions need on the same layout.
 */

const { installPeers, requireRelease } = require('./lib/prerequisites')
const { number } = require('./lib/format')
const { startServer } = require('./lib/redis-server')
const { run } = require('./lib/runner')
const { median } = require('./lib/stats')
const { Store } = require('./lib/store')
const { ROWS } = require('./rows')

const ROUNDS = 5
const JOBS = 20000

/** What is compared: a row of the benchmark, and the bare work for it. */
const PAIRS = [
  { row: 'add', title: 'add', bare: 'add' },
  { row: 'add-bulk', title: 'add in bulks', bare: 'add' },
  { row: 'process-10', title: 'process at 10', bare: 'settle', batch: 10 },
  { row: 'process-100', title: 'process at 100', bare: 'settle', batch: 50 }
]

async function main() {
  installPeers()
  requireRelease()
  // Not before they are installed.
  const bare = require('./limit/bare')
  const server = await startServer()
  const store = new Store(server.port)
  const limits = PAIRS.map(() => /** @type {any[]} */ ([]))
  const ours = PAIRS.map(() => /** @type {any[]} */ ([]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, pair] of PAIRS.entries()) {
      await store.reset()
      let limit = await bare.add(store, server.port, JOBS)
      if (pair.bare === 'settle') limit = await bare.settle(store, server.port, JOBS, pair.batch)
      limits[i].push(limit)
      const rows = ROWS.filter((row) => row.name === pair.row).map((row) => ({
        ...row,
        jobs: JOBS
      }))
      const plan = { names: ['rekue'], rows, rounds: 1 }
      for (const sample of await run(server, store, plan, () => {})) {
        if (sample.error !== undefined) throw new Error(sample.error)
        ours[i].push(sample.values)
      }
    }
  }
  store.close()
  server.stop()

  console.log('| us per job | bare: Redis CPU | rekue: Redis CPU | rekue: time | of the limit |')
  console.log('|---|---:|---:|---:|---:|')
  for (const [i, { title, batch }] of PAIRS.entries()) {
    const least = median(limits[i].map((limit) => limit.redisUs))
    const cpu = median(ours[i].map((values) => values.redisCpuUs))
    const time = 1e6 / median(ours[i].map((values) => values.jobsPerSecond))
    const name = batch ? `${title} (bare: batches of ${batch})` : title
    const cells = [least, cpu, time].map(number)
    console.log(`| ${name} | ${cells.join(' | ')} | ${Math.round((least / time) * 100)} % |`)
  }
}

main().then(
  () => process.exit(),
  (err) => {
    console.error(err.message)
    process.exit(1)
  }
)
