'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { freePort } = require('../../test-support/ports')
const { startRedis } = require('../../test-support/redis-server')
const { CLIENTS, comparable, outcome, quit } = require('../../test-support/redis-clients')

const EVENTS = ['connect', 'ready', 'reconnecting', 'error', 'end', 'warning']
const RETRIES = ['rekue', 'redis@2.8']

/**
 * Write down what a client tells.
 * @param {any} client
 */
function record(client) {
  /** @type {any[]} */
  const log = []
  for (const event of EVENTS) {
    client.on(event, (what) => log.push(what === undefined ? [event] : [event, told(what)]))
  }
  return log
}

/** @param {any} what */
function told(what) {
  if (what instanceof Error || typeof what !== 'object') return comparable(what)
  return { ...what, error: comparable(what.error) }
}

/**
 * Wait until an event came so many times.
 * @param {any} client
 * @param {string} event
 * @param {number} times
 */
async function times(client, event, times) {
  for (let i = 0; i < times; i++) await once(client, event)
}

/**
 * As `once`, for an event before which attempts to connect may fail.
 * @param {any} client
 * @param {string} event
 */
const next = (client, event) =>
  new Promise((resolve) => client.once(event, (...what) => resolve(what)))

/**
 * Do the same with each client, and assert that the same came of it.
 * @param {(redis: any, name: string) => Promise<any>} play
 * @param {string[]} [names]
 * @returns {Promise<any>} what came
 */
async function same(play, names = Object.keys(CLIENTS)) {
  /** @type {any[]} */
  const outcomes = []
  for (const name of names) outcomes.push(await play(CLIENTS[name], name))
  for (let i = 1; i < names.length; i++) assert.deepEqual(outcomes[0], outcomes[i], names[i])
  return outcomes[0]
}

describe('without a server', () => {
  /** @type {number} */
  let port
  beforeEach(async () => (port = await freePort()))

  it('each attempt is an error event, at the pace of node_redis', async () => {
    const log = await same(async (redis) => {
      const client = redis.createClient(port)
      const log = record(client)
      await times(client, 'error', 4)
      client.end(true)
      return log
    })
    const message = `Redis connection to 127.0.0.1:${port} failed - connect ECONNREFUSED 127.0.0.1:${port}`
    assert.equal(log[0][1].message, message)
    assert.equal(log[0][1].code, 'ECONNREFUSED')
    const delays = log.filter(([event]) => event === 'reconnecting').map(([, { delay }]) => delay)
    assert.deepEqual(delays, [200, 340, 578])
  })

  it('the message of the error is new, its stack the system’s', async () => {
    const client = CLIENTS.rekue.createClient(port)
    const [error] = await once(client, 'error')
    client.end(true)
    assert.match(error.stack, new RegExp(`^Error: connect ECONNREFUSED 127.0.0.1:${port}\n    at `))
    const fields = ['errno', 'code', 'syscall', 'address', 'port']
    assert.deepEqual(Object.keys(error), fields)
  })

  it('a unix socket that is not there is an error event too', () =>
    same(async (redis) => {
      const client = redis.createClient(`/tmp/no-such-${port}.sock`)
      const log = record(client)
      await once(client, 'error')
      client.end(true)
      return log
    }))

  it('a name that is not known is an error event too', () =>
    same(async (redis) => {
      const client = redis.createClient(port, 'no-such-host.invalid')
      const [error] = await once(client, 'error')
      client.end(true)
      return comparable(error)
    }))

  it('a retry strategy is asked, and hears of the errors alone', () =>
    same(async (redis) => {
      /** @type {any[]} */
      const asked = []
      const retry_strategy = (options) => {
        asked.push(told(options))
        return 5
      }
      const client = redis.createClient({ port, retry_strategy })
      const log = record(client)
      await times(client, 'reconnecting', 3)
      client.end(true)
      return { asked, log }
    }))

  it('a strategy in camel case gets its options so', () =>
    same(async (redis) => {
      /** @type {any} */
      let client
      const asked = await new Promise((resolve) => {
        const retryStrategy = (options) => void resolve(told(options))
        client = redis.createClient({ port, retryStrategy })
        client.on('error', () => {})
      })
      client.end(true)
      return asked
    }))

  it('a strategy that answers no number ends the client, and its commands with the reason', () =>
    same(async (redis) => {
      const retry_strategy = () => new Error('enough')
      const client = redis.createClient({ port, retry_strategy })
      const log = record(client)
      return { get: await outcome((callback) => client.get('key', callback)), log }
    }, RETRIES))

  it('max_attempts ends the client', () =>
    same(async (redis) => {
      const client = redis.createClient({ port, max_attempts: 2 })
      const log = record(client)
      const get = outcome((callback) => client.get('key', callback))
      while (log.at(-1)?.[1]?.code !== 'CONNECTION_BROKEN') await once(client, 'error')
      const errors = log.filter(([event]) => event === 'error')
      return { get: await get, errors, closing: client.closing }
    }, RETRIES))

  it('connect_timeout ends the client', () =>
    same(async (redis) => {
      const client = redis.createClient({ port, connect_timeout: 300 })
      const log = record(client)
      const get = outcome((callback) => client.get('key', callback))
      while (log.at(-1)?.[1]?.code !== 'CONNECTION_BROKEN') await once(client, 'error')
      return { get: await get, log }
    }))

  it('quit ends the client, and what waits before it', () =>
    same(async (redis) => {
      const client = redis.createClient(port)
      const log = record(client)
      const get = outcome((callback) => client.get('key', callback))
      const quit = outcome((callback) => client.quit(callback))
      return { get: await get, quit: await quit, log }
    }))

  it('end(true) ends what waits at once', () =>
    same(async (redis) => {
      const client = redis.createClient(port)
      const get = outcome((callback) => client.get('key', callback))
      const multi = outcome((callback) => client.multi().set('a', 1).exec(callback))
      client.end(true)
      const late = outcome((callback) => client.set('key', 'value', callback))
      return { get: await get, multi: await multi, late: await late }
    }))

  it('without an offline queue commands end at once', () =>
    same(async (redis) => {
      const client = redis.createClient({ port, enable_offline_queue: false })
      client.on('error', () => {})
      const get = await outcome((callback) => client.get('key', callback))
      client.end(true)
      return get
    }))
})

describe('with a server', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server
  before(async () => (server = await startRedis()))
  after(() => server.stop())

  it('commands wait for the connection, in their order', () =>
    same(async (redis) => {
      const client = redis.createClient(server.url)
      const log = record(client)
      assert.deepEqual([client.connected, client.ready], [false, false])
      const set = client.set('key', 'value', () => log.push('set'))
      client.get('key', (_error, value) => log.push(value))
      const states = [client.offline_queue_length, client.command_queue_length]
      await once(client, 'ready')
      const { connected, ready, selected_db, address } = client
      await outcome((callback) => client.ping(callback))
      await quit(client)
      log.push({ connected, ready, selected_db, address, set, states, after: client.connected })
      return log
    }))

  for (const [name, args] of /** @type {[string, (port: number) => any[]][]} */ ([
    ['a port', (port) => [port]],
    ['a port as text', (port) => [String(port)]],
    ['port and host', (port) => [port, '127.0.0.1']],
    ['port, host and options', (port) => [port, '127.0.0.1', { db: 2 }]],
    ['port and options', (port) => [port, { db: 2 }]],
    ['options', (port) => [{ port, host: 'localhost', db: 2 }]],
    ['a URL', (port) => [`redis://127.0.0.1:${port}/2`]],
    ['a URL with a query', (port) => [`redis://127.0.0.1:${port}?db=2&return_buffers=1`]],
    ['a URL without a scheme', (port) => [`//127.0.0.1:${port}/2`]],
    ['a URL and options', (port) => [`redis://127.0.0.1:${port}`, { db: 2 }]],
    ['a URL among options', (port) => [{ url: `redis://127.0.0.1:${port}`, db: 2 }]]
  ])) {
    it(`createClient takes ${name}`, () =>
      same(async (redis) => {
        const client = redis.createClient(...args(server.port))
        const { db, host, port, return_buffers } = client.options
        const list = await outcome((callback) => client.client('list', callback))
        await quit(client)
        const inDb = /db=(\d+)/.exec(String(list.reply))?.[1]
        return { db: db && String(db), host, port: port && Number(port), return_buffers, inDb }
      }))
  }

  it('createClient refuses what makes no sense', () =>
    same(async (redis) => {
      const refused = [
        [{ port: 1 }, 'host'],
        [1, {}, {}],
        [() => {}],
        ['redis://h?port=1', { port: 2 }]
      ]
      return refused.map((args) => {
        try {
          redis.createClient(...args).end(true)
          return 'taken'
        } catch (error) {
          return error.name
        }
      })
    }))

  it('a database that is not there is an error event', () =>
    same(async (redis) => {
      const client = redis.createClient({ port: server.port, db: 9999 })
      const [error] = await once(client, 'error')
      await quit(client)
      return comparable(error)
    }))

  it('an error that no callback gets is an event', () =>
    same(async (redis) => {
      const client = redis.createClient(server.port)
      const log = record(client)
      client.set('text', 'value')
      client.lpush('text', 1)
      client.multi().set('text').exec()
      client.batch().lpush('text', 2).exec()
      await outcome((callback) => client.ping(callback))
      await quit(client)
      return log
    }))

  it('commands after quit end with an error', () =>
    same(async (redis) => {
      const client = redis.createClient(server.port)
      await once(client, 'ready')
      const log = record(client)
      const quit = outcome((callback) => client.quit(callback))
      const get = outcome((callback) => client.get('key', callback))
      const outcomes = [await quit, await get]
      if (log.length === 0) await once(client, 'end')
      return { outcomes, log }
    }))

  it('end does not wait for replies', () =>
    same(async (redis) => {
      const client = redis.createClient(server.port)
      await once(client, 'ready')
      client.set('ended', 'yes')
      client.end(false)
      while ((await server.command('GET', 'ended')) !== 'yes');
      await server.command('DEL', 'ended')
      return { connected: client.connected, ready: client.ready }
    }))

  it('duplicate makes a client of the same options', () =>
    same(async (redis) => {
      const client = redis.createClient(server.port, { string_numbers: true })
      await outcome((callback) => client.select(4, callback))
      const copy = client.duplicate({ prefix: 'copy:' })
      const other = await new Promise((resolve, reject) =>
        client.duplicate((error, made) => (error ? reject(error) : resolve(made)))
      )
      const strlen = await outcome((callback) => copy.set('a', 1, () => copy.strlen('a', callback)))
      const exists = await outcome((callback) => other.exists('copy:a', callback))
      const seen = [copy.selected_db, other.selected_db, strlen, exists]
      for (const each of [client, copy, other]) await quit(each)
      return seen
    }))

  it('monitor tells the commands of all', () =>
    same(async (redis) => {
      const client = redis.createClient(server.port)
      const reply = await outcome((callback) => client.monitor(callback))
      const seen = once(client, 'monitor')
      await server.command('SET', 'seen', 'a "quoted" text')
      const [time, args, line] = await seen
      assert.match(time, /^\d+\.\d+$/)
      assert.ok(line.startsWith(time))
      await quit(client)
      return { reply, args }
    }))

  it('info fills server_info', async () => {
    const seen = await same(async (redis) => {
      const client = redis.createClient(server.port)
      await once(client, 'ready')
      await outcome((callback) => client.set('key', 1, callback))
      await outcome((callback) => client.info(callback))
      const { redis_version, versions, tcp_port, db0 } = client.server_info
      await outcome((callback) => client.info('memory', callback))
      const { maxmemory_policy, redis_version: gone } = client.server_info
      await quit(client)
      return {
        redis_version,
        versions,
        tcp_port,
        db0: Object.keys(db0).sort(),
        maxmemory_policy,
        gone
      }
    })
    assert.equal(seen.tcp_port, String(server.port))
  })

  it('client reply off, skip and on are followed', () =>
    same(async (redis) => {
      const client = redis.createClient(server.port)
      await once(client, 'ready')
      const heard = []
      client.client('reply', 'skip')
      client.set('silent', 1, (error, reply) => heard.push(['skipped', error, reply]))
      client.get('silent', (error, reply) => heard.push(['answered', error, reply]))
      client.client('reply', 'off')
      client.set('silent', 2, (error, reply) => heard.push(['off', error, reply]))
      client.client('reply', 'on', (error, reply) => heard.push(['on', error, reply]))
      await outcome((callback) => client.get('silent', callback))
      await quit(client)
      return heard
    }))
})

describe('a server that asks for a password', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server
  before(async () => (server = await startRedis({ args: ['--requirepass', 'se:c@ret'] })))
  after(() => server.stop())

  for (const [name, options] of /** @type {[string, any][]} */ ([
    ['password', { password: 'se:c@ret' }],
    ['auth_pass', { auth_pass: 'se:c@ret' }]
  ])) {
    it(`gets it from ${name}`, () =>
      same(async (redis) => {
        const client = redis.createClient(server.port, options)
        const set = await outcome((callback) => client.set('key', 'value', callback))
        await quit(client)
        return set
      }))
  }

  it('gets it from the URL', () =>
    same(
      async (redis) => {
        const client = redis.createClient(`redis://:se%3Ac%40ret@127.0.0.1:${server.port}`)
        const get = await outcome((callback) => client.get('key', callback))
        await quit(client)
        return get
      },
      ['rekue', 'redis@3.1']
    ))

  it('gets it, with a user, from the URL', () =>
    same(
      async (redis) => {
        const client = redis.createClient(`redis://default:se%3Ac%40ret@127.0.0.1:${server.port}`)
        const whoami = await outcome((callback) => client.acl('whoami', callback))
        await quit(client)
        return whoami
      },
      ['rekue', 'redis@3.1']
    ))

  it('gets it from auth', () =>
    same(async (redis) => {
      const client = redis.createClient(server.port)
      const auth = outcome((callback) => client.auth('se:c@ret', callback))
      const get = outcome((callback) => client.get('key', callback))
      const outcomes = [await auth, await get]
      await quit(client)
      return outcomes
    }))

  it('refuses a wrong one and none with error events', () =>
    same(async (redis) => {
      const logs = []
      for (const options of [{ password: 'wrong' }, {}]) {
        const client = redis.createClient(server.port, options)
        const log = record(client)
        while (!log.some(([, error]) => /Ready check/.test(error?.message))) {
          await once(client, 'error')
        }
        client.end(true)
        logs.push(log)
      }
      return logs
    }))
})

describe('a server that goes and comes back', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server
  beforeEach(async () => (server = await startRedis()))
  afterEach(() => server.stop())

  it('aborts what was sent, keeps what was not, and chooses the database again', () =>
    same(async (redis) => {
      if (!server.running) await server.launch()
      const client = redis.createClient(server.port)
      await next(client, 'ready')
      await outcome((callback) => client.select(5, callback))
      const log = record(client)
      const sent = outcome((callback) => client.blpop('nothing', 0, callback))
      await outcome((callback) => {
        const other = client.duplicate()
        other.client('list', () => other.quit(callback))
      })
      const ended = next(client, 'end')
      await server.kill()
      await ended
      const kept = outcome((callback) => client.set('key', 'value', callback))
      const ready = next(client, 'ready')
      await server.launch()
      await ready
      const list = await outcome((callback) => client.client('list', callback))
      const lost = await sent
      // Whether the system says ECONNRESET first depends on what was in flight.
      delete lost.origin
      const events = log.map(([event]) => event)
      const turns = [events[0], events.at(-2), events.at(-1)]
      await quit(client)
      return { lost, kept: await kept, inDb: /db=(\d+)/.exec(list.reply)?.[1], turns }
    }))

  it('subscriptions stand again before it is ready', () =>
    same(async (redis) => {
      if (!server.running) await server.launch()
      const client = redis.createClient(server.port)
      client.on('error', () => {})
      await outcome((callback) => client.subscribe('one', 'two', callback))
      await outcome((callback) => client.psubscribe('th*', callback))
      await outcome((callback) => client.unsubscribe('two', callback))
      const ended = next(client, 'end')
      await server.kill()
      await ended
      const ready = next(client, 'ready')
      await server.launch()
      await ready
      const channels = await server.command('PUBSUB', 'CHANNELS')
      const patterns = await server.command('PUBSUB', 'NUMPAT')
      const message = next(client, 'message')
      await server.command('PUBLISH', 'one', 'hello')
      const seen = { channels, patterns, message: await message }
      await quit(client)
      return seen
    }))

  it('retry_unfulfilled_commands sends again what was sent', () =>
    same(async (redis) => {
      if (!server.running) await server.launch()
      const client = redis.createClient(server.port, { retry_unfulfilled_commands: true })
      client.on('error', () => {})
      await next(client, 'ready')
      const popped = outcome((callback) => client.blpop('late', 0, callback))
      const blocked = async () => /blocked_clients:1/.test(await server.command('INFO', 'clients'))
      while (!(await blocked()));
      const ready = next(client, 'ready')
      await server.kill()
      await server.launch()
      await ready
      await server.command('RPUSH', 'late', 'there')
      const reply = await popped
      await quit(client)
      return reply
    }))

  it('a stream that is destroyed is made anew', () =>
    same(async (redis) => {
      if (!server.running) await server.launch()
      const client = redis.createClient(server.port)
      await next(client, 'ready')
      const log = record(client)
      client.stream.destroy()
      await next(client, 'ready')
      const ping = await outcome((callback) => client.ping(callback))
      await quit(client)
      return { ping, log: log.map(([event]) => event) }
    }))
})
