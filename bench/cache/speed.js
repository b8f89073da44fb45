'use strict'

/**
 * What a get and a set cost, beside the peers: `node bench/cache/speed.js [rounds]`.
 * See harness.js for how.
 */

const { installPeers } = require('../lib/prerequisites')
const { measure, print, randomFrom } = require('./harness')
const { MAKERS } = require('./peers')

const MAX = 10_000
const OPS = 4_000_000
const WARM_UP = 1_000_000
/** What takes microseconds instead of nanoseconds is measured over fewer calls. */
const SLOW = ['@cacheable/memory']
const SLOW_PART = 20

/** Keys as text, made beforehand: what is measured is the cache. */
const keysOf = (count, name) => Array.from({ length: count }, (_, i) => `${name}:${i}`)

/** Indexes below `count`, all equally likely, the same in every process. */
function picks(count) {
  const random = randomFrom(12345)
  return Uint32Array.from({ length: 1 << 18 }, () => random() * count)
}

const part = SLOW.includes(process.argv[3]) ? SLOW_PART : 1

function timed(run) {
  const ops = OPS / part
  run(WARM_UP / part)
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
    const ns = timed((ops) => {
      for (let i = 0; i < ops; i++) if (cache.get(keys[order[i & 0x3ffff]]) !== undefined) found++
    })
    if (found !== (OPS + WARM_UP) / part) throw new Error(`${found} hits`)
    return ns
  },
  /** Every key is new to the full cache, so every set evicts. */
  set(make) {
    const cache = make(MAX)
    const keys = keysOf(MAX * 8, 'user')
    const value = { one: 1 }
    let at = 0
    return timed((ops) => {
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
  const ns = timed((ops) => {
    for (let i = 0; i < ops / 100; i++) found += read(cache, batches[i % batches.length]).length
  })
  if (found !== (OPS + WARM_UP) / part) throw new Error(`${found} read`)
  return ns
}

async function one(name, workload) {
  const make = await MAKERS[name]()
  process.stdout.write(String(WORKLOADS[workload](make)))
}

function main(rounds) {
  installPeers(__dirname)
  const each = (workload) => new Map(Object.keys(MAKERS).map((name) => [name, [name, workload]]))
  print('get, all hits', measure(__filename, each('get'), rounds), 'lru-cache', 'ns')
  const sets = measure(__filename, each('set'), rounds)
  print('set of a new key into a full cache', sets, 'lru-cache', 'ns')
  const reads = new Map([
    ['100 gets', ['rekue lru', 'get100']],
    ['getMany(100)', ['rekue lru', 'getMany100']]
  ])
  print('a read of a batch of 100', measure(__filename, reads, rounds), '100 gets', 'ns')
}

if (process.argv[2] === '--one') one(process.argv[3], process.argv[4])
else main(Number(process.argv[2] ?? 7))
