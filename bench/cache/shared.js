'use strict'

/**
 * `SharedCache`: memory and pauses of a million entries of 200 bytes, beside lru-cache with the
 * same, and reads from one to four threads. `node bench/cache/shared.js`
 */

const { availableParallelism } = require('node:os')
const path = require('node:path')
const { PerformanceObserver, constants } = require('node:perf_hooks')
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')
const { execFileSync } = require('node:child_process')
const { installPeers } = require('../lib/prerequisites')
const { randomFrom, median } = require('./harness')

const ENTRIES = 1_000_000
const VALUE_BYTES = 184
const BUDGET = 260_000_000
const READS = 400_000
const shared = () => require(path.join(__dirname, '../../lib/cache')).SharedCache

/** 16 bytes, so that an entry has 200. */
const keyOf = (i) => `key:${String(i).padStart(12, '0')}`

/** Makes the keys and stores none: what V8's young generation grows by is no cache's. */
const KEYS_ONLY = 'keys, not stored'
const MEMORY_ROUNDS = 3

const FILLERS = {
  [KEYS_ONLY]: async () => {
    let length = 0
    for (let i = 0; i < ENTRIES; i++) length += Buffer.byteLength(keyOf(i))
    return { length }
  },
  'rekue SharedCache': async () => {
    const cache = shared().open('bench', { maxBytes: BUDGET })
    const value = Buffer.alloc(VALUE_BYTES, 'v')
    for (let i = 0; i < ENTRIES; i++) cache.set(keyOf(i), value)
    return cache
  },
  'lru-cache': async () => {
    const { LRUCache } = await import('lru-cache')
    const cache = new LRUCache({ max: ENTRIES })
    for (let i = 0; i < ENTRIES; i++)
      cache.set(keyOf(i), 'v'.repeat(VALUE_BYTES - 8) + String(i).padStart(8))
    return cache
  }
}

/** Fill, and then measure memory and major collections. Prints JSON. */
async function one(name) {
  global.gc()
  const before = process.memoryUsage().rss
  const cache = await FILLERS[name]()
  global.gc()
  const grown = process.memoryUsage().rss - before
  const pauses = []
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) pauses.push(entry.duration)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  for (let i = 0; i < 9; i++) {
    global.gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  observer.disconnect()
  console.log(JSON.stringify({ grown, pause: median(pauses), bytes: cache?.stats?.().bytes }))
}

/** What `one` found, in a process of its own. */
function filled(name) {
  const flags = ['--expose-gc', '--max-old-space-size=4096', __filename, '--one', name]
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' }))
}

async function reads(threads) {
  const workers = Array.from(
    { length: threads },
    (_, seed) => new Worker(__filename, { workerData: { seed } })
  )
  const heard = (worker) => new Promise((resolve) => worker.once('message', resolve))
  await Promise.all(workers.map(heard))
  const start = process.hrtime.bigint()
  const done = workers.map(heard)
  for (const worker of workers) worker.postMessage('go')
  await Promise.all(done)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  await Promise.all(workers.map((worker) => worker.terminate()))
  return (threads * READS) / seconds
}

function worker() {
  const cache = shared().open('reads', { maxBytes: BUDGET })
  const random = randomFrom(workerData.seed + 1)
  const keys = Array.from({ length: 50_000 }, () => keyOf(Math.floor(random() * 100_000)))
  parentPort.once('message', () => {
    for (let i = 0; i < READS; i++) cache.get(keys[i % keys.length])
    parentPort.postMessage('done')
  })
  parentPort.postMessage('ready')
}

async function main() {
  installPeers(__dirname)
  console.log(`${ENTRIES} entries of 200 bytes`)
  const results = new Map(Object.keys(FILLERS).map((name) => [name, []]))
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    for (const [name, rows] of results) rows.push(filled(name))
  }
  const of = (name, field) => median(results.get(name).map((row) => row[field]))
  for (const name of Object.keys(FILLERS)) {
    const { bytes } = results.get(name)[0]
    const counted = bytes ? `, it counts ${(bytes / ENTRIES / 200).toFixed(3)} x` : ''
    const own = of(name, 'grown') - of(KEYS_ONLY, 'grown')
    const memory =
      name === KEYS_ONLY
        ? `${(of(name, 'grown') / 1e6).toFixed(1)} MB, left out below`
        : `resident ${(own / ENTRIES / 200).toFixed(3)} x their bytes${counted}`
    console.log(`  ${name.padEnd(20)} ${memory}; major GC pause ${of(name, 'pause').toFixed(2)} ms`)
  }
  const cache = shared().open('reads', { maxBytes: BUDGET })
  for (let i = 0; i < 100_000; i++) cache.set(keyOf(i), Buffer.alloc(VALUE_BYTES, 'v'))
  console.log(`reads of one SharedCache on ${availableParallelism()} cores`)
  const rates = { 1: [], 2: [], 4: [] }
  for (let round = 0; round < 5; round++) for (const n of [1, 2, 4]) rates[n].push(await reads(n))
  for (const n of [1, 2, 4]) {
    const rate = median(rates[n])
    console.log(
      `  ${n} threads: ${(rate / 1e6).toFixed(2)} million a second, ${(rate / median(rates[1])).toFixed(2)} x one`
    )
  }
  cache.close()
}

if (!isMainThread) worker()
else if (process.argv[2] === '--one') one(process.argv[3])
else main()
