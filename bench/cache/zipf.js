'use strict'

/**
 * What a cache is for: a Zipf workload before a source that takes 100 us, at equal capacity. Total
 * time, beside the peers: `node bench/cache/zipf.js [rounds]`.
 */

const { installPeers } = require('../lib/prerequisites')
const { measure, print, zipf } = require('./harness')
const { MAKERS } = require('./peers')

const KEYS = 50_000
const CAPACITY = 1000
const REQUESTS = 100_000
const SOURCE_NS = 100_000n

/** Busy, as a computation is: a sleep would be as exact as the timer only. */
function source(key) {
  const end = process.hrtime.bigint() + SOURCE_NS
  while (process.hrtime.bigint() < end);
  return { key }
}

async function one(name) {
  const cache = (await MAKERS[name]())(CAPACITY)
  const keys = Array.from({ length: KEYS }, (_, i) => `item:${i}`)
  const trace = zipf(KEYS, REQUESTS)
  const start = process.hrtime.bigint()
  for (let i = 0; i < trace.length; i++) {
    const key = keys[trace[i]]
    if (cache.get(key) === undefined) cache.set(key, source(key))
  }
  process.stdout.write(String(Number(process.hrtime.bigint() - start) / 1e6))
}

if (process.argv[2] === '--one') {
  one(process.argv[3])
} else {
  installPeers(__dirname)
  const rounds = Number(process.argv[2] ?? 3)
  const contestants = new Map(Object.keys(MAKERS).map((name) => [name, [name]]))
  const times = measure(__filename, contestants, rounds)
  print(
    `${REQUESTS} Zipf requests, ${CAPACITY} of ${KEYS} keys, 100 us a miss`,
    times,
    'lru-cache',
    'ms'
  )
}
