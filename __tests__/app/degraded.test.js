'use strict'

/** What the service does while something that it needs is away, and when it is back. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const pino = require('pino')
const { readConfig } = require('../../app/config')
const { sampleNames } = require('../../app/exercises/pagination/sample')
const { createService } = require('../../app/service')
const { eventually, startApp, temporaryFolder } = require('../../test-support/app')
const { startRedis } = require('../../test-support/redis-server')

/** Time limits are waited for, several of them in each test. */
const PATIENCE_MS = 60_000

/** No answer may take longer: the time limits of the app, and a slow machine. */
const LONGEST_ANSWER_MS = 5000

const NOTIFICATION = [{ phoneNumber: '4153518743', message: 'hello' }]

/** @param {any} request a supertest request, or any promise */
async function timed(request) {
  const startedAt = performance.now()
  const response = await request
  return { response, ms: performance.now() - startedAt }
}

describe('the app without its Redis', function () {
  this.timeout(PATIENCE_MS)

  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let redis
  /** @type {Awaited<ReturnType<typeof startApp>>} */
  let app

  before(async () => {
    redis = await startRedis()
    app = await startApp({ REDIS_URL: redis.url })
  })

  after(async () => {
    await app.stop()
    await redis.stop()
  })

  const ways = [
    { name: 'is ended', away: () => redis.kill('SIGKILL'), back: () => redis.restart() },
    { name: 'hangs', away: () => redis.kill('SIGSTOP'), back: () => redis.kill('SIGCONT') }
  ]
  for (const { name, away, back } of ways) {
    it(`serves pages, refuses writes and recovers by itself when Redis ${name}`, async () => {
      const known = '/names?page=3&locale=fr'
      await app.get(known).expect(200)
      await app.post('/notifications').send(NOTIFICATION).expect(202)

      await away()
      const hit = await timed(app.get(known))
      assert.equal(hit.response.status, 200)
      assert.equal(hit.response.headers['x-cache'], 'hit')
      for (let page = 10; page < 20; page++) {
        // Of another size each way, so that none is in the cache.
        const { response, ms } = await timed(
          app.get(`/names?page=${page}&page_size=${name.length}`)
        )
        assert.equal(response.headers['x-cache'], 'miss')
        assert.equal(response.status, 200)
        assert.ok(ms < LONGEST_ANSWER_MS, `a page took ${ms} ms`)
      }
      const writes = [
        () => app.post('/notifications').send(NOTIFICATION),
        () => app.get('/reserve_product/4'),
        () => app.get('/reserve_seat')
      ]
      for (let round = 0; round < 4; round++) {
        for (const write of writes) {
          const { response, ms } = await timed(write())
          assert.equal(response.status, 503, response.text)
          assert.match(response.headers['retry-after'], /^\d+$/)
          assert.ok(ms < LONGEST_ANSWER_MS, `a write took ${ms} ms`)
        }
      }
      const seat = await app.get('/reserve_seat')
      assert.deepEqual(seat.body, { status: 'Reservation failed' })
      const problem = await app.post('/notifications?locale=fr').send(NOTIFICATION)
      assert.equal(problem.body.type, '/problems/unavailable')
      assert.equal(problem.body.title, 'Momentanément indisponible')
      assert.doesNotMatch(problem.text, /127\.0\.0\.1|ERR_|Redis/)
      // By now the breakers are open: nobody waits for what is known to be away.
      const { ms } = await timed(app.post('/notifications').send(NOTIFICATION))
      assert.ok(ms < 1000, `with an open circuit it took ${ms} ms`)

      await app.get('/healthz').expect(200)
      const ready = await timed(app.get('/readyz'))
      assert.equal(ready.response.status, 503)
      assert.ok(ready.ms < LONGEST_ANSWER_MS)
      assert.equal(ready.response.body.status, 'degraded')
      assert.equal(ready.response.body.dependencies.queue.status, 'down')
      assert.equal(ready.response.body.dependencies.redis.status, 'down')
      assert.equal(ready.response.body.dependencies.data.status, 'up')
      const { text } = await app.get('/metrics').expect(200)
      assert.match(text, /^circuit_open\{name="queue"\} 1$/m)

      await back()
      const { body } = await eventually(
        () => app.post('/notifications').send(NOTIFICATION),
        ({ status }) => status === 202
      )
      await eventually(
        async () => (await app.get(body.notifications[0].links.self)).body,
        ({ state }) => state === 'complete'
      )
      await eventually(
        () => app.get('/readyz'),
        ({ status }) => status === 200
      )
      await eventually(
        () => app.get('/list_products/4'),
        ({ status }) => status === 200
      )
    })
  }

  it('starts without a Redis, and uses it once it is there', async () => {
    await redis.end()
    const early = await startApp({ REDIS_URL: redis.url })
    try {
      await early.get('/names').expect(200)
      await early.get('/readyz').expect(503)
      await redis.restart()
      await eventually(
        () => early.post('/notifications').send(NOTIFICATION),
        ({ status }) => status === 202
      )
      // The limit is counted in Redis from now on.
      const remaining = async () =>
        Number(/r=(\d+)/.exec((await early.get('/list_products')).headers.ratelimit)?.[1])
      const first = await eventually(remaining, (number) => number > 0)
      assert.ok((await remaining()) < first)
    } finally {
      await early.stop()
    }
  })
})

describe('the app at a Redis that hangs when it starts', function () {
  this.timeout(PATIENCE_MS)

  it('serves pages all the same, and takes Redis up when it answers', async () => {
    const redis = await startRedis()
    await redis.kill('SIGSTOP')
    try {
      const { response: app, ms } = await timed(startApp({ REDIS_URL: redis.url }))
      try {
        assert.ok(ms < LONGEST_ANSWER_MS * 2, `the start took ${ms} ms`)
        await app.get('/names').expect(200)
        await app.get('/readyz').expect(503)
        await redis.kill('SIGCONT')
        await eventually(
          () => app.post('/notifications').send(NOTIFICATION),
          ({ status }) => status === 202
        )
        await eventually(
          () => app.get('/readyz'),
          ({ status }) => status === 200
        )
      } finally {
        await app.stop()
      }
    } finally {
      await redis.stop()
    }
  })
})

describe('the app that is stopped while it starts', () => {
  it('does not begin to serve', async () => {
    // Takes connections and says nothing, so that the start waits.
    const silent = net.createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = /** @type {net.AddressInfo} */ (silent.address())
    const folder = temporaryFolder()
    const env = { DATA_DIR: folder, PORT: '0', REDIS_URL: `redis://127.0.0.1:${port}` }
    const service = await createService(readConfig(env), pino({ level: 'silent' }))
    const starting = service.start()
    await service.close()
    assert.equal(await starting, undefined)
    assert.equal(service.server, undefined)
    silent.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })
})

describe('the app with a file of jobs that is no database', () => {
  it('serves pages, and says of the rest that it is not available', async () => {
    const folder = temporaryFolder()
    fs.writeFileSync(path.join(folder, 'jobs.db'), 'garbage '.repeat(1000))
    const app = await startApp({}, { folder })
    try {
      await app.get('/names').expect(200)
      await app.get('/readyz').expect(503)
      const asked = [
        () => app.get('/analytics'),
        () => app.get('/notifications/1'),
        () => app.post('/notifications').send(NOTIFICATION)
      ]
      for (const ask of asked) {
        const { body, headers, text } = await ask().expect(503)
        assert.equal(body.type, '/problems/unavailable')
        assert.ok(headers['retry-after'])
        assert.doesNotMatch(text, /jobs\.db/)
      }
      const seat = await app.get('/reserve_seat').expect(503)
      assert.deepEqual(seat.body, { status: 'Reservation failed' })
    } finally {
      await app.stop()
      fs.rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('the app without its data file', () => {
  /** @type {string} */
  let folder
  /** @type {string} */
  let file
  /** @type {Awaited<ReturnType<typeof startApp>>} */
  let app

  beforeEach(async () => {
    folder = temporaryFolder()
    file = path.join(folder, 'names.csv')
    fs.writeFileSync(file, sampleNames())
    app = await startApp({ NAMES_CSV: file })
  })

  afterEach(async () => {
    await app.stop()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  it('serves cached pages and says so when the file is gone, and recovers when it is back', async () => {
    const page = await app.get('/names?page=5').expect(200)
    fs.rmSync(file)
    const again = await app.get('/names?page=5').expect(200)
    assert.equal(again.headers['x-cache'], 'hit')
    assert.equal(again.text, page.text)
    const { body } = await app.get('/readyz').expect(503)
    assert.equal(body.status, 'degraded')
    assert.equal(body.dependencies.data.status, 'down')
    assert.equal(body.dependencies.queue.status, 'up')
    fs.writeFileSync(file, sampleNames())
    await eventually(
      () => app.get('/readyz'),
      ({ status }) => status === 200
    )
  })

  it('serves cached pages when the file was spoilt, refuses others, and reads a new one', async () => {
    await app.get('/names?page=5').expect(200)
    fs.writeFileSync(file, 'a,b\n"never closed\n')
    await app.get('/names?page=5').expect(200).expect('X-Cache', 'hit')
    const other = await app.get('/names?page=6')
    assert.equal(other.status, 503)
    assert.equal(other.body.type, '/problems/unavailable')
    assert.ok(other.headers['retry-after'])
    await eventually(
      () => app.get('/readyz'),
      ({ status }) => status === 503
    )
    fs.writeFileSync(file, 'Gender,Count\nFEMALE,1\n')
    const { body } = await eventually(
      () => app.get('/names?page=1'),
      (response) => response.status === 200 && response.body.total === 1
    )
    assert.deepEqual(body.data, [{ Gender: 'FEMALE', Count: '1' }])
    assert.deepEqual(body.labels, { Gender: 'Gender', Count: 'Count' })
    await app.get('/readyz').expect(200)
  })
})
