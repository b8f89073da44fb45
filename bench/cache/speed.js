'use strict'

/**
 * What a get and a set cost, beside the peers: `node bench/cache/speed.js [rounds]`.
 * Every figure comes from a fresh process; the caches take turns, and medians are compared.
 */

const { execFileSync } = require('node:child_process')
const { MAKERS } = require('./peers')

const MAX = 10_000
const OPS = 4_000_000
const WARM_UP = 1_000_000

/** Keys as text, made beforehand: what is measured is the cache. */
const keysOf = (count, name) => Array.from({ length: count }, (_, i) => `${name}:${i}`)

/** Indexes below `count`, all equally likely, the same in every process. */
function picks(count) {
  const order = new Uint32Array(1 << 18)
  let x = 12345
  for (let i = 0; i < order.length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    order[i] = (x >>> 8) % count
  }
  return order
}

function timed(ops, run) {
  run(WARM_UP)
  const start = process.hrtime.bigint()
  run(ops)
  return Number(process.hrtime.bigint() - start) / ops
}

const WORKLOADS = {
  /** Reads that all hit. */
  get(make) {
    const cache = make(MAX)
    const keys = keysOf(MAX, 'user')
    keys.forEach((key, i) => cache.set(key, { i }))
    const order = picks(MAX)
    let found = 0
    const ns = timed(OPS, (ops) => {
      for (let i = 0; i < ops; i++) if (cache.get(keys[order[i & 0x3ffff]]) !== undefined) found++
    })
    if (found !== OPS + WARM_UP) throw new Error(`${found} hits`)
    return ns
  },
  /** Every key is new to the full cache, so every set evicts. */
  set(make) {
    const cache = make(MAX)
    const keys = keysOf(MAX * 8, 'user')
    const value = { one: 1 }
    let at = 0
    return timed(OPS, (ops) => {
      for (let i = 0; i < ops; i++) {
        cache.set(keys[at], value)
        if (++at === keys.length) at = 0
      }
    })
  },
  /** 100 reads at a time, one by one. */
  get100(make) {
    return manyReads(make, (cache, batch) => batch.map((key) => cache.get(key)))
  },
  /** 100 reads at a time, as one call. */
  getMany100(make) {
    return manyReads(make, (cache, batch) => cache.getMany(batch))
  }
}

function manyReads(make, read) {
  const cache = make(MAX)
  const keys = keysOf(MAX, 'user')
  keys.forEach((key, i) => cache.set(key, { i }))
  const order = picks(MAX)
  const batches = Array.from({ length: 2000 }, (_, b) =>
    Array.from({ length: 100 }, (_, i) => keys[order[b * 100 + i]])
  )
  let found = 0
  const ns = timed(OPS, (ops) => {
    for (let i = 0; i < ops / 100; i++) found += read(cache, batches[i % batches.length]).length
  })
  if (found !== OPS + WARM_UP) throw new Error(`${found} read`)
  return ns
}

async function one(name, workload) {
  const make = await MAKERS[name]()
  process.stdout.write(String(WORKLOADS[workload](make)))
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]

function measure(names, workload, rounds) {
  const samples = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const args = [__filename, '--one', name, workload]
      samples.get(name).push(Number(execFileSync(process.execPath, args)))
    }
  }
  return new Map(names.map((name) => [name, median(samples.get(name))]))
}

function print(title, medians, base) {
  console.log(`\n${title}`)
  for (const [name, ns] of medians) {
    const ratio = (ns / medians.get(base)).toFixed(2)
    console.log(`  ${name.padEnd(20)} ${ns.toFixed(1).padStart(8)} ns   ${ratio} x ${base}`)
  }
}

function main(rounds) {
  const names = Object.keys(MAKERS)
  print('get, all hits', measure(names, 'get', rounds), 'lru-cache')
  print('set of a new key into a full cache', measure(names, 'set', rounds), 'lru-cache')
  const single = measure(['rekue lru'], 'get100', rounds).get('rekue lru')
  const many = measure(['rekue lru'], 'getMany100', rounds).get('rekue lru')
  const both = new Map([
    ['100 gets', single],
    ['getMany(100)', many]
  ])
  print('reads, each of a batch of 100', both, '100 gets')
}

if (process.argv[2] === '--one') one(process.argv[3], process.argv[4])
else main(Number(process.argv[2] ?? 7))
