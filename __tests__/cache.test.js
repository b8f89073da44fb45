'use strict'

const assert = require('node:assert')
const vm = require('node:vm')
const { setTimeout: sleep } = require('node:timers/promises')
const { Cache, simulate, policies } = require('../lib/cache')
const { takeClock } = require('../test-support/clock')

/** A cache whose departures are noted. */
function noted(options) {
  const events = []
  const onEvict = (key, value, reason) => events.push([key, value, reason])
  return { cache: new Cache({ ...options, onEvict }), events }
}

const invalid = (pattern) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG', message: pattern })

describe('Cache', () => {
  it('returns the very object that it was given', () => {
    const cache = new Cache({ max: 2 })
    const value = { deep: [1] }
    cache.set('a', value).set('b', () => 1)
    assert.strictEqual(cache.get('a'), value)
    assert.strictEqual(cache.peek('a'), value)
    assert.strictEqual(cache.entry('a').value, value)
    for (const falsy of [0, '', false, null, NaN]) {
      assert.ok(Object.is(cache.set('f', falsy).get('f'), falsy))
      assert.strictEqual(cache.has('f'), true)
    }
  })

  it('keeps keys of the prototype, and 1 and "1", apart', () => {
    const cache = new Cache({ max: 10 })
    for (const key of ['__proto__', 'constructor', 'toString', '']) {
      assert.strictEqual(cache.get(key), undefined)
      assert.strictEqual(cache.set(key, key).get(key), key)
    }
    cache.set(1, 'number').set('1', 'text')
    assert.deepStrictEqual(cache.getMany([1, '1', 'absent']), ['number', 'text', undefined])
    assert.strictEqual({}.polluted, undefined)
  })

  it('counts what happens', () => {
    const cache = new Cache({ max: 2, policy: 'fifo' })
    cache.setMany([
      ['a', 1],
      ['b', 2],
      ['c', 3]
    ])
    cache.get('a')
    cache.get('c')
    cache.has('a')
    cache.peek('b')
    const { hits, misses, sets, evictions, expirations, loads, loadErrors, hitRatio, size } =
      cache.stats()
    assert.deepStrictEqual(
      { hits, misses, sets, evictions, expirations, loads, loadErrors, hitRatio, size },
      {
        hits: 1,
        misses: 1,
        sets: 3,
        evictions: 1,
        expirations: 0,
        loads: 0,
        loadErrors: 0,
        hitRatio: 0.5,
        size: 2
      }
    )
    assert.strictEqual(new Cache({ max: 1 }).stats().hitRatio, 0)
  })

  it('reads many as it reads one, whatever the list does meanwhile', () => {
    const cache = new Cache({ max: 3 }).set('a', 1).set('b', 2).set('c', 3)
    const keys = ['a', 'b', 'absent', 'c']
    Object.defineProperty(keys, 3, {
      get() {
        cache.set('d', 4).delete('b')
        return 'c'
      }
    })
    assert.deepStrictEqual(cache.getMany(keys), [undefined, undefined, undefined, 3])
    assert.deepStrictEqual(cache.getMany(new Set(['d', 'c'])), [4, 3])
    assert.throws(() => cache.getMany(['d', 'c', null]), { code: 'ERR_INVALID_ARG' })
    cache.set('e', 5).set('f', 6)
    assert.deepStrictEqual([...cache.keys()], ['f', 'e', 'c'])
    const { hits, misses } = cache.stats()
    assert.deepStrictEqual([hits, misses], [5, 3])
    const expiring = new Cache({ max: 3, ttl: 1000 }).set('a', 1)
    assert.deepStrictEqual(expiring.getMany(['b', 'a']), [undefined, 1])
  })

  it('tells of an entry without using it', async () => {
    const cache = new Cache({ max: 2 })
    const before = Date.now()
    cache.set('a', 1).set('b', 2)
    await sleep(20)
    cache.get('a')
    cache.get('a')
    const {
      key,
      access_time: accessed,
      access_count: count,
      insertion_time: inserted
    } = cache.entry('a')
    assert.deepStrictEqual([key, count], ['a', 2])
    assert.ok(inserted.getTime() >= before && accessed - inserted >= 15 && accessed <= Date.now())
    cache.entry('b')
    cache.peek('b')
    cache.has('b')
    cache.set('c', 3)
    assert.strictEqual(cache.has('b'), false, 'b was the least recently used')
    assert.strictEqual(cache.entry('b'), undefined)
  })

  it('deletes one, many and all', () => {
    const { cache, events } = noted({ max: 5 })
    cache.setMany([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4]
    ])
    assert.strictEqual(cache.delete('a'), true)
    assert.strictEqual(cache.delete('a'), false)
    assert.strictEqual(cache.deleteMany(['a', 'b', 'x']), 1)
    cache.set('c', undefined)
    cache.clear()
    assert.strictEqual(cache.size, 0)
    assert.deepStrictEqual(events, [
      [`a`, 1, 'delete'],
      ['b', 2, 'delete'],
      ['c', 3, 'delete'],
      ['d', 4, 'delete']
    ])
    assert.strictEqual(cache.set('a', 9).get('a'), 9)
    assert.strictEqual(cache.stats().sets, 5)
  })

  it('tells why entries leave, when the operation is complete', () => {
    const seen = []
    const cache = new Cache({
      max: 2,
      onEvict: (key, value, reason) => seen.push([key, reason, [...cache.keys()]])
    })
    cache.setMany([
      ['a', 1],
      ['b', 2],
      ['b', 2],
      ['b', 3],
      ['c', 4]
    ])
    assert.deepStrictEqual(seen, [
      ['b', 'set', ['b', 'a']],
      ['a', 'evict', ['c', 'b']]
    ])
  })

  for (const policy of policies) {
    it(`${policy}: a callback that throws, re-enters or deletes its key does no harm`, () => {
      const warnings = warningsDuring(() => misbehave(policy))
      assert.deepStrictEqual(warnings, ['REKUE_ON_EVICT'], 'said once')
    })
  }

  function misbehave(policy) {
    let rounds = 0
    const cache = new Cache({
      policy,
      max: 3,
      onEvict(key, value, reason) {
        rounds++
        cache.delete(key)
        cache.set(key, value)
        cache.get('b')
        if (rounds % 3 === 0) cache.clear()
        throw new Error(`thrown for ${reason}`)
      }
    })
    for (let i = 0; i < 200; i++) {
      cache.set(i % 10, i)
      assert.ok(cache.size <= 3 && [...cache.keys()].length === cache.size)
    }
    cache.clear()
    assert.ok(rounds > 50 && cache.stats().callbackErrors === rounds)
  }

  /** The codes of the process warnings that `run` causes, which are kept from the console. */
  function warningsDuring(run) {
    const codes = []
    const { emitWarning } = process
    process.emitWarning = (message, { code }) => codes.push(code)
    try {
      run()
    } finally {
      process.emitWarning = emitWarning
    }
    return codes
  }

  it('counts whatever onEvict throws, and tells of the next all the same', () => {
    const told = []
    const thrown = [Symbol('s'), Object.create(null), null, { toString: 1 }, new Error('no')]
    const onEvict = (key) => {
      told.push(key)
      throw thrown[key]
    }
    // Only the first is worth a warning, so each has a cache of its own.
    for (const [key] of thrown.entries()) {
      const cache = new Cache({ max: 1, onEvict })
      cache.set(key, 1).set(9, 1).set(10, 1)
      assert.strictEqual(cache.stats().callbackErrors, 2)
    }
    assert.deepStrictEqual(told, [0, 9, 1, 9, 2, 9, 3, 9, 4, 9])
  })

  it('iterates from the newest, and survives changes meanwhile', () => {
    const cache = new Cache({ max: 4 })
    cache.setMany([
      ['a', 1],
      ['b', 2],
      ['c', 3]
    ])
    cache.get('a')
    assert.deepStrictEqual(
      [...cache],
      [
        ['a', 1],
        ['c', 3],
        ['b', 2]
      ]
    )
    assert.deepStrictEqual([...cache.values()], [1, 3, 2])
    const met = []
    for (const [key] of cache) {
      met.push(key)
      cache.delete('c')
      cache.set('new', 0)
    }
    assert.ok(!met.includes('c') && met.includes('b') && met.length <= 3)
    cache.clear()
    assert.deepStrictEqual([...cache.entries()], [])
  })

  for (const policy of policies) {
    it(`${policy}: dump and load restore entries and what is next to go`, () => {
      const [from, to] = [new Cache({ policy, max: 5 }), new Cache({ policy, max: 5 })]
      for (const key of ['a', 'b', 'c', 'd', 'e']) from.set(key, { key })
      const dump = from.dump()
      assert.deepStrictEqual(JSON.parse(JSON.stringify(dump)), dump)
      to.set('other', 1)
      to.load(dump)
      assert.deepStrictEqual([...to.keys()].sort(), ['a', 'b', 'c', 'd', 'e'])
      for (const cache of [from, to]) cache.set('f', 1)
      assert.deepStrictEqual([...to.keys()].sort(), [...from.keys()].sort())
    })
  }

  it('load refuses what is no dump, and changes nothing then', () => {
    const cache = new Cache({ max: 5 }).set('a', 1)
    for (const bad of [
      null,
      {},
      [1],
      [['k']],
      [['k', {}]],
      [[{}, { value: 1 }]],
      [['k', { value: 1, ttl: NaN }]],
      new Array(2)
    ]) {
      assert.throws(() => cache.load(bad), { code: 'ERR_INVALID_ARG' })
    }
    assert.deepStrictEqual([...cache.keys()], ['a'])
  })

  it('shares nothing between instances', () => {
    const caches = policies.map((policy) => new Cache({ policy, max: 2 }))
    caches.forEach((cache, i) =>
      cache.setMany([
        ['k', i],
        ['l', i],
        ['m', i]
      ])
    )
    caches.forEach((cache, i) => assert.deepStrictEqual([...cache.values()], [i, i]))
  })

  it('goes on through more operations than the ring holds', () => {
    const cache = new Cache({ max: 100 })
    cache.set('kept', 1)
    for (let i = 0; i < 50_000; i++) {
      if (i % 2 === 0) cache.get('kept')
      else cache.getMany(['kept'])
      if (i % 100 === 0) cache.set(i, i)
      if (i % 300 === 0) cache.delete(i)
    }
    assert.strictEqual(cache.get('kept'), 1)
    assert.strictEqual(cache.stats().hits, 50_001)
  })
})

describe('Cache with sizes', () => {
  const letters = (options) =>
    new Cache({ maxSize: 10, sizeCalculation: (text) => text.length, ...options })

  for (const policy of policies) {
    it(`${policy}: never holds more than maxSize`, () => {
      const cache = letters({ policy, maxSize: 50 })
      for (let i = 0; i < 3000; i++) {
        cache.set(i % 37, 'x'.repeat(((i * 7) % 20) + 1))
        cache.get((i * 3) % 37)
        const sum = [...cache.values()].reduce((total, text) => total + text.length, 0)
        assert.ok(sum <= 50 && sum === cache.calculatedSize, `${sum}`)
        assert.strictEqual(
          cache.peek(i % 37)?.length,
          ((i * 7) % 20) + 1,
          'the incoming key is never the victim'
        )
      }
      assert.ok(cache.stats().evictions > 100)
    })
  }

  it('does not store what is larger than the budget, and evicts nothing for it', () => {
    const cache = letters({ maxEntrySize: 8 })
    cache.set('a', 'xxx').set('b', 'xxx')
    cache.set('c', 'x'.repeat(11)).set('d', 'x'.repeat(9))
    assert.deepStrictEqual([...cache.keys()], ['b', 'a'])
    assert.deepStrictEqual([cache.stats().rejected, cache.stats().evictions], [2, 0])
    cache.set('a', 'x'.repeat(11))
    assert.strictEqual(cache.has('a'), false, 'the old value of the key would be wrong')
  })

  it('lets others go where an update grows', () => {
    const cache = letters()
    cache.set('a', 'xxxx').set('b', 'xxxx').set('a', 'xxxxxxx')
    assert.deepStrictEqual([...cache], [['a', 'xxxxxxx']])
  })

  // What each would have evicted next, had the entry not grown in between: 2 stays 2 to its policy.
  for (const [policy, left] of /** @type {const} */ ([
    ['fifo', ['new', 'c']],
    ['lifo', ['new', 'c']],
    ['lru', ['new', 'b']],
    ['mru', ['new', 'c']],
    ['lfu', ['new', 'b']]
  ])) {
    it(`${policy}: an update that grows past the budget keeps the entry what it was`, async () => {
      const heard = []
      const cache = letters({ policy, onEvict: (key, value, why) => heard.push([key, why]) })
      cache.set('a', 'xxxx').set('b', 'x').set('c', 'xxx')
      for (let i = 0; i < 5; i++) cache.get('b')
      if (policy === 'lifo' || policy === 'mru') cache.delete('a')
      const before = cache.entry('b')
      await sleep(5)
      heard.length = 0
      cache.set('b', policy === 'lifo' || policy === 'mru' ? 'xxxxxxx' : 'xxxx')
      const after = cache.entry('b')
      assert.deepStrictEqual(
        [after?.access_count, after?.insertion_time],
        [before?.access_count, before?.insertion_time]
      )
      assert.ok(after && before && after.access_time > before.access_time)
      assert.strictEqual(heard[0].join(), 'b,set')
      cache.set('new', 'xxxx')
      assert.deepStrictEqual([...cache.keys()].sort(), [...left].sort(), JSON.stringify(heard))
    })
  }

  for (const policy of policies) {
    it(`${policy}: what grows is no victim of its own, and the last to go`, () => {
      const heard = []
      const cache = letters({ policy, onEvict: (key, value, why) => heard.push([key, why].join()) })
      cache.setMany([...'abcd'].map((key) => [key, 'xx']))
      cache.set('c', 'x'.repeat(10))
      assert.deepStrictEqual([...cache.keys()], ['c'])
      assert.deepStrictEqual(heard.sort(), ['a,evict', 'b,evict', 'c,set', 'd,evict'])
      cache.set('c', 'x'.repeat(9)).set('e', 'xx')
      assert.deepStrictEqual([...cache.keys()], ['e'])
    })
  }

  it('does not store what fits maxEntrySize alone', () => {
    const cache = letters({ maxEntrySize: 20 }).set('a', 'x').set('b', 'x'.repeat(15))
    assert.deepStrictEqual([[...cache.keys()], cache.stats().rejected], [['a'], 1])
  })

  it('holds to max and maxSize together', () => {
    const cache = letters({ max: 2, maxSize: 100 })
    cache.setMany([
      ['a', 'x'],
      ['b', 'x'],
      ['c', 'x']
    ])
    assert.strictEqual(cache.size, 2)
  })

  it('lets a sizeCalculation throw before anything changes', () => {
    const cache = letters({
      sizeCalculation: (value) => (value === 'bad' ? assert.fail('mine') : 1)
    })
    cache.set('a', 'good')
    assert.throws(() => cache.set('a', 'bad'), /mine/)
    assert.strictEqual(cache.get('a'), 'good')
  })

  it('refuses sizes that are none', () => {
    for (const size of [0, -1, 1.5, NaN, Infinity, '3', null]) {
      assert.throws(() => letters({ sizeCalculation: () => size }).set('a', 'x'), invalid(/size/))
      if (size !== null) assert.throws(() => letters().set('a', 'x', { size }), invalid(/size/))
    }
    assert.throws(() => new Cache({ maxSize: 5 }).set('a', 1), invalid(/sizeCalculation/))
  })
})

describe('Cache with a ttl', () => {
  it('forgets what has expired, and says so', async () => {
    const { cache, events } = noted({ max: 5, ttl: 20 })
    cache.set('a', 1).set('b', 2, { ttl: 5000 }).set('c', 3, { ttl: 0 }).set('d', 4)
    assert.ok(cache.getRemainingTTL('a') <= 20 && cache.getRemainingTTL('c') === Infinity)
    await sleep(40)
    assert.deepStrictEqual(
      ['a', 'b', 'c'].map((key) => cache.has(key)),
      [false, true, true]
    )
    assert.strictEqual(cache.peek('a'), undefined)
    assert.strictEqual(cache.entry('a'), undefined)
    assert.deepStrictEqual([...cache.keys()], ['c', 'b'])
    assert.deepStrictEqual(events, [])
    assert.strictEqual(cache.get('a'), undefined)
    assert.deepStrictEqual(events, [['a', 1, 'expire']])
    assert.strictEqual(cache.purgeStale(), true)
    assert.strictEqual(cache.purgeStale(), false)
    assert.deepStrictEqual(events[1], ['d', 4, 'expire'])
    assert.deepStrictEqual([cache.size, cache.stats().expirations, cache.stats().misses], [2, 2, 1])
  })

  it('still looks at the clock after purgeStale, dump and load have', async () => {
    const cache = new Cache({ max: 5, ttl: 20 }).set('a', 1)
    for (const look of ['purgeStale', 'dump', () => cache.load(cache.dump())]) {
      await sleep(5)
      if (typeof look === 'string') cache[look]()
      else look()
    }
    await sleep(30)
    assert.deepStrictEqual([cache.has('a'), cache.get('a')], [false, undefined])
  })

  it('starts anew with a set, and with a get where updateAgeOnGet', async () => {
    const clock = takeClock()
    try {
      const cache = new Cache({ max: 5, ttl: 60_000, updateAgeOnGet: true }).set('a', 1)
      const plain = new Cache({ max: 5, ttl: 60_000 }).set('a', 1)
      for (let i = 0; i < 4; i++) {
        await clock.advance(25_000)
        assert.strictEqual(cache.get('a'), 1)
      }
      assert.strictEqual(plain.get('a'), undefined)
      assert.strictEqual(plain.set('a', 2).get('a'), 2)
    } finally {
      clock.release()
    }
  })

  it('gives stale values where they are allowed', async () => {
    const cache = new Cache({ max: 5, ttl: 5, allowStale: true })
    cache.set('a', 1)
    await sleep(15)
    assert.strictEqual(cache.has('a'), false)
    assert.strictEqual(cache.peek('a'), 1)
    assert.strictEqual(cache.get('a'), 1)
    assert.strictEqual(cache.get('a'), undefined, 'as in lru-cache, once')
    const keeping = new Cache({ max: 5, ttl: 5, allowStale: true, noDeleteOnStaleGet: true })
    keeping.set('a', 1)
    await sleep(15)
    assert.deepStrictEqual([keeping.get('a'), keeping.get('a')], [1, 1])
  })

  it('a stale value that is read is a hit, and no use, as in lru-cache', async () => {
    const options = { max: 2, ttl: 5, allowStale: true, noDeleteOnStaleGet: true }
    const cache = new Cache(options).set('a', 1).set('b', 1)
    await sleep(15)
    assert.strictEqual(cache.get('a'), 1)
    assert.strictEqual(cache.stats().hits, 1)
    assert.ok(cache.getRemainingTTL('a') < 0, 'how long ago it expired')
    cache.set('c', 1)
    assert.deepStrictEqual([...cache.keys()], ['c', 'b'])
  })

  it('needs no other bound', () => {
    const cache = new Cache({ ttl: 1000, policy: 's3fifo' })
    for (let i = 0; i < 10_000; i++) cache.set(i, i)
    assert.strictEqual(cache.size, 10_000)
  })

  it('dumps and loads what is left of it', async () => {
    const cache = new Cache({ max: 5, ttl: 1000 }).set('a', 1)
    await sleep(10)
    const copy = new Cache({ max: 5 }).load(JSON.parse(JSON.stringify(cache.dump())))
    const [left, there] = [cache.getRemainingTTL('a'), copy.getRemainingTTL('a')]
    assert.ok(left < 1000 && Math.abs(left - there) < 5, `${left} ${there}`)
  })

  it('reads the clock every time where ttlResolution is 0', () => {
    const cache = new Cache({ max: 5, ttl: 5, ttlResolution: 0 }).set('a', 1)
    const end = performance.now() + 8
    while (performance.now() < end);
    assert.strictEqual(cache.get('a'), undefined)
  })
})

describe('Cache and bad input', () => {
  it('names the policy that was probably meant', () => {
    const meant = {
      LRU: 'lru',
      's3-fifo': 's3fifo',
      seive: 'sieve',
      'w-tinylfu': 'wtinylfu',
      tinylfu: 'wtinylfu'
    }
    for (const [policy, name] of Object.entries(meant)) {
      assert.throws(
        () => new Cache({ policy, max: 1 }),
        invalid(new RegExp(`did you mean ${name}\\?`))
      )
    }
    for (const policy of [1, null, {}])
      assert.throws(() => new Cache({ policy, max: 1 }), invalid(/policy/))
  })

  it('refuses options that do not exist or make no sense', () => {
    assert.throws(() => new Cache({ mx: 1 }), invalid(/did you mean max\?/))
    for (const max of [0, -1, 1.5, NaN, Infinity, '10', null]) {
      assert.throws(() => new Cache({ max }), invalid(/max/))
      assert.throws(() => new Cache({ maxSize: max, sizeCalculation: () => 1 }), invalid(/maxSize/))
    }
    for (const ttl of [NaN, -1, '5', null]) {
      assert.throws(() => new Cache({ max: 1, ttl }), invalid(/ttl/))
      assert.throws(() => new Cache({ max: 1 }).set('a', 1, { ttl }), invalid(/ttl/))
    }
    for (const none of [undefined, {}, null, 5, []])
      assert.throws(() => new Cache(none), invalid(/./))
    assert.throws(() => new Cache({ max: 1, onEvict: 1 }), invalid(/onEvict/))
    assert.throws(() => new Cache({ max: 1, sizeCalculation: () => 1 }), invalid(/maxSize/))
    assert.throws(() => new Cache({ max: 1, maxEntrySize: 1 }), invalid(/maxSize/))
  })

  it('refuses what is no list, callback or time', () => {
    const cache = new Cache({ max: 5 }).set('a', 1)
    for (const list of [undefined, null, 'abc', 5, {}, { length: 1 }]) {
      assert.throws(() => cache.getMany(list), invalid(/keys/))
      assert.throws(() => cache.deleteMany(list), invalid(/keys/))
      assert.throws(() => cache.setMany(list), invalid(/entries/))
    }
    for (const entry of [undefined, 'ab', { 0: 'a', 1: 2 }])
      assert.throws(() => cache.setMany([entry]), invalid(/entries/))
    assert.throws(() => cache.forEach(), invalid(/fn/))
    for (const start of ['1', null, NaN, Symbol('s'), 1n])
      assert.throws(() => cache.load([['k', { value: 1, ttl: 5, start }]]), invalid(/start/))
    assert.deepStrictEqual([...cache.keys()], ['a'])
  })

  it('refuses keys of other types everywhere', async () => {
    const cache = new Cache({ max: 1 })
    for (const key of [undefined, null, {}, [], true, Symbol('s'), 1n, () => 1]) {
      for (const method of ['get', 'set', 'peek', 'has', 'delete', 'entry']) {
        assert.throws(
          () => cache[method](key, 1),
          invalid(/^key must be a string or a number/),
          method
        )
      }
      assert.throws(() => cache.getMany([key]), invalid(/^key/))
      await assert.rejects(cache.fetch(key, { loader: () => 1 }), invalid(/^key/))
    }
    assert.strictEqual(cache.size, 0)
  })
})

describe('simulate', () => {
  it('gives a row for every policy and size, in that order', () => {
    const rows = simulate(['a', 'b', 'a', 'c', 'a'], { policies: ['lru', 'fifo'], sizes: [1, 2] })
    assert.deepStrictEqual(rows[1], {
      policy: 'lru',
      size: 2,
      requests: 5,
      hits: 2,
      misses: 3,
      hitRatio: 0.4
    })
    assert.deepStrictEqual(
      rows.map((row) => [row.policy, row.size]),
      [
        ['lru', 1],
        ['lru', 2],
        ['fifo', 1],
        ['fifo', 2]
      ]
    )
    assert.strictEqual(simulate([], { sizes: [1] }).length, policies.length)
    assert.strictEqual(
      simulate(new Uint32Array(0), { policies: ['lru'], sizes: [1] })[0].hitRatio,
      0
    )
  })

  it('hashes text and numbers as a Cache does', () => {
    const keys = Array.from({ length: 5000 }, (_, i) => ((i * i) % 313) % (i % 7 === 0 ? 200 : 40))
    for (const trace of [Uint32Array.from(keys), keys.map((key) => `schlüssel-😀-${key}`)]) {
      const cache = new Cache({ policy: 'wtinylfu', max: 20 })
      for (const key of trace) if (cache.get(key) === undefined) cache.set(key, 1)
      const [{ hits }] = simulate(trace, { policies: ['wtinylfu'], sizes: [20] })
      assert.strictEqual(cache.stats().hits, hits)
    }
  })

  it('takes a trace of another context', () => {
    const trace = vm.runInNewContext('new Uint32Array([1, 2, 1])')
    assert.strictEqual(simulate(trace, { policies: ['lru'], sizes: [2] })[0].hits, 1)
  })

  it('refuses what is no trace, policy or size', () => {
    for (const trace of [null, 'abc', [1], ['a', 1], new Float64Array(1)]) {
      assert.throws(() => simulate(trace, { sizes: [1] }), invalid(/trace/))
    }
    assert.throws(
      () => simulate([], { policies: ['lrv'], sizes: [1] }),
      invalid(/did you mean lru/)
    )
    for (const size of [0, 1.5, NaN, 2 ** 32])
      assert.throws(() => simulate([], { sizes: [size] }), invalid(/sizes/))
    assert.throws(() => simulate([], {}), invalid(/sizes/))
  })
})
