'use strict'

const assert = require('node:assert')
const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { startRedis } = require('../test-support/redis-server')

const CHILD = path.join(__dirname, '../test-support/tiered-child.js')

describe('TieredCache across processes', () => {
  let server
  const children = []

  before(async () => {
    server = await startRedis()
  })

  after(() => server.stop())

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })

  /** The next message of a child that has this field. */
  function heard(child, field) {
    return new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`the process ended before its ${field}`)))
      child.on('message', function listen(message) {
        if (!(field in message)) return
        child.off('message', listen)
        resolve(message[field])
      })
    })
  }

  async function start() {
    const child = fork(CHILD, [server.url])
    children.push(child)
    await heard(child, 'ready')
    return child
  }

  function ask(child, message) {
    const answer = heard(child, 'answer')
    child.send(message)
    return answer
  }

  it('loads a key once', async () => {
    const three = await Promise.all([start(), start(), start()])
    const answers = await Promise.all(three.map((child) => ask(child, { fetch: 'a', loadMs: 200 })))
    const [{ value }] = answers
    assert.deepStrictEqual(
      answers.map((answer) => answer.value),
      [value, value, value]
    )
    assert.deepStrictEqual(answers.map(({ loads }) => loads).sort(), [0, 0, 1])
  })

  it('invalidates everywhere', async () => {
    const [one, two] = await Promise.all([start(), start()])
    await ask(one, { fetch: 'a' })
    await ask(two, { fetch: 'a' })
    assert.ok((await ask(two, { peek: 'a' })).value)
    await ask(one, { invalidate: 'a' })
    const deadline = Date.now() + 5000
    while ((await ask(two, { peek: 'a' })).value !== null) {
      assert.ok(Date.now() < deadline, 'the other process never heard of it')
      await sleep(5)
    }
    assert.strictEqual((await ask(two, { fetch: 'a' })).value, `of ${two.pid}`)
  })

  it('lets another process load where the one with the lock was killed', async () => {
    const [doomed, other] = await Promise.all([start(), start()])
    const loading = heard(doomed, 'loading')
    doomed.send({ fetch: 'a', loadMs: 600_000 })
    await loading
    const answer = ask(other, { fetch: 'a' })
    doomed.kill('SIGKILL')
    assert.strictEqual((await answer).value, `of ${other.pid}`)
  })
})
