'use strict'

const assert = require('node:assert')
const { setTimeout: sleep } = require('node:timers/promises')
const { Cache } = require('../lib/cache')
const { takeClock } = require('../test-support/clock')

/** A loader whose calls are settled by hand. */
function held() {
  const calls = []
  const loader = (key, stale, context) =>
    new Promise((resolve, reject) => calls.push({ key, stale, ...context, resolve, reject }))
  return { loader, calls }
}

describe('cache.fetch', () => {
  it('loads a key once, however many ask', async () => {
    const { loader, calls } = held()
    const cache = new Cache({ max: 5, fetchMethod: loader })
    const asked = [
      cache.fetch('a'),
      cache.fetch('a'),
      cache.fetch('a', { forceRefresh: true }),
      cache.fetch('b')
    ]
    assert.deepStrictEqual(
      calls.map((call) => call.key),
      ['a', 'b']
    )
    const value = {}
    calls[0].resolve(value)
    calls[1].resolve(2)
    assert.deepStrictEqual(await Promise.all(asked), [value, value, value, 2])
    assert.strictEqual(await cache.fetch('a'), value)
    assert.strictEqual(cache.get('a'), value)
    const { loads, hits, misses } = cache.stats()
    assert.deepStrictEqual({ loads, hits, misses }, { loads: 2, hits: 2, misses: 4 })
  })

  it('takes a loader of its own, and ttl and size from it', async () => {
    const cache = new Cache({ max: 5, maxSize: 100, ttl: 1 })
    const loader = async (key, stale, { options }) =>
      Object.assign(options, { ttl: 5000, size: 60 }) && key
    assert.strictEqual(await cache.fetch('a', { loader }), 'a')
    assert.ok(cache.getRemainingTTL('a') > 1000 && cache.calculatedSize === 60)
  })

  it('is a get without a loader', async () => {
    const cache = new Cache({ max: 5 }).set('a', 1)
    assert.deepStrictEqual([await cache.fetch('a'), await cache.fetch('b')], [1, undefined])
    assert.deepStrictEqual([cache.stats().hits, cache.stats().misses], [1, 1])
  })

  it('hands failures to all who ask, and loads anew after that', async () => {
    let calls = 0
    const cache = new Cache({
      max: 5,
      fetchMethod() {
        if (calls++ === 0) throw new Error('down')
        return 'up'
      }
    })
    const both = await Promise.allSettled([cache.fetch('a'), cache.fetch('a')])
    assert.deepStrictEqual(
      both.map((each) => each.reason?.message),
      ['down', 'down']
    )
    assert.strictEqual(await cache.fetch('a'), 'up')
    assert.deepStrictEqual([cache.stats().loads, cache.stats().loadErrors], [2, 1])
  })

  it('serves stale and revalidates behind it', async () => {
    const { loader, calls } = held()
    const cache = new Cache({ max: 5, ttl: 5, allowStale: true, fetchMethod: loader }).set(
      'a',
      'old'
    )
    await sleep(15)
    assert.deepStrictEqual([await cache.fetch('a'), await cache.fetch('a')], ['old', 'old'])
    assert.deepStrictEqual([calls.length, calls[0].stale], [1, 'old'])
    const fresh = cache.fetch('a', { forceRefresh: true })
    calls[0].resolve('new')
    assert.strictEqual(await fresh, 'new')
    assert.strictEqual(cache.get('a'), 'new')
  })

  it('survives a failed revalidation that nobody waits for', async () => {
    const cache = new Cache({
      max: 5,
      ttl: 5,
      allowStale: true,
      fetchMethod: () => Promise.reject(new Error('down'))
    })
    cache.set('a', 'old')
    await sleep(15)
    assert.strictEqual(await cache.fetch('a'), 'old')
    await sleep(1)
    assert.strictEqual(cache.stats().loadErrors, 1)
  })

  describe('and time', () => {
    let clock
    const fetchMethod = () => Promise.reject(new Error('down'))

    beforeEach(() => {
      clock = takeClock()
    })

    afterEach(() => clock.release())

    it('serves stale if the load fails, for so long', async () => {
      const cache = new Cache({ max: 5, ttl: 10_000, staleIfError: 60_000, fetchMethod })
      cache.set('a', 'old')
      await clock.advance(20_000)
      assert.strictEqual(cache.get('a'), undefined)
      assert.strictEqual(await cache.fetch('a'), 'old')
      await assert.rejects(cache.fetch('b'), /down/)
      await clock.advance(60_000)
      await assert.rejects(cache.fetch('a'), /down/)
    })

    it('remembers failures for a time that doubles', async () => {
      const cache = new Cache({ max: 5, negativeTtl: 30_000, negativeTtlMax: 100_000, fetchMethod })
      const loadsAfter = async (ms) => {
        await clock.advance(ms)
        await assert.rejects(cache.fetch('a'), /down/)
        return cache.stats().loads
      }
      assert.deepStrictEqual([await loadsAfter(0), await loadsAfter(1000)], [1, 1])
      assert.strictEqual(await loadsAfter(40_000), 2)
      assert.strictEqual(await loadsAfter(40_000), 2, 'the second pause is 60 s')
      assert.strictEqual(await loadsAfter(30_000), 3)
      assert.strictEqual(await loadsAfter(90_000), 3, 'the third pause is 100 s, the longest')
      assert.strictEqual(await loadsAfter(20_000), 4)
      assert.strictEqual(await loadsAfter(110_000), 5)
      await assert.rejects(cache.fetch('a', { forceRefresh: true }), /down/)
      assert.strictEqual(cache.stats().loads, 6)
      cache.delete('a')
      assert.strictEqual(await loadsAfter(0), 7)
    })
  })

  it('remembers that there is nothing, and stores no undefined', async () => {
    let calls = 0
    const fetchMethod = () => void calls++
    const [plain, negative] = [0, 1000].map(
      (negativeTtl) => new Cache({ max: 5, negativeTtl, fetchMethod })
    )
    for (const cache of [plain, plain, negative, negative])
      assert.strictEqual(await cache.fetch('a'), undefined)
    assert.deepStrictEqual([calls, plain.size, negative.size], [3, 0, 0])
    assert.strictEqual(await negative.set('a', 1).fetch('a'), 1)
  })

  it('gives up waiting on a signal, and the load when nobody waits', async () => {
    const { loader, calls } = held()
    const cache = new Cache({ max: 5, fetchMethod: loader })
    const [one, two] = [new AbortController(), new AbortController()]
    const asked = [one, two].map(({ signal }) => cache.fetch('a', { signal }))
    await sleep(1)
    one.abort(new Error('enough'))
    await assert.rejects(asked[0], /enough/)
    assert.strictEqual(calls[0].signal.aborted, false)
    two.abort()
    await assert.rejects(asked[1], { name: 'AbortError' })
    assert.strictEqual(calls[0].signal.aborted, true)
    const again = cache.fetch('a')
    calls[0].resolve('late')
    calls[1].resolve('good')
    assert.strictEqual(await again, 'good')
    assert.strictEqual(cache.get('a'), 'good')
    await assert.rejects(cache.fetch('a', { signal: AbortSignal.abort() }), { name: 'AbortError' })
  })

  it('leaves a key alone that was set, deleted or cleared meanwhile', async () => {
    for (const [change, expected] of [
      [(cache) => cache.set('a', 'mine'), 'mine'],
      [(cache) => cache.delete('a'), undefined],
      [(cache) => cache.clear(), undefined]
    ]) {
      const { loader, calls } = held()
      const cache = new Cache({ max: 5, fetchMethod: loader })
      const asked = cache.fetch('a')
      change(cache)
      calls[0].resolve('loaded')
      assert.strictEqual(await asked, 'loaded')
      assert.strictEqual(cache.peek('a'), expected)
    }
  })

  it('refuses bad options', async () => {
    const cache = new Cache({ max: 5 })
    for (const options of [
      { loader: 1 },
      { signal: {} },
      { forceRefresh: 1 },
      { laoder() {} },
      null
    ]) {
      await assert.rejects(cache.fetch('a', options), { code: 'ERR_INVALID_ARG' })
    }
  })
})
