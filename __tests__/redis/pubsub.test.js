'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { startRedis } = require('../../test-support/redis-server')
const { CLIENTS, outcome, quit } = require('../../test-support/redis-clients')

const EVENTS = [
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'message',
  'pmessage',
  'message_buffer',
  'pmessageBuffer'
]

describe('publish and subscribe', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server
  before(async () => (server = await startRedis()))
  after(() => server.stop())

  /**
   * Play the same with each client, and assert that the same was heard.
   * @param {(client: any, log: any[]) => Promise<void>} play
   * @param {object} [options]
   * @param {string[]} [events]
   */
  async function same(play, options = {}, events = EVENTS.slice(0, 6)) {
    const logs = {}
    for (const [name, redis] of Object.entries(CLIENTS)) {
      const client = redis.createClient(server.port, { ...options })
      const log = (logs[name] = [])
      for (const event of events) client.on(event, (...heard) => log.push([event, ...heard]))
      await play(client, log)
      await quit(client)
    }
    assert.deepEqual(logs.rekue, logs['redis@2.8'])
    assert.deepEqual(logs.rekue, logs['redis@3.1'])
    return logs.rekue
  }

  const publish = (channel, message) => server.command('PUBLISH', channel, message)

  it('messages of channels and patterns reach their events', async () => {
    const log = await same(async (client, log) => {
      log.push(await outcome((callback) => client.subscribe('one', 'two', callback)))
      log.push(await outcome((callback) => client.psubscribe(['o*', 'x*'], callback)))
      const heard = once(client, 'pmessage')
      await publish('two', 'grün')
      await publish('one', '')
      await heard
    })
    assert.deepEqual(log.slice(-3), [
      ['message', 'two', 'grün'],
      ['message', 'one', ''],
      ['pmessage', 'o*', 'one', '']
    ])
  })

  it('commands around a subscription get their own replies', () =>
    same(async (client, log) => {
      const hear = (error, reply) => log.push([error && error.code, reply])
      client.set('key', 'value', hear)
      client.subscribe('one', hear)
      client.get('key', (error) => log.push(['refused', error.code, error.command]))
      client.unsubscribe('one', hear)
      log.push(await outcome((callback) => client.get('key', callback)))
    }))

  it('unsubscribing from all leaves subscriber mode', () =>
    same(async (client, log) => {
      await outcome((callback) => client.subscribe('one', callback))
      log.push(await outcome((callback) => client.unsubscribe(callback)))
      log.push(await outcome((callback) => client.unsubscribe('none', callback)))
      log.push(await outcome((callback) => client.unsubscribe(callback)))
      log.push(await outcome((callback) => client.echo('mine', callback)))
      log.push(await outcome((callback) => client.lrange('none', 0, -1, callback)))
    }))

  it('ping and quit work while subscribed', () =>
    same(async (client, log) => {
      await outcome((callback) => client.subscribe('one', callback))
      log.push(await outcome((callback) => client.ping(callback)))
      log.push(await outcome((callback) => client.ping('text', callback)))
    }))

  it('subscribing before the connection is up works', () =>
    same(async (client, log) => {
      client.subscribe('one')
      client.SUBSCRIBE('two')
      log.push(await outcome((callback) => client.psubscribe('t*', callback)))
      const heard = once(client, 'pmessage')
      await publish('two', 'hello')
      await heard
    }))

  it('in a batch', () =>
    same(async (client, log) => {
      log.push(await outcome((callback) => client.batch().subscribe('one').exec(callback)))
      const heard = once(client, 'message')
      await publish('one', 'hello')
      await heard
    }))

  for (const options of [{}, { detect_buffers: true }]) {
    it(`message_buffer gives Buffers beside text, ${JSON.stringify(options)}`, () =>
      same(
        async (client, log) => {
          log.push(await outcome((callback) => client.set('key', 'value', callback)))
          await outcome((callback) => client.subscribe('one', callback))
          await outcome((callback) => client.psubscribe('o*', callback))
          const heard = once(client, 'pmessageBuffer')
          await publish('one', Buffer.from([0, 200, 13]))
          await heard
        },
        options,
        EVENTS
      ))
  }

  it('with return_buffers messages are Buffers', () =>
    same(
      async (client) => {
        await outcome((callback) => client.subscribe('one', callback))
        const heard = once(client, 'message')
        await publish('one', Buffer.from([0, 200, 13]))
        await heard
      },
      { return_buffers: true }
    ))

  it('a listener that starts to hear Buffers does not disturb what is on its way', async () => {
    const client = CLIENTS.rekue.createClient(server.port)
    await once(client, 'ready')
    const set = outcome((callback) => client.set('late', 'grün', callback))
    const get = outcome((callback) => client.get('late', callback))
    const message = once(client, 'message_buffer')
    const after = outcome((callback) => client.get('late', callback))
    assert.deepEqual(await Promise.all([set, get, after]), [
      { reply: 'OK' },
      { reply: 'grün' },
      { reply: 'grün' }
    ])
    await outcome((callback) => client.subscribe('one', callback))
    await publish('one', 'hello')
    assert.deepEqual(await message, [Buffer.from('one'), Buffer.from('hello')])
    await quit(client)
  })

  it('messages of shard channels reach theirs', async () => {
    const client = CLIENTS.rekue.createClient(server.port)
    await outcome((callback) => client.ssubscribe('one', callback))
    const heard = once(client, 'smessage')
    await server.command('SPUBLISH', 'one', 'hello')
    assert.deepEqual(await heard, ['one', 'hello'])
    await outcome((callback) => client.sunsubscribe(callback))
    assert.deepEqual(await outcome((callback) => client.echo('back', callback)), { reply: 'back' })
    await quit(client)
  })
})
