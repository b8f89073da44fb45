'use strict'

/**
 * How rekue's throughput changes with the number of processes, of waiting jobs, of types, and with
 * the size of the data. Writes bench/results/scaling.svg and .json.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Child } = require('./lib/child')
const { chart } = require('./lib/chart')
const { conditions, sentence } = require('./lib/conditions')
const { sleep } = require('./lib/clock')
const { number, times } = require('./lib/format')
const { installPeers, requireRelease } = require('./lib/prerequisites')
const { startServer } = require('./lib/redis-server')
const { median } = require('./lib/stats')
const { Store } = require('./lib/store')

const RESULTS = path.join(__dirname, 'results')
const TYPE = 'notify'
const INACTIVE = ['ZCARD', 'q:jobs:inactive']
const COMPLETE = ['ZCARD', 'q:jobs:complete']
const CONCURRENCY = 100
const SAMPLES = 5
/** Samples of what takes long to set up. */
const FEW = 3
const JOBS = 30000
/** Jobs of which the time is taken where the number that waits must hardly change. */
const FIRST = 1000
const BULK = 1000

/** @param {any} place @param {object} task */
const child = ({ url, port }, task) =>
  Child.ready({ adapter: 'rekue', url, port, queue: TYPE, concurrency: CONCURRENCY, ...task })

/** Add jobs, by a process that is gone before the clock runs. */
async function fill(place, jobs, more = {}) {
  const creator = await child(place, { role: 'creator', batch: BULK, jobs, ...more })
  try {
    return (await creator.ask('go')).elapsedMs
  } finally {
    await creator.end()
  }
}

/** Processes that work off all jobs: jobs per second, together. */
async function workOff(place, jobs, processes, task = {}) {
  const before = await place.store.count(COMPLETE)
  const made = Array.from({ length: processes }, () =>
    child(place, { role: 'scaled', types: 1, first: FIRST, ...task })
  )
  const workers = await Promise.all(made)
  try {
    const warm = (await place.store.count(COMPLETE)) - before
    const starts = await Promise.all(workers.map((worker) => worker.ask('go')))
    const alive = () => workers.forEach((worker) => worker.assertAlive())
    const ended = await place.store.reached(COMPLETE, before + warm + jobs, alive)
    return (jobs / (ended - Math.min(...starts.map((start) => start.startedAt)))) * 1000
  } finally {
    await Promise.all(workers.map((worker) => worker.end()))
  }
}

/** Jobs per second of the first thousand while so many wait, by one warm process. */
async function withWaiting(place, waiting) {
  const lacking = waiting - (await place.store.count(INACTIVE))
  if (lacking > 0) await fill(place, lacking)
  const worker = await child(place, { role: 'scaled', types: 1, first: FIRST })
  try {
    await worker.ask('go')
    for (;;) {
      const { marks } = await worker.ask('report')
      if (marks.length === 2) return ((FIRST - 1) / (marks[1] - marks[0])) * 1000
      worker.assertAlive()
      await sleep(5)
    }
  } finally {
    await worker.end()
  }
}

/** @param {number} count @param {() => Promise<number>} sample */
async function middle(count, sample) {
  const all = []
  for (let i = 0; i < count; i++) all.push(await sample())
  return median(all)
}

async function measure(place) {
  const { store } = place
  const fresh = (work) => async () => {
    await store.reset()
    return work()
  }
  const panels = []
  const panel = async (title, names, samples, of) => {
    const values = {}
    for (const name of names) {
      values[name] = await middle(samples, () => of(name))
      console.error(`${title}: ${name}: ${number(values[name])} jobs/s`)
    }
    panels.push({ title, unit: 'jobs/s', better: 'more', values, names })
  }

  await panel('processes', ['1', '2', '4'], SAMPLES, (name) =>
    fresh(async () => {
      await fill(place, JOBS)
      return workOff(place, JOBS, Number(name))
    })()
  )
  await store.reset()
  // In this order each number is made from the one before.
  await panel('jobs waiting', ['1,000', '100,000', '1,000,000'], SAMPLES, (name) =>
    withWaiting(place, Number(name.replaceAll(',', '')))
  )
  const sizes = { '90 B': 0, '1 KB': 1024, '100 KB': 102400 }
  const jobsOf = (bytes) => (bytes > 10000 ? 2000 : JOBS)
  await panel('added in bulks, with data of', Object.keys(sizes), FEW, (name) =>
    fresh(async () => {
      const jobs = jobsOf(sizes[name])
      // Bulks of a thousand would hold 100 MB each.
      const batch = sizes[name] > 10000 ? 100 : BULK
      return (jobs / (await fill(place, jobs, { bytes: sizes[name], batch }))) * 1000
    })()
  )
  await panel('processed, with data of', Object.keys(sizes), FEW, (name) =>
    fresh(async () => {
      const jobs = jobsOf(sizes[name])
      await fill(place, jobs, { bytes: sizes[name], batch: sizes[name] > 10000 ? 100 : BULK })
      return workOff(place, jobs, 1)
    })()
  )
  await panel('types, 1,000 slots in all', ['1', '1,000'], FEW, (name) =>
    fresh(async () => {
      const types = Number(name.replaceAll(',', ''))
      await fill(place, JOBS, { types })
      return workOff(place, JOBS, 1, { types, concurrency: 1000 })
    })()
  )
  return panels
}

async function main() {
  installPeers()
  requireRelease()
  const server = await startServer()
  const store = new Store(server.port)
  const facts = await conditions(store, { names: ['rekue'], rounds: SAMPLES })
  const panels = await measure({ ...server, store })
  store.close()
  server.stop()

  const load = [{ row: '', name: 'rekue', round: 1, load: os.loadavg()[0] }]
  const caption = `Concurrency ${CONCURRENCY} unless said otherwise. ${sentence(facts, load)}`
  fs.mkdirSync(RESULTS, { recursive: true })
  const json = JSON.stringify({ conditions: facts, panels }, null, 2)
  fs.writeFileSync(path.join(RESULTS, 'scaling.json'), `${json}\n`)
  fs.writeFileSync(path.join(RESULTS, 'scaling.svg'), chart(panels, [], caption, 'rekue, scaled'))
  for (const { title, values, names } of panels) {
    const most = Math.max(...Object.values(values))
    const least = Math.min(...Object.values(values))
    const figures = names.map((name) => `${name}: ${number(values[name])}`).join(', ')
    console.log(`${title}: ${figures} jobs/s; most over least ${times(most / least)}`)
  }
  console.log(`\n${caption}\n\nbench/results/scaling.json, bench/results/scaling.svg`)
}

main().then(
  () => process.exit(),
  (err) => {
    console.error(err.message)
    process.exit(1)
  }
)
