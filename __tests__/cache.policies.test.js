'use strict'

const assert = require('node:assert')
const { Cache, simulate, policies } = require('../lib/cache')
const { hashKey } = require('../lib/cache/hash')
const { MODELS } = require('../test-support/cache-models')
const { randomFrom } = require('../test-support/random')

/** The reference's trace: the least of three successive numbers of a generator. */
function generatedTrace() {
  let x = 1
  const draw = () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return (x >>> 8) % 1000
  }
  return Uint32Array.from({ length: 100_000 }, () => Math.min(draw(), draw(), draw()))
}

/** Hits of a real cache that reads each key and sets it on a miss. */
function hitsOf(policy, max, trace) {
  const cache = new Cache({ policy, max })
  for (const key of trace) if (cache.get(key) === undefined) cache.set(key, { key })
  assert.ok(cache.size <= max)
  return cache.stats().hits
}

/** Hits as the simulator tells them. */
function simulated(policy, size, trace) {
  const [{ hits, misses, requests, hitRatio }] = simulate(trace, {
    policies: [policy],
    sizes: [size]
  })
  assert.strictEqual(hits + misses, requests)
  assert.strictEqual(hitRatio, hits / requests)
  return hits
}

const REFERENCE = {
  50: { fifo: 8921, lifo: 8739, lru: 8965, mru: 5583, lfu: 10562, sieve: 11256, s3fifo: 11033 },
  100: {
    fifo: 17259,
    lifo: 17814,
    lru: 17571,
    mru: 10973,
    lfu: 20156,
    sieve: 22095,
    s3fifo: 21246
  },
  200: {
    fifo: 33409,
    lifo: 34847,
    lru: 34625,
    mru: 22053,
    lfu: 39694,
    sieve: 42404,
    s3fifo: 39301
  },
  500: { fifo: 72293, lifo: 77201, lru: 77571, mru: 54286, lfu: 83048, sieve: 84614, s3fifo: 82003 }
}

describe('cache policies against the reference', () => {
  const trace = generatedTrace()

  it('generates the trace of the reference', () => {
    assert.deepStrictEqual([...trace.slice(0, 10)], [65, 489, 295, 323, 137, 60, 173, 550, 222, 90])
    assert.strictEqual(
      trace.reduce((sum, key) => sum + key),
      24_938_518
    )
  })

  for (const [size, byPolicy] of Object.entries(REFERENCE)) {
    it(`hits the generated trace exactly, ${size} places`, () => {
      for (const [policy, hits] of Object.entries(byPolicy)) {
        assert.strictEqual(simulated(policy, Number(size), trace), hits, `simulate ${policy}`)
        assert.strictEqual(hitsOf(policy, Number(size), trace), hits, `Cache ${policy}`)
      }
    })
  }

  it('knows the optimum of the generated trace', () => {
    const runs = simulate(trace, { policies: ['optimum'], sizes: [50, 100, 200, 500] })
    assert.deepStrictEqual(
      runs.map((run) => run.hits),
      [36711, 50927, 68345, 92145]
    )
  })

  it("misses Belady's string exactly, his anomaly included", () => {
    const string = Uint32Array.from([1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5])
    const misses = { fifo: [9, 10], lru: [10, 8], lfu: [10, 8], lifo: [8, 7], mru: [7, 6] }
    for (const [policy, expected] of Object.entries(misses)) {
      assert.deepStrictEqual(
        [3, 4].map((size) => 12 - simulated(policy, size, string)),
        expected,
        policy
      )
      assert.deepStrictEqual(
        [3, 4].map((size) => 12 - hitsOf(policy, size, string)),
        expected,
        policy
      )
    }
  })

  it('treats a loop longer than the cache as theory says', () => {
    const [keys, size, passes] = [130, 100, 6]
    const loop = Uint32Array.from({ length: keys * passes }, (_, i) => i % keys)
    for (const hits of [hitsOf, simulated]) {
      assert.strictEqual(hits('fifo', size, loop), 0)
      assert.strictEqual(hits('lru', size, loop), 0)
      assert.strictEqual(hits('lifo', size, loop), (size - 1) * (passes - 1))
    }
  })

  it("has LRU's hits grow with its size", () => {
    const sizes = Array.from({ length: 80 }, (_, i) => i * 7 + 1)
    const hits = simulate(trace, { policies: ['lru'], sizes }).map((run) => run.hits)
    assert.deepStrictEqual(
      hits,
      hits.toSorted((a, b) => a - b)
    )
  })

  it('meets the hit ratios of an independent Zipf workload', () => {
    const zipf = zipfTrace(1000, 400_000)
    const near = (policy, expected) => {
      for (const hits of [simulated, hitsOf]) {
        const ratio = hits(policy, 100, zipf) / zipf.length
        assert.ok(Math.abs(ratio - expected) < 0.01, `${policy} ${ratio}`)
      }
    }
    near('lru', 0.577)
    near('fifo', 0.52)
    assert.ok(hitsOf('wtinylfu', 100, zipf) / zipf.length < 0.693)
  })

  it('has W-TinyLFU above LRU wherever the best policy is', () => {
    const loop = Uint32Array.from({ length: 20_000 }, (_, i) => i % 150)
    const traces = { generated: trace, zipf: zipfTrace(1000, 100_000), loop }
    for (const [name, keys] of Object.entries(traces)) {
      for (const size of [50, 100]) {
        const runs = simulate(keys, { sizes: [size] })
        const of = (policy) => runs.find((run) => run.policy === policy).hits
        const best = Math.max(...runs.map((run) => run.hits))
        assert.ok(best > of('lru'), `${name} tells policies apart`)
        assert.ok(of('wtinylfu') > of('lru'), `${name} ${size}: ${of('wtinylfu')} ${of('lru')}`)
      }
    }
  })
})

/** Independent draws of ranks with probability proportional to 1 / rank. */
function zipfTrace(keys, length) {
  const upTo = []
  let sum = 0
  for (let rank = 1; rank <= keys; rank++) upTo.push((sum += 1 / rank))
  const random = randomFrom(4711)
  return Uint32Array.from({ length }, () => {
    const at = ((random(2 ** 21) * 2 ** 11 + random(2 ** 11)) / 2 ** 32) * sum
    let [low, high] = [0, keys - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle] < at) low = middle + 1
      else high = middle
    }
    return low
  })
}

describe('cache policies against naive models', () => {
  const rounds = Number(process.env.CACHE_MODEL_ROUNDS ?? 12)

  it('has a model of every policy', () => {
    assert.deepStrictEqual(Object.keys(MODELS), [...policies])
  })

  for (const [policy, Model] of Object.entries(MODELS)) {
    it(`${policy}: random reads, sets and deletions hold the same keys`, () => {
      for (let round = 0; round < rounds; round++) compare(policy, Model, round)
    })
  }

  /** Run random operations on both, and compare what they hold. */
  function compare(policy, Model, round) {
    const random = randomFrom(round * 7919 + 17)
    const capacity = [1, 2, 3, 7, 20, 64][round % 6]
    const cache = new Cache({ policy, max: capacity })
    const model = new Model(capacity, hashKey)
    const keyOf = round % 2 === 0 ? (n) => n : (n) => `key ${n}`
    const history = []
    for (let i = 0; i < 3000; i++) {
      // Squared, so that some keys are asked for much more often than others.
      const key = keyOf(Math.floor((random(1000) ** 2 / 1e6) * capacity * 3))
      const operation = ['read', 'read', 'read', 'set', 'delete'][random(40) === 0 ? 4 : random(4)]
      history.push(`${operation} ${key}`)
      const known = model.has(key)
      if (operation === 'delete') {
        assert.strictEqual(cache.delete(key), known)
        if (known) model.remove(key)
      } else if (operation === 'read' && known) {
        model.use(key, 'hit')
        assert.strictEqual(cache.get(key), key)
      } else {
        if (operation === 'read') assert.strictEqual(cache.get(key), undefined)
        if (known) model.use(key, 'update')
        else model.place(key)
        cache.set(key, key)
      }
      if (i % 5 > 0) continue
      const [held, expected] = [[...cache.keys()], model.keys()].map((keys) =>
        keys.map(String).sort()
      )
      assert.deepStrictEqual(
        held,
        expected,
        `round ${round}, after ${history.slice(-8).join(', ')}`
      )
    }
  }
})
