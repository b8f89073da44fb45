'use strict'

const assert = require('node:assert')
const { setTimeout: sleep } = require('node:timers/promises')
const { Cache, SharedCache, TieredCache } = require('../lib/cache')
const { startRedis } = require('../test-support/redis-server')

describe('TieredCache', () => {
  let server
  const open = []

  before(async () => {
    server = await startRedis()
  })

  after(() => server.stop())

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))

  /** A cache with a first level of its own, as another process would have. */
  function tiered(options) {
    const l1 = new Cache({ max: 100 })
    const cache = new TieredCache({ l1, redis: server.url, ttl: 60_000, ...options })
    open.push(cache)
    return { cache, l1 }
  }

  /** Wait until something holds that other connections bring about. */
  async function until(holds) {
    for (let i = 0; i < 400; i++) {
      if (await holds()) return
      await sleep(5)
    }
    assert.fail(`never held: ${holds}`)
  }

  it('tells keys apart that Unicode cannot write, in every process', async () => {
    const [one, two] = [tiered(), tiered()]
    const keys = ['\ud800', '\ud801', '\ufffd', 'j:"x"', '"x"']
    for (const key of keys) assert.equal(await one.cache.fetch(key, () => `of ${key}`), `of ${key}`)
    const never = () => assert.fail('it is in Redis')
    for (const key of keys) assert.equal(await two.cache.fetch(key, never), `of ${key}`)
    await two.cache.invalidate(keys[0])
    await until(() => one.l1.peek(keys[0]) === undefined)
    assert.equal(one.l1.peek(keys[1]), `of ${keys[1]}`)
  })

  it('keeps numbers that JSON does not have in the first level only', async () => {
    const [one, two] = [tiered(), tiered()]
    for (const value of [NaN, Infinity]) {
      assert.equal(await one.cache.fetch(String(value), () => value), value)
      assert.equal(await two.cache.fetch(String(value), () => 'loaded anew'), 'loaded anew')
    }
  })

  it('asks the first level, then Redis, then the source', async () => {
    const [one, two] = [tiered(), tiered()]
    const value = { deep: [1] }
    assert.strictEqual(await one.cache.fetch('a', () => value), value)
    assert.strictEqual(await one.cache.fetch('a', () => assert.fail('asked again')), value)
    await until(async () => (await server.command('KEYS', '*entry')).length === 1)
    assert.deepStrictEqual(await two.cache.fetch('a', () => assert.fail('asked again')), value)
    assert.deepStrictEqual(two.l1.get('a'), value)
    const { l1Hits, loads } = one.cache.stats()
    assert.deepStrictEqual([l1Hits, loads, two.cache.stats().l2Hits], [1, 1, 1])
  })

  it('loads a key once in a process, and once across processes', async () => {
    let loads = 0
    const loader = async (key) => {
      loads++
      await sleep(60)
      return `${key}!`
    }
    const caches = [tiered().cache, tiered().cache, tiered().cache]
    const asked = caches.flatMap((cache) => [cache.fetch('a', loader), cache.fetch('a', loader)])
    assert.deepStrictEqual(await Promise.all(asked), Array(6).fill('a!'))
    assert.strictEqual(loads, 1)
  })

  it('is not wedged by a process that dies with the lock', async () => {
    await server.command('SET', 'rekue-cache:v1:{s:a}:lock', 'of the dead', 'PX', '150')
    const { cache } = tiered({ lockTtl: 5000 })
    assert.strictEqual(await cache.fetch('a', () => 'loaded'), 'loaded')
    await server.command('SET', 'rekue-cache:v1:{s:b}:lock', 'for ever')
    const impatient = tiered({ lockTtl: 100 }).cache
    assert.strictEqual(await impatient.fetch('b', () => 'loaded'), 'loaded')
  })

  it('passes a failed load on, and the right to load', async () => {
    const { cache } = tiered()
    await assert.rejects(
      cache.fetch('a', () => Promise.reject(new Error('down'))),
      /down/
    )
    assert.strictEqual(await cache.fetch('a', () => 1), 1)
    assert.strictEqual(cache.stats().loadErrors, 1)
  })

  it('invalidates in every process', async () => {
    const [one, two] = [tiered(), tiered()]
    for (const { cache } of [one, two]) await cache.fetch('a', () => 'old')
    await one.cache.fetch(7, () => 'seven')
    await one.cache.invalidate('a')
    assert.strictEqual(one.l1.has('a'), false)
    await until(() => !two.l1.has('a'))
    assert.strictEqual(await two.cache.fetch('a', () => 'new'), 'new')
    await two.cache.invalidate(7)
    await until(() => !one.l1.has(7))
  })

  it('never stores what was loaded before an invalidation', async () => {
    const [one, two] = [tiered(), tiered()]
    await two.cache.fetch('warm', () => 1)
    let finish
    const asked = one.cache.fetch('a', () => new Promise((resolve) => (finish = resolve)))
    await until(() => finish !== undefined)
    await two.cache.invalidate('a')
    await until(() => one.cache.stats().invalidations === 1)
    finish('outdated')
    assert.strictEqual(await asked, 'outdated')
    assert.strictEqual(one.l1.has('a'), false)
    assert.strictEqual(await two.cache.fetch('a', () => 'new'), 'new')
    await until(async () => /new/.test(await server.command('GET', 'rekue-cache:v1:{s:a}:entry')))
  })

  it('takes a corrupt entry for a miss', async () => {
    const key = 'rekue-cache:v1:{s:a}:entry'
    for (const corrupt of ['', 'not json', '{"value":', '[]', 'null', '{"other":1}']) {
      await server.command('SET', key, corrupt, 'PX', '60000')
      assert.strictEqual(await tiered().cache.fetch('a', () => 'loaded'), 'loaded', corrupt)
      await until(async () => (await server.command('GET', key)) === '{"value":"loaded"}')
    }
    await server.command('DEL', key)
    await server.command('RPUSH', key, 'a list')
    assert.strictEqual(await tiered().cache.fetch('a', () => 'loaded'), 'loaded')
  })

  it('falls through to the source within a bound where Redis is slow or down', async () => {
    const { cache, l1 } = tiered({ l2Timeout: 400 })
    await cache.fetch('warm', () => 1)
    await server.kill('SIGSTOP')
    try {
      const start = performance.now()
      assert.strictEqual(await cache.fetch('a', () => 'source'), 'source')
      assert.ok(performance.now() - start < 3000)
      assert.ok(cache.stats().l2Errors > 0)
      const again = performance.now()
      assert.strictEqual(await cache.fetch('b', () => 'source'), 'source')
      assert.ok(
        performance.now() - again < 390,
        'a second level that is down is left alone for a while'
      )
      l1.delete('a')
      await assert.rejects(cache.invalidate('a'), { code: 'ERR_STORE_UNAVAILABLE' })
    } finally {
      await server.kill('SIGCONT')
    }
  })

  it('forgets the first level when it may have missed an invalidation, and recovers', async () => {
    const { cache, l1 } = tiered({ l2Timeout: 200 })
    await cache.fetch('a', () => 'old')
    await server.restart()
    await until(() => !l1.has('a'))
    assert.strictEqual(await cache.fetch('a', () => 'new'), 'new')
  })

  it('serves an expired value if the load fails', async () => {
    const writer = tiered({ ttl: 30, staleIfError: 5000 })
    await writer.cache.fetch('a', () => 'old')
    await until(async () => (await server.command('KEYS', '*entry')).length === 1)
    await sleep(50)
    assert.strictEqual(writer.l1.has('a'), false)
    const { cache } = tiered({ ttl: 30, staleIfError: 5000 })
    assert.strictEqual(await cache.fetch('a', () => Promise.reject(new Error('down'))), 'old')
    assert.strictEqual(cache.stats().stale, 1)
    assert.strictEqual(await cache.fetch('a', () => 'new'), 'new')
  })

  it('jitters the ttl', async () => {
    const { cache, l1 } = tiered({ ttl: 100_000 })
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
    for (const key of keys) await cache.fetch(key, () => 1)
    const left = keys.map((key) => l1.getRemainingTTL(key))
    assert.ok(Math.max(...left) <= 100_000 && Math.min(...left) > 88_000)
    assert.ok(Math.max(...left) - Math.min(...left) > 1000)
  })

  it('keeps prefixes, 1 and "1", and odd keys apart', async () => {
    const [one, two] = [tiered({ prefix: 'one' }), tiered({ prefix: 'two' })]
    assert.strictEqual(await one.cache.fetch('a', () => 1), 1)
    assert.strictEqual(await two.cache.fetch('a', () => 2), 2)
    const keys = [1, '1', '__proto__', '}{', '', 'ä\n:x']
    const fetched = await Promise.all(
      keys.map((key, i) => one.cache.fetch(key, () => `value ${i}`))
    )
    assert.deepStrictEqual(
      fetched,
      keys.map((_, i) => `value ${i}`)
    )
    assert.deepStrictEqual(
      await one.cache.fetch('proto', () => JSON.parse('{"__proto__":{"x":1}}')).then(Object.keys),
      ['__proto__']
    )
    assert.strictEqual({}.x, undefined)
  })

  it('stores nothing of undefined, and in Redis nothing that JSON cannot hold', async () => {
    const { cache, l1 } = tiered()
    assert.strictEqual(await cache.fetch('a', () => undefined), undefined)
    assert.strictEqual(await cache.fetch('b', () => 5n), 5n)
    assert.deepStrictEqual([...l1.keys()], ['b'])
    await cache.close()
    assert.deepStrictEqual(await server.command('KEYS', '*'), [])
  })

  it('survives an invalidation of what its first level cannot hold', async () => {
    const l1 = SharedCache.open('short keys', { maxBytes: 1 << 20 })
    const [one, two] = [tiered().cache, tiered({ l1 }).cache]
    for (const cache of [one, two]) assert.equal(await cache.fetch('a', () => 1), 1)
    const long = 'k'.repeat(70_000)
    await one.fetch(long, () => 1)
    await one.invalidate(long)
    for (const text of ['j:{"a":1}', 'j:[]', 'n:x', '']) {
      await server.command('PUBLISH', 'rekue-cache:v1:invalidate', text)
    }
    await one.invalidate('a')
    await until(() => !l1.has('s:a'))
    assert.equal(two.stats().invalidations, 6)
    assert.equal(await two.fetch('a', () => 2), 2)
    await until(async () => (await server.command('KEYS', '*{s:a}:entry')).length === 1)
    await two.invalidate(long)
    await until(() => one.stats().invalidations === 7)
  })

  it('goes on before a first level that was closed', async () => {
    const l1 = SharedCache.open('closed early', { maxBytes: 1 << 20 })
    const [one, two] = [tiered().cache, tiered({ l1 }).cache]
    await one.fetch('a', () => 1)
    await two.fetch('a', () => 1)
    l1.close()
    await one.invalidate('a')
    await until(() => one.stats().invalidations === 1)
    await two.invalidate('b')
    await until(() => one.stats().invalidations === 2)
    await assert.rejects(
      two.fetch('a', () => 1),
      { code: 'ERR_INVALID_ARG' }
    )
  })

  it('works before a SharedCache', async () => {
    const l1 = SharedCache.open('tiered', { maxBytes: 1 << 20 })
    const { cache } = tiered({ l1 })
    assert.deepStrictEqual(await cache.fetch('a', () => ({ a: 1 })), { a: 1 })
    assert.deepStrictEqual(await cache.fetch('a', () => assert.fail('asked again')), { a: 1 })
    await cache.invalidate('a')
    assert.strictEqual(l1.size, 0)
    await cache.close()
    l1.close()
  })

  it('closes when what is loaded is stored, or could not be stored any more', async () => {
    const { cache } = tiered({ lockTtl: 100 })
    let begun
    const hung = new Promise((resolve) => (begun = resolve))
    cache.fetch('hangs', () => new Promise(() => begun()))
    await hung
    await cache.close()
    const other = tiered({ lockTtl: 5000 }).cache
    let finish
    const loading = new Promise((resolve) => {
      other.fetch('a', () => new Promise((resolveLoad) => resolve((finish = resolveLoad))))
    })
    await loading
    const closed = other.close()
    finish('loaded')
    await closed
    assert.strictEqual(
      await server.command('GET', 'rekue-cache:v1:{s:a}:entry'),
      '{"value":"loaded"}'
    )
  })

  it('takes a ttl beyond what Redis can hold', async () => {
    const [one, two] = [1, 2].map(() => tiered({ ttl: 1e300, staleIfError: 1e300 }).cache)
    assert.strictEqual(await one.fetch('a', () => 1), 1)
    await until(async () => (await server.command('KEYS', '*entry')).length === 1)
    assert.strictEqual(await two.fetch('a', () => 2), 1)
    assert.deepStrictEqual([one.stats().l2Errors, two.stats().l2Hits], [0, 1])
  })

  it('refuses bad input, and calls after it was closed', async () => {
    const l1 = new Cache({ max: 1 })
    const good = { l1, redis: server.url, ttl: 1000 }
    const bads = [
      { l1: new Map() },
      { redis: 1 },
      { redis: 'http://host' },
      { ttl: NaN },
      { ttl: undefined },
      { prefix: '' },
      { lockTtl: 2 ** 32 + 5 },
      { l2Timeout: 2 ** 31 },
      { prefx: 'x' }
    ]
    for (const bad of bads)
      assert.throws(() => new TieredCache({ ...good, ...bad }), { code: 'ERR_INVALID_ARG' })
    const { cache } = tiered()
    await assert.rejects(cache.fetch('a'), { code: 'ERR_INVALID_ARG' })
    await assert.rejects(
      cache.fetch({}, () => 1),
      { code: 'ERR_INVALID_ARG' }
    )
    await cache.close()
    await assert.rejects(
      cache.fetch('a', () => 1),
      { code: 'ERR_INVALID_ARG' }
    )
  })
})
