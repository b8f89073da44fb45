'use strict'

/** No place is given twice, on either store, whoever asks at once. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const pino = require('pino')
const { AppRedis } = require('../../app/stores/redis')
const { openReservations } = require('../../app/stores/reservations')
const { eventually, spawnApp, temporaryFolder } = require('../../test-support/app')
const { startRedis } = require('../../test-support/redis-server')

const BUYERS = 200

/** Each starts programs, on a machine that may be busy. */
const PATIENCE_MS = 60_000

/** @param {string} url */
function read(url, agent) {
  return new Promise((resolve, reject) => {
    const asked = http.get(url, { agent }, (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (chunk) => (text += chunk))
      res.on('end', () => resolve({ status: res.statusCode, body: JSON.parse(text) }))
    })
    asked.on('error', reject)
  })
}

/** @param {{ status: string }[]} bodies @param {string} status */
const count = (bodies, status) => bodies.filter((body) => body.status === status).length

for (const onRedis of [false, true]) {
  describe(`reservations on ${onRedis ? 'Redis' : 'the embedded store'}`, function () {
    this.timeout(PATIENCE_MS)

    /** @type {Awaited<ReturnType<typeof startRedis>> | undefined} */
    let redis
    /** @type {string} */
    let folder

    before(async () => {
      if (onRedis) redis = await startRedis()
    })

    beforeEach(async () => {
      folder = temporaryFolder()
      await redis?.command('FLUSHALL')
    })

    afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

    after(() => redis?.stop())

    describe('one by one', () => {
      /** @type {AppRedis | undefined} */
      let client
      /** @type {import('../../app/stores/reservations').Reservations} */
      let reservations

      beforeEach(async () => {
        if (redis) client = new AppRedis(redis.url, pino({ level: 'silent' }))
        await client?.settled()
        reservations = openReservations({ folder, redis: client })
      })

      afterEach(() => client?.close())

      it('gives each holder a place of his own until there is none', async () => {
        assert.equal(await reservations.taken('row'), 0)
        const places = []
        for (const holder of ['a', 'b', 'c']) {
          places.push(await reservations.reserve('row', 3, holder))
        }
        assert.deepEqual(places.sort(), [1, 2, 3])
        assert.equal(await reservations.reserve('row', 3, 'd'), null)
        assert.equal(await reservations.taken('row'), 3)
        assert.equal(await reservations.taken('another row'), 0)
      })

      it('gives a holder who asks again the place that he has', async () => {
        const place = await reservations.reserve('row', 2, 'a')
        await reservations.reserve('row', 2, 'b')
        assert.equal(await reservations.reserve('row', 2, 'a'), place)
        assert.equal(await reservations.taken('row'), 2)
      })

      it('gives every place once to many at the same time', async () => {
        const asked = Array.from({ length: 50 }, (_, i) => reservations.reserve('row', 20, `h${i}`))
        const given = (await Promise.all(asked)).filter((place) => place !== null)
        assert.equal(given.length, 20)
        assert.equal(new Set(given).size, 20)
        assert.equal(await reservations.taken('row'), 20)
      })
    })

    it('sells nothing twice to 200 buyers at two processes', async () => {
      const env = { DATA_DIR: folder, ...(redis ? { REDIS_URL: redis.url } : {}) }
      const apps = await Promise.all([spawnApp(env), spawnApp(env)])
      const agent = new http.Agent({ keepAlive: true, maxSockets: BUYERS })
      try {
        const all = (/** @type {string} */ target) =>
          Promise.all(
            Array.from({ length: BUYERS }, async (_, buyer) => {
              const { status, body } = await read(apps[buyer % 2].url + target, agent)
              assert.equal(status, 200)
              return body
            })
          )
        const bought = await all('/reserve_product/2')
        assert.equal(count(bought, 'Reservation confirmed'), 10)
        assert.equal(count(bought, 'Not enough stock available'), 190)
        const stock = await read(`${apps[0].url}/list_products/2`, agent)
        assert.equal(stock.body.currentQuantity, 0)

        const seats = await all('/reserve_seat')
        assert.equal(count(seats, 'Reservation in process'), BUYERS)
        for (const { url } of apps) await read(`${url}/process`, agent)
        const { body } = await eventually(
          () => read(`${apps[1].url}/analytics`, agent),
          (answer) => answer.body.queue.complete + answer.body.queue.failed === BUYERS
        )
        assert.equal(body.queue.complete, 50)
        assert.equal(body.queue.failed, 150)
        const left = await read(`${apps[0].url}/available_seats`, agent)
        assert.deepEqual(left.body, { numberOfAvailableSeats: '0' })
        if (!redis) {
          const folderOfSeats = path.join(folder, 'reservations', 'seats')
          const holders = fs
            .readdirSync(folderOfSeats)
            .map((file) => fs.readFileSync(path.join(folderOfSeats, file), 'utf8'))
          assert.equal(new Set(holders).size, 50)
        }
      } finally {
        agent.destroy()
        for (const app of apps) app.child.kill('SIGTERM')
        await Promise.all(apps.map((app) => app.ended))
      }
      for (const app of apps) assert.equal(app.child.exitCode, 0, app.errors)
    })
  })
}
