'use strict'

const assert = require('node:assert/strict')
const { ask, rekue, saved, setUp } = require('../../test-support/queues')
const { CLIENTS, quit } = require('../../test-support/redis-clients')
const { startRedis } = require('../../test-support/redis-server')
const { redis, sqlite } = require('../../test-support/stores')

describe('queue.client on Redis', () => {
  const t = setUp(redis)

  it('is made when it is first asked for, and is the same from then on', async () => {
    const queue = t.queue()
    await saved(queue.create('a'))
    assert.equal(queue.client, queue.client)
    assert.equal(await ask(queue.client, 'get', queue.client.getKey('ids')), '1')
    assert.equal(queue.client.selected_db ?? 0, 0)
    assert.equal(queue.client.options.host, '127.0.0.1')
  })

  it('writes the keys of its prefix, in braces where the queue does', () => {
    assert.equal(t.queue({ prefix: 'mine' }).client.getKey('jobs'), 'mine:jobs')
    assert.equal(t.queue({ hashTag: true }).client.getKey('jobs'), '{q}:jobs')
  })

  it('is null once the queue is closed', async () => {
    const queue = t.queue()
    assert.ok(queue.client)
    await queue.close()
    assert.equal(queue.client, null)
  })
})

describe('a queue over a Unix socket', () => {
  const t = setUp(redis)

  // Kue does as well, but selects the database "null" there, and tells of the error.
  it('works as over a port, its client too', async () => {
    const server = await startRedis({ socket: true })
    t.later(() => server.stop())
    const { socket } = server
    const queue = t.queue({ store: undefined, redis: { socket, db: 2 } })
    queue.process('sum', async (job) => job.data.a + 1)
    const job = await queue.add('sum', { a: 1 })
    assert.equal(await job.finished(), 2)
    assert.equal(await ask(queue.client, 'hget', 'q:job:1', 'state'), 'complete')
    assert.equal(queue.client.selected_db, 2)
  })
})

describe('a queue that is given a client', () => {
  const t = setUp(redis)

  for (const [name, { createClient }] of Object.entries(CLIENTS)) {
    it(`is where that is connected to: ${name}`, async () => {
      const client = createClient(/** @type {any} */ (redis.options()).store, { db: 1 })
      t.later(() => quit(client))
      const queue = t.queue({ store: undefined, redis: client })
      queue.process('sum', async (job) => job.data.a + 1)
      const job = await queue.add('sum', { a: 1 })
      assert.equal(await job.finished(), 2)
      assert.equal(await ask(client, 'hget', 'q:job:1', 'state'), 'complete')
      assert.equal(await ask(queue.client, 'hget', 'q:job:1', 'state'), 'complete')
    })
  }
})

describe('queue.client on a file', () => {
  const t = setUp(sqlite)

  it('has Kue’s helpers, and commands that say why there are none', () => {
    const { client } = t.queue({ prefix: 'mine' })
    assert.deepEqual(
      [client.prefix, client.getKey('jobs'), client.createFIFO(12), client.stripFIFO('02|12')],
      ['mine', 'mine:jobs', '02|12', 12]
    )
    for (const command of ['get', 'HGETALL', 'zrange', 'flushall', 'multi', 'publish']) {
      assert.throws(
        () => client[command]('key', () => {}),
        { code: 'ERR_INVALID_ARG', name: 'TypeError', message: /not on one Redis/ },
        command
      )
    }
    assert.deepEqual([client.options, client.connected], [{}, false])
  })

  it('leaves rekue.redis without clients, too', () => {
    t.queue()
    assert.throws(() => rekue.redis.createClientFactory(), { code: 'ERR_INVALID_ARG' })
    assert.throws(() => rekue.redis.client().get('key'), { code: 'ERR_INVALID_ARG' })
  })
})
