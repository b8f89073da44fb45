'use strict'

const assert = require('node:assert/strict')
const rekue = require('../..')
const { startRedis } = require('../../test-support/redis-server')
const { freePort } = require('../../test-support/ports')

/** A call that is given up says why: what Redis answered, and what to do about it. */
describe('what a Redis that refuses is told as', () => {
  /** @type {import('../../test-support/redis-server').RedisServer[]} */
  const servers = []
  /** @type {any[]} */
  const queues = []
  /** Heard as `error` events. @type {any[]} */
  let heard = []

  /** @param {Parameters<typeof startRedis>[0]} [options] */
  async function start(options) {
    const server = await startRedis(options)
    servers.push(server)
    return server
  }

  /** @param {string} store */
  function open(store, commandTimeout = 500) {
    const queue = rekue.createQueue({ store, commandTimeout })
    queues.push(queue)
    return queue.on('error', (error) => heard.push(error))
  }

  /** @param {any} queue @param {RegExp} says */
  async function refuses(queue, says) {
    const refused = { code: 'ERR_STORE_UNAVAILABLE', message: says }
    await assert.rejects(queue.add('a'), refused)
    await assert.rejects(queue.addBulk([{ type: 'a' }, { type: 'a' }]), refused)
  }

  afterEach(async () => {
    await Promise.all(queues.splice(0).map((queue) => queue.close(200).catch(() => {})))
    await Promise.all(servers.splice(0).map((server) => server.kill().then(() => server.stop())))
    for (const { code, message } of heard.splice(0)) {
      assert.notEqual(code, 'ERR_INTERNAL', message)
      assert.ok(!/redis\.call|local |secret/.test(message), message)
    }
    heard = []
  })

  describe('for a while', () => {
    it('READONLY: a replica', async () => {
      const server = await start()
      await server.command('REPLICAOF', '127.0.0.1', String(await freePort()))
      await refuses(open(server.url), /READONLY/)
    })

    it('READONLY, although others are answered meanwhile', async () => {
      const server = await start()
      await server.command('REPLICAOF', '127.0.0.1', String(await freePort()))
      const queue = open(server.url)
      const add = queue.add('a')
      add.catch(() => {})
      for (let i = 0; i < 20; i++) await queue.stats()
      await assert.rejects(add, { code: 'ERR_STORE_UNAVAILABLE', message: /READONLY/ })
    })

    it('MASTERDOWN: a replica that has no master', async () => {
      const server = await start()
      await server.command('CONFIG', 'SET', 'replica-serve-stale-data', 'no')
      await server.command('REPLICAOF', '127.0.0.1', String(await freePort()))
      await refuses(open(server.url), /MASTERDOWN/)
    })

    it('NOREPLICAS: a master that has too few', async () => {
      const server = await start({ args: ['--min-replicas-to-write', '1'] })
      await refuses(open(server.url), /NOREPLICAS/)
    })

    it('and one that was there and is gone as one that is gone', async () => {
      const server = await start()
      await server.command('REPLICAOF', '127.0.0.1', String(await freePort()))
      const queue = open(server.url, 1500)
      await assert.rejects(queue.add('a'), /READONLY/)
      await server.kill()
      await assert.rejects(queue.add('a'), {
        code: 'ERR_STORE_UNAVAILABLE',
        message: /connection refused/
      })
    })
  })

  describe('for good', () => {
    for (const name of ['EVALSHA', 'SCRIPT']) {
      it(`${name}: a command that is called something else there`, async () => {
        const server = await start({ args: ['--rename-command', name, 'hidden'] })
        const says = new RegExp(`unknown command .${name}.*rename-command`, 'is')
        await refuses(open(server.url), says)
      })
    }

    it('a command that scripts miss', async () => {
      const server = await start({ args: ['--rename-command', 'ZADD', 'hidden'] })
      await assert.rejects(open(server.url).add('a'), {
        code: 'ERR_STORE_UNAVAILABLE',
        message: /Unknown Redis command.*rename-command/
      })
    })

    it('a sentinel', async () => {
      const server = await start({
        args: ['--sentinel'],
        config: 'sentinel monitor main 127.0.0.1 1 1\n'
      })
      await refuses(open(server.url), /is a sentinel.*redis\+sentinel:\/\//)
    })

    for (const [key, set] of /** @type {const} */ ([
      ['q:jobs', ['SET', 'q:jobs', 'x']],
      ['q:ids', ['SET', 'q:ids', 'many']],
      ['q:job:types', ['SET', 'q:job:types', 'x']]
    ])) {
      it(`${key} of another kind`, async () => {
        const server = await start()
        await server.command(...set)
        await assert.rejects(open(server.url).add('a'), {
          code: 'ERR_STORE_UNAVAILABLE',
          message: /a key of the queue holds something else.*same prefix/
        })
      })
    }

    for (const [right, says] of /** @type {const} */ ([
      ['-evalsha', /NOPERM.*'evalsha'.*ACL LOG.*docs\/redis\.md/],
      ['-script', /NOPERM.*'script\|load'.*ACL LOG.*docs\/redis\.md/],
      // Of scripts, Redis 7.0 does not tell what they were refused.
      ['-zadd', /all the rights.*ACL LOG.*docs\/redis\.md/],
      ['~other:*', /NOPERM.*key.*ACL LOG.*docs\/redis\.md/]
    ])) {
      it(`a user without a right, ${right}`, async () => {
        const server = await start()
        const keys = right.startsWith('~') ? [right] : ['~*', right]
        const rules = ['reset', 'on', '>secret', '&*', '+@all', ...keys]
        await server.command('ACL', 'SETUSER', 'm', ...rules)
        await assert.rejects(open(`redis://m:secret@127.0.0.1:${server.port}`).add('a'), {
          code: 'ERR_STORE_UNAVAILABLE',
          message: says
        })
      })
    }
  })
})
