'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { freePort } = require('../../test-support/ports')
const { runScript } = require('../../test-support/script')
const { startRedis } = require('../../test-support/redis-server')

const FOLDER = 'app/exercises/queuing'
const AS_NODE_REDIS = path.join(__dirname, '../../test-support/rekue-redis-is-node-redis.js')
const CONNECTED = 'Redis client connected to the server'

for (const implementation of /** @type {const} */ (['rekue/redis', 'redis@2.8'])) {
  describe(`the Redis exercises on ${implementation}`, () => {
    /** @type {import('../../test-support/redis-server').RedisServer} */
    let server
    /** @type {import('../../test-support/script').Script[]} */
    let scripts
    beforeEach(async () => {
      server = await startRedis()
      await server.command('SET', 'Holberton', 'School')
      scripts = []
    })
    afterEach(async () => {
      await Promise.all(scripts.map((script) => script.end()))
      await server.stop()
    })

    /** @param {string} name @param {string} [url] */
    const exercise = (name, url = server.url) => {
      const nodeArgs =
        implementation === 'redis@2.8' ? ['--no-deprecation', '--require', AS_NODE_REDIS] : []
      const script = runScript(`${FOLDER}/${name}`, { env: { REDIS_URL: url }, nodeArgs })
      scripts.push(script)
      return script
    }

    /** @param {import('../../test-support/script').Script[]} scripts */
    const stayAlive = (...scripts) => {
      for (const { running, file, errors } of scripts) {
        assert.equal(running, true, `${file} has ended`)
        assert.equal(errors, '', file)
      }
    }

    it('0: tells that it is connected, and stays so', async () => {
      const script = exercise('0-redis_client.js')
      assert.deepEqual(await script.lines(1), [CONNECTED])
      const connected = async () => /cmd=info/.test(await server.command('CLIENT', 'LIST'))
      while (!(await connected()));
      stayAlive(script)
    })

    it('0: without a server tells of each attempt, and lives on', async () => {
      const port = await freePort()
      const started = Date.now()
      const script = exercise('0-redis_client.js', `redis://127.0.0.1:${port}`)
      const line =
        'Redis client not connected to the server: ' +
        `Error: Redis connection to 127.0.0.1:${port} failed - connect ECONNREFUSED 127.0.0.1:${port}`
      assert.deepEqual(await script.lines(4), [line, line, line, line])
      // 200 ms, then 1.7 times as much each time: never sooner.
      assert.ok(Date.now() - started >= 200 + 340 + 578)
      stayAlive(script)
    })

    it('0: connects once there is a server', async () => {
      const { port } = server
      await server.end()
      const script = exercise('0-redis_client.js')
      const [first] = await script.lines(1)
      assert.match(first, new RegExp(`ECONNREFUSED 127.0.0.1:${port}$`))
      await server.launch()
      while (!(await script.lines(script.printed.length)).includes(CONNECTED)) {
        await script.lines(script.printed.length + 1)
      }
      stayAlive(script)
    })

    it('1: reads, writes and reads', async () => {
      const script = exercise('1-redis_op.js')
      assert.deepEqual(await script.lines(4), [CONNECTED, 'School', 'Reply: OK', '100'])
      stayAlive(script)
    })

    it('1: logs null for a key that is not there', async () => {
      await server.command('DEL', 'Holberton')
      const script = exercise('1-redis_op.js')
      assert.deepEqual(await script.lines(4), [CONNECTED, 'null', 'Reply: OK', '100'])
    })

    it('2: the same with promises', async () => {
      const script = exercise('2-redis_op_async.js')
      assert.deepEqual(await script.lines(4), [CONNECTED, 'School', 'Reply: OK', '100'])
      stayAlive(script)
    })

    it('4: writes a hash, and reads it as a plain object', async () => {
      const object = [
        '{',
        "  Portland: '50',",
        "  Seattle: '80',",
        "  'New York': '20',",
        "  Bogota: '20',",
        "  Cali: '40',",
        "  Paris: '2'",
        '}'
      ]
      const first = exercise('4-redis_advanced_op.js')
      assert.deepEqual(await first.lines(14), [...Array(6).fill('Reply: 1'), ...object])
      const second = exercise('4-redis_advanced_op.js')
      assert.deepEqual(await second.lines(14), [...Array(6).fill('Reply: 0'), ...object])
      stayAlive(first, second)
    })

    it('5: the subscriber hears what is published until it shall stop', async () => {
      const subscriber = exercise('5-subscriber.js')
      await subscriber.lines(1)
      const subscribed = async () => {
        const [, count] = await server.command('PUBSUB', 'NUMSUB', 'holberton school channel')
        return count === 1
      }
      while (!(await subscribed()));
      const publisher = exercise('5-publisher.js')
      assert.equal(await subscriber.exit(), 0)
      const messages = [1, 2].map((n) => `Holberton Student #${n} starts course`)
      assert.deepEqual(subscriber.printed, [CONNECTED, ...messages])
      const last = 'Holberton Student #3 starts course'
      assert.deepEqual(await publisher.lines(5), [
        CONNECTED,
        ...[...messages, 'KILL_SERVER', last].map((message) => `About to send ${message}`)
      ])
      stayAlive(publisher)
    })
  })
}
