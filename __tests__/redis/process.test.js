'use strict'

/**
 * What a client does to its process: keeping it, letting it go, and what is thrown in callbacks.
 */

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { startRedis } = require('../../test-support/redis-server')
const { CLIENTS } = require('../../test-support/redis-clients')

const NAMES = { rekue: 'rekue/redis', 'redis@2.8': 'redis-2', 'redis@3.1': 'redis-3' }

describe('a client and its process', () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server
  before(async () => (server = await startRedis()))
  after(() => server.stop())

  /**
   * Run a program with each client, and assert that the same came of it.
   * @param {string} program it finds `redis` and `port`
   */
  async function same(program) {
    const outcomes = {}
    for (const [name, id] of Object.entries(NAMES)) {
      const start = `const redis = require(${JSON.stringify(id)}); const port = ${server.port};`
      const child = spawn(process.execPath, ['-e', start + program], {
        cwd: __dirname,
        stdio: ['ignore', 'pipe', 'pipe']
      })
      let output = ''
      let errors = ''
      child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
      child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
      const [code, signal] = await once(child, 'close')
      outcomes[name] = { output, code, signal, failed: /^\w*Error: .*/m.exec(errors)?.[0] }
    }
    assert.deepEqual(outcomes.rekue, outcomes['redis@2.8'])
    assert.deepEqual(outcomes.rekue, outcomes['redis@3.1'])
    return outcomes.rekue
  }

  it('ends with quit', async () => {
    const { output, code } = await same(`
      const client = redis.createClient(port)
      client.set('key', 'value', redis.print)
      client.get('none', redis.print)
      client.lpush('key', 1, redis.print)
      client.quit(redis.print)`)
    assert.equal(code, 0)
    assert.equal(
      output,
      'Reply: OK\nReply: null\nReplyError: WRONGTYPE Operation against a key holding the wrong kind of value\nReply: OK\n'
    )
  })

  it('ends with end, and what was sent is there', async () => {
    await same(`
      const client = redis.createClient(port)
      client.on('ready', () => {
        client.set('ended', 'yes')
        client.end(false)
      })`)
    assert.equal(await server.command('GET', 'ended'), 'yes')
  })

  it('is kept alive until then, and let go with unref', () =>
    same(`
      const client = redis.createClient(port)
      client.unref()
      client.on('ready', () => console.log('ready'))
      client.on('connect', () => console.log('connect'))
      setTimeout(() => client.get('none', (error, reply) => console.log(reply)), 200)
      setTimeout(() => {}, 400)`))

  it('what a callback throws ends it, before anything else is told', async () => {
    const { output, code, failed } = await same(`
      const client = redis.createClient(port)
      client.on('ready', () => {
        client.get('a', () => console.log('first'))
        client.get('b', () => { throw new TypeError('mine') })
        client.get('c', () => console.log('never'))
      })`)
    assert.deepEqual([output, code, failed], ['first\n', 1, 'TypeError: mine'])
  })

  it('an error event that nobody hears ends it', async () => {
    const { code, failed } = await same(`
      const client = redis.createClient(1)
      client.get('a')`)
    assert.equal(code, 1)
    assert.match(String(failed), /connect ECONNREFUSED 127\.0\.0\.1:1$/)
  })

  it('a callback that throws costs no other its reply', async () => {
    const client = CLIENTS.rekue.createClient(server.port)
    await once(client, 'ready')
    const thrown = []
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => thrown.push(error.message))
    const heard = []
    try {
      for (let i = 0; i < 10; i++) {
        client.echo(`${i}`, (_error, reply) => {
          heard.push(reply)
          if (i % 3 === 0) throw new Error(reply)
        })
      }
      await new Promise((resolve) => client.quit(resolve))
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
    assert.deepEqual(
      heard,
      Array.from({ length: 10 }, (_, i) => String(i))
    )
    assert.deepEqual(thrown, ['0', '3', '6', '9'])
  })
})
