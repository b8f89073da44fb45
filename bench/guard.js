'use strict'

/**
 * The guard against becoming slow, for CI: a short run that fails when rekue is not well ahead of
 * BullMQ at concurrency 10. It judges a ratio within one run, so a slow machine does not fail it,
 * and it measures on before it fails, so a disturbed minute does not either.
 */

const { installPeers, requireRelease } = require('./lib/prerequisites')
const { progress } = require('./lib/progress')
const { startServer } = require('./lib/redis-server')
const { run } = require('./lib/runner')
const { median } = require('./lib/stats')
const { Store } = require('./lib/store')
const { number, times } = require('./lib/format')
const { ROWS } = require('./rows')

const LEAST_RATIO = 1.5
const ROW = 'process-10'
const JOBS = 5000
const ROUNDS = 3
/** How often so many rounds are measured before it fails; all of them count. */
const TRIES = 3

async function main() {
  installPeers()
  requireRelease()
  const server = await startServer()
  const store = new Store(server.port)
  const rows = ROWS.filter((row) => row.name === ROW).map((row) => ({ ...row, jobs: JOBS }))
  const names = ['rekue', 'bullmq']
  const samples = []
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    samples.push(...(await run(server, store, { names, rows, rounds: ROUNDS }, progress)))
    const failed = samples.find((sample) => sample.error !== undefined)
    if (failed) throw new Error(`${failed.name} failed: ${failed.error}`)
    const [rekue, bullmq] = names.map((name) =>
      median(samples.flatMap((s) => (s.name === name && s.values ? [s.values.jobsPerSecond] : [])))
    )
    const ratio = rekue / bullmq
    console.log(
      `process, concurrency 10: rekue ${number(rekue)} jobs/s, bullmq ${number(bullmq)} jobs/s: ` +
        `${times(ratio)}, at least ${times(LEAST_RATIO)} wanted`
    )
    if (ratio >= LEAST_RATIO) return
  }
  throw new Error('rekue has become too slow')
}

main().then(
  () => process.exit(),
  (err) => {
    console.error(err.message)
    process.exit(1)
  }
)
