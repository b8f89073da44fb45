'use strict'

const assert = require('node:assert/strict')
const { ask, rekue, saved, setUp } = require('../../test-support/queues')
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
