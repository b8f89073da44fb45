'use strict'

const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { Worker } = require('node:worker_threads')
const { SharedCache, policies } = require('../lib/cache')

const support = (file) => path.join(__dirname, '../test-support', file)
const invalid = (pattern) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG', message: pattern })

describe('SharedCache', () => {
  let names = 0
  const open = []

  /** A cache of a name of its own, closed after the test. */
  function fresh(options) {
    const cache = SharedCache.open(`test ${names++}`, { maxBytes: 1 << 20, ...options })
    open.push(cache)
    return cache
  }

  afterEach(() => {
    for (const cache of open.splice(0)) cache.close()
  })

  it('gives back what was set, in kind', () => {
    const cache = fresh()
    const values = [
      'text',
      '',
      'grüße 😀 \u0000',
      'half \ud800 of a pair',
      Buffer.from([0, 255, 128]),
      Buffer.alloc(0),
      0,
      -1.5,
      true,
      false,
      null,
      [],
      { a: [{ b: null }] },
      'x'.repeat(200_000),
      Buffer.alloc(100_000, 7),
      { long: 'ä'.repeat(80_000) }
    ]
    values.forEach((value, i) => assert.strictEqual(cache.set(`k${i}`, value), true))
    values.forEach((value, i) => assert.deepStrictEqual(cache.get(`k${i}`), value))
    assert.deepStrictEqual(cache.getMany(['k0', 'none', 'k4']), ['text', undefined, values[4]])
    assert.strictEqual(cache.set('bytes', new Uint16Array([258])), true)
    assert.deepStrictEqual(cache.get('bytes'), Buffer.from([2, 1]))
    assert.strictEqual(cache.size, values.length + 1)
  })

  it('gives the bytes of any value', () => {
    const cache = fresh()
    cache.set('text', 'ä').set
    cache.set('json', { a: 1 })
    assert.deepStrictEqual(cache.getBuffer('text'), Buffer.from('ä'))
    assert.strictEqual(String(cache.getBuffer('json')), '{"a":1}')
    assert.strictEqual(cache.getBuffer('none'), undefined)
  })

  it('gives copies', () => {
    const cache = fresh()
    const bytes = Buffer.from('abc')
    cache.set('k', bytes)
    bytes[0] = 0
    cache.get('k')[1] = 0
    assert.strictEqual(String(cache.get('k')), 'abc')
    const first = cache.get('k')
    cache.set('other', 'xyz')
    cache.get('other')
    assert.strictEqual(String(first), 'abc', 'the scratch is not shared with what was given out')
  })

  it('keeps odd keys apart', () => {
    const cache = fresh()
    const keys = [
      '',
      '__proto__',
      '\ud800',
      '\ud801',
      '\ufffd',
      '\uffff',
      '"\ud800"',
      'ä'.repeat(400),
      'x'.repeat(65_000)
    ]
    keys.forEach((key, i) => cache.set(key, i))
    assert.deepStrictEqual(
      cache.getMany(keys),
      keys.map((_, i) => i)
    )
    assert.throws(() => cache.get('x'.repeat(65_536)), invalid(/at most 65535 bytes/))
    assert.throws(() => cache.set('ä'.repeat(40_000), 1), invalid(/at most 65535 bytes/))
  })

  it('deletes, clears, expires and counts', async () => {
    const cache = fresh({ ttl: 5000 })
    cache.set('a', 1)
    cache.set('b', 2, { ttl: 10 })
    cache.set('c', 3)
    assert.deepStrictEqual(
      [cache.has('a'), cache.delete('a'), cache.delete('a'), cache.has('a')],
      [true, true, false, false]
    )
    cache.set('c', undefined)
    await sleep(30)
    assert.deepStrictEqual([cache.get('b'), cache.get('c')], [undefined, undefined])
    cache.set('d', 4)
    cache.get('d')
    cache.clear()
    const { hits, misses, sets, expirations, size, hitRatio } = cache.stats()
    assert.deepStrictEqual(
      { hits, misses, sets, expirations, size, hitRatio },
      { hits: 1, misses: 2, sets: 4, expirations: 1, size: 0, hitRatio: 1 / 3 }
    )
  })

  for (const policy of policies) {
    it(`${policy}: stays within its budget`, () => {
      const cache = fresh({ policy, maxBytes: 500_000 })
      for (let i = 0; i < 20_000; i++) {
        cache.set(`key ${(i * i) % 7919}`, 'v'.repeat((i * 13) % 300))
        if (i % 3 === 0) cache.get(`key ${i % 100}`)
      }
      const { bytes, evictions, size } = cache.stats()
      assert.ok(bytes <= 500_000 && evictions > 1000 && size > 500, JSON.stringify(cache.stats()))
    })
  }

  it('does not store what is larger than the budget', () => {
    const cache = fresh({ maxBytes: 1 << 18 })
    cache.set('kept', 1)
    cache.set('large', 'small at first')
    assert.strictEqual(cache.set('large', 'x'.repeat(1 << 18)), false)
    assert.deepStrictEqual([cache.get('kept'), cache.get('large')], [1, undefined])
    assert.deepStrictEqual([cache.stats().rejected, cache.stats().evictions], [1, 0])
  })

  it('is one for all threads that open the name', async () => {
    const options = { maxBytes: 1 << 20 }
    const cache = SharedCache.open('threads', options)
    open.push(cache)
    cache.set('from main', { main: [1] })
    const worker = new Worker(support('shared-cache-worker.js'), {
      workerData: { name: 'threads', options, role: 'once' }
    })
    const exited = once(worker, 'exit')
    assert.deepStrictEqual((await once(worker, 'message'))[0], { main: [1] })
    assert.deepStrictEqual(await exited, [0])
    assert.deepStrictEqual(cache.get('from worker'), { worker: true })
  })

  it('survives workers that are terminated in mid-call', async () => {
    const options = { maxBytes: 1 << 20, policy: 's3fifo' }
    const cache = SharedCache.open('terminated', options)
    open.push(cache)
    const workerData = { name: 'terminated', options, role: 'endless' }
    for (let round = 0; round < 3; round++) {
      const workers = [0, 1].map(
        () => new Worker(support('shared-cache-worker.js'), { workerData })
      )
      await Promise.all(workers.map((worker) => once(worker, 'message')))
      for (let i = 0; i < 2000; i++) cache.get(`key:${i}`)
      await Promise.all(workers.map((worker) => worker.terminate()))
      assert.strictEqual(cache.set('after', round), true)
      assert.strictEqual(cache.get('after'), round)
    }
    assert.ok(cache.stats().sets > 100 && cache.stats().bytes <= options.maxBytes)
  })

  it('holds entries of 200 bytes in a quarter more of resident memory', function () {
    this.timeout(60_000)
    const count = Number(process.env.SHARED_CACHE_ENTRIES ?? 400_000)
    const args = ['--expose-gc', support('shared-cache-memory.js'), String(count)]
    const { size, bytes, grown } = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8' })
    )
    assert.strictEqual(size, count)
    assert.ok(bytes <= count * 250, `${bytes / count} bytes an entry`)
    assert.ok(grown <= count * 250, `${grown / count} bytes an entry are resident`)
    assert.ok(Math.abs(grown - bytes) < bytes * 0.06, `counted ${bytes}, resident ${grown}`)
  })

  it('refuses to be opened twice in two ways', () => {
    const cache = SharedCache.open('two ways', { maxBytes: 1 << 20 })
    open.push(cache, SharedCache.open('two ways', { maxBytes: 1 << 20 }))
    assert.throws(
      () => SharedCache.open('two ways', { maxBytes: 1 << 21 }),
      invalid(/already open with maxBytes 1048576/)
    )
    assert.throws(
      () => SharedCache.open('two ways', { maxBytes: 1 << 20, policy: 'fifo' }),
      invalid(/policy lru/)
    )
  })

  it('takes any ttl', () => {
    const cache = fresh({ ttl: Infinity })
    for (const ttl of [
      undefined,
      0,
      0.1,
      2 ** 33,
      Number.MAX_SAFE_INTEGER,
      2 ** 64 + 2 ** 33,
      1e300,
      Infinity
    ]) {
      cache.set(`${ttl}`, 1, { ttl })
      if (ttl !== 0.1) assert.strictEqual(cache.get(`${ttl}`), 1)
    }
  })

  it('refuses calls after it was closed', () => {
    const cache = fresh()
    cache.close()
    cache.close()
    for (const method of ['get', 'set', 'has', 'delete', 'getBuffer'])
      assert.throws(() => cache[method]('k', 1), invalid(/closed/))
    assert.throws(() => cache.stats(), invalid(/closed/))
  })

  it('refuses bad input', () => {
    const cache = fresh()
    for (const key of [1, null, undefined, {}, Symbol('s')])
      assert.throws(() => cache.get(key), invalid(/^key/))
    const circle = {}
    circle.self = circle
    for (const value of [() => 1, Symbol('s'), 1n, circle])
      assert.throws(() => cache.set('k', value), invalid(/^value/))
    for (const thrown of [null, 'text', Object.create(null), new Error('no')]) {
      const toJSON = () => {
        throw thrown
      }
      assert.throws(() => cache.set('k', { toJSON }), invalid(/^value/))
    }
    for (const ttl of [NaN, -1, '1'])
      assert.throws(() => cache.set('k', 1, { ttl }), invalid(/ttl/))
    for (const maxBytes of [0, 1000, NaN, 1e6 + 0.5, '1e6', undefined, 2 ** 52]) {
      assert.throws(() => SharedCache.open('bad', { maxBytes }), invalid(/maxBytes/))
    }
    assert.throws(
      () => SharedCache.open('bad', { maxBytes: 2 ** 34, shards: 3 }),
      invalid(/at least 4 shards/)
    )
    for (const keys of [undefined, 'abc', 5, {}])
      assert.throws(() => cache.getMany(keys), invalid(/keys/))
    assert.throws(() => new SharedCache(), invalid(/SharedCache.open/))
    assert.throws(
      () => SharedCache.open('bad', { maxBytes: 1 << 20, shards: 100 }),
      invalid(/shards/)
    )
    assert.throws(
      () => SharedCache.open('bad', { maxBytes: 1 << 20, policy: 'siev' }),
      invalid(/did you mean sieve/)
    )
    assert.throws(
      () => SharedCache.open('bad', { maxbytes: 1 << 20 }),
      invalid(/did you mean maxBytes/)
    )
    assert.throws(() => SharedCache.open('', { maxBytes: 1 << 20 }), invalid(/name/))
    assert.throws(() => new SharedCache({}, 0, {}), invalid(/SharedCache.open/))
  })
})
