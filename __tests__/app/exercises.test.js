'use strict'

/** The exercises with an Express server of their own, as programs. */

const assert = require('node:assert/strict')
const supertest = require('supertest')
const { loadExerciseI18n, exercisePage } = require('../../app/exercises/i18n/page')
const { eventually } = require('../../test-support/app')
const { freePort } = require('../../test-support/ports')
const { startRedis } = require('../../test-support/redis-server')
const { runScript } = require('../../test-support/script')

/**
 * Start an exercise, and wait until it serves.
 * @param {string} file
 * @param {NodeJS.ProcessEnv} env
 */
async function startExercise(file, env) {
  const port = await freePort()
  const script = runScript(`app/exercises/${file}`, { env: { PORT: String(port), ...env } })
  const agent = supertest(`http://127.0.0.1:${port}`)
  await eventually(
    () =>
      agent.get('/').then(
        () => true,
        () => false
      ),
    (answered) => answered
  )
  return { script, get: (/** @type {string} */ path) => agent.get(path) }
}

describe('the exercises that serve', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let redis
  /** @type {Awaited<ReturnType<typeof startExercise>>} */
  let exercise

  before(async () => {
    redis = await startRedis()
  })

  beforeEach(() => redis.command('FLUSHALL'))

  afterEach(() => exercise.script.end())

  after(() => redis.stop())

  it('9-stock: four confirmations of item 1, the fifth refused', async () => {
    exercise = await startExercise('queuing/9-stock.js', { REDIS_URL: redis.url })
    const { get } = exercise
    const list = await get('/list_products')
    assert.equal(list.headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(
      list.text,
      '[{"itemId":1,"itemName":"Suitcase 250","price":50,"initialAvailableQuantity":4},' +
        '{"itemId":2,"itemName":"Suitcase 450","price":100,"initialAvailableQuantity":10},' +
        '{"itemId":3,"itemName":"Suitcase 650","price":350,"initialAvailableQuantity":2},' +
        '{"itemId":4,"itemName":"Suitcase 1050","price":550,"initialAvailableQuantity":5}]'
    )
    const asked = await Promise.all(Array.from({ length: 5 }, () => get('/reserve_product/1')))
    const texts = asked.map(({ text }) => text).sort()
    assert.deepEqual(texts, [
      '{"status":"Not enough stock available","itemId":1}',
      ...Array(4).fill('{"status":"Reservation confirmed","itemId":1}')
    ])
    assert.equal(
      (await get('/list_products/1')).text,
      '{"itemId":1,"itemName":"Suitcase 250","price":50,"initialAvailableQuantity":4,"currentQuantity":0}'
    )
    assert.equal(await redis.command('GET', 'item.1'), '4')
    for (const path of ['/list_products/12', '/reserve_product/12']) {
      const { text, status } = await get(path)
      assert.equal(status, 200)
      assert.equal(text, '{"status":"Product not found"}')
    }
  })

  it('100-seat: fifty seats, then blocked', async () => {
    exercise = await startExercise('queuing/100-seat.js', { REDIS_URL: redis.url })
    const { get, script } = exercise
    assert.equal((await get('/available_seats')).text, '{"numberOfAvailableSeats":"50"}')
    assert.equal((await get('/reserve_seat')).text, '{"status":"Reservation in process"}')
    assert.equal((await get('/process')).text, '{"status":"Queue processing"}')
    for (let seat = 2; seat <= 50; seat++) {
      assert.equal((await get('/reserve_seat')).text, '{"status":"Reservation in process"}')
    }
    const lines = await script.lines(50)
    assert.deepEqual(
      lines.sort(),
      Array.from({ length: 50 }, (_, i) => `Seat reservation job ${i + 1} completed`).sort()
    )
    assert.equal((await get('/reserve_seat')).text, '{"status":"Reservation are blocked"}')
    assert.equal((await get('/available_seats')).text, '{"numberOfAvailableSeats":"0"}')
  })

  it('100-seat: a job without a seat fails', async () => {
    exercise = await startExercise('queuing/100-seat.js', { REDIS_URL: redis.url })
    const { get, script } = exercise
    for (let seat = 1; seat <= 51; seat++) await get('/reserve_seat')
    await get('/process')
    const lines = await script.lines(51)
    assert.ok(lines.includes('Seat reservation job 51 failed: Not enough seats available'))
  })

  it('i18n: the page at the root, for the user who logs in', async () => {
    exercise = await startExercise('i18n/app.js', {})
    const { text, headers } = await exercise.get('/?login_as=1')
    assert.match(headers['content-type'], /^text\/html/)
    assert.match(text, /<h1>Bonjour monde!<\/h1>/)
    await exercise.get('/nothing').expect(404)
  })
})

describe('the page of the i18n exercise', () => {
  const NOW = new Date('2020-01-21T05:55:39Z')
  /** @type {any} */
  let texts

  before(async () => {
    texts = await loadExerciseI18n()
  })

  /** @param {object} query @param {string} [header] */
  const page = (query, header) => exercisePage(texts, query, header, NOW)

  it('takes locale and zone from the address, the user, the request, the default', () => {
    const cases = [
      [{}, undefined, 'en', 'UTC'],
      [{}, 'fr-FR,fr;q=0.9,en;q=0.8', 'fr', 'UTC'],
      [{}, 'en;q=0.5,fr;q=0.4', 'en', 'UTC'],
      [{}, 'de', 'en', 'UTC'],
      [{ locale: 'fr' }, 'en', 'fr', 'UTC'],
      [{ locale: 'kg' }, 'fr', 'fr', 'UTC'],
      [{ login_as: '1' }, 'en', 'fr', 'Europe/Paris'],
      [{ login_as: '2' }, 'fr', 'en', 'US/Central'],
      [{ login_as: '3' }, 'fr', 'fr', 'UTC'],
      [{ login_as: '3' }, undefined, 'en', 'UTC'],
      [{ login_as: '4' }, 'fr', 'fr', 'Europe/London'],
      [{ login_as: '5' }, undefined, 'en', 'UTC'],
      [{ login_as: 'x' }, undefined, 'en', 'UTC'],
      [{ login_as: '1', locale: 'en' }, undefined, 'en', 'Europe/Paris'],
      [{ login_as: '1', timezone: 'Bogus' }, undefined, 'fr', 'Europe/Paris'],
      [{ login_as: '1', timezone: 'Asia/Tokyo' }, undefined, 'fr', 'Asia/Tokyo']
    ]
    for (const [query, header, locale, timezone] of cases) {
      const { body: _, ...found } = page(query, header)
      assert.deepEqual(found, { locale, timezone }, JSON.stringify([query, header]))
    }
  })

  it('says who is there and what time it is, in the words of the exercise', () => {
    const english = page({ login_as: '2', timezone: 'UTC' }).body
    assert.match(english, /<title>Welcome to Holberton<\/title>/)
    assert.match(english, /<h1>Hello world!<\/h1>/)
    assert.match(english, /<p>You are logged in as Beyonce\.<\/p>/)
    const time = new Intl.DateTimeFormat('en', {
      dateStyle: 'medium',
      timeStyle: 'medium',
      timeZone: 'UTC'
    }).format(NOW)
    assert.ok(english.includes(`<p>The current time is ${time}.</p>`), english)
    const french = page({ locale: 'fr' }).body
    assert.match(french, /<p>Vous n'êtes pas connecté\.<\/p>/)
    assert.match(french, /<p>Nous sommes le 21 janv\. 2020/)
  })
})
