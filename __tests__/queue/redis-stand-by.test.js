'use strict'

const assert = require('node:assert/strict')
const net = require('node:net')
const { startProxy } = require('../../faults/proxy')
const { redis } = require('../../test-support/stores')
const { setUp, saved, deferred, until } = require('../../test-support/queues')

/** A worker that waits on Redis has its next claim with the server already. */
describe('a claim that stands by', () => {
  const t = setUp(redis)
  const command = (...words) => redis.server.command(...words)

  /** Whether so many connections wait for tokens. */
  const waiting = async (count) => {
    const { blocked } = /blocked_clients:(?<blocked>\d+)/.exec(
      await command('INFO', 'clients')
    ).groups
    return Number(blocked) === count
  }

  /** What Redis is asked from now on: `{ from, words }`, the first words of each command. */
  async function monitored() {
    const socket = net.connect(Number(new URL(redis.server.url).port), '127.0.0.1')
    t.later(() => socket.destroy())
    const lines = []
    let rest = ''
    socket.on('data', (bytes) => {
      const parts = (rest + bytes).split('\r\n')
      rest = parts.pop()
      for (const line of parts) {
        const found = /^\+\S+ \[\d+ (?<from>\S+)\] "(?<name>\w+)"(?<more>.*)$/.exec(line)?.groups
        if (found) lines.push(found)
      }
    })
    socket.write('MONITOR\r\n')
    await until(() => command('PING').then(() => lines.length > 0))
    lines.length = 0
    return lines
  }

  it('is made by Redis itself, on the connection that waits', async () => {
    const queue = t.queue()
    const ran = deferred()
    queue.process('a', (job, done) => {
      done()
      ran.resolve(job.data)
    })
    await until(() => waiting(1))
    const lines = await monitored()
    await saved(queue.create('a', { n: 1 }))
    assert.deepEqual(await ran.promise, { n: 1 })
    // It waits again, with another claim behind it.
    await until(() => lines.some(({ name }) => name === 'BLPOP'))
    const { from } = lines.find(({ name }) => name === 'BLPOP')
    const calls = lines.filter(({ name }) => name === 'EVALSHA' || name === 'EVAL')
    const [add, claim] = calls
    assert.match(add.more, /rekue:added/)
    assert.equal(claim.from, from)
    assert.notEqual(add.from, from)
  })

  it('is answered by the next call where the server has forgotten the scripts', async () => {
    const queue = t.queue()
    const ran = deferred()
    queue.process('a', (job, done) => {
      done()
      ran.resolve(job.data)
    })
    await until(() => waiting(1))
    await command('SCRIPT', 'FLUSH')
    await saved(queue.create('a', { n: 2 }))
    assert.deepEqual(await ran.promise, { n: 2 })
  })

  it('takes as many jobs as there are slots, and each once', async () => {
    const [creator, queue] = [t.queue(), t.queue()]
    const ran = []
    const all = deferred()
    queue.process('a', 5, (job, done) => {
      ran.push(job.data.n)
      done()
      if (ran.length === 40) all.resolve()
    })
    await until(() => waiting(1))
    await creator.addBulk(Array.from({ length: 40 }, (_, n) => ({ type: 'a', data: { n } })))
    await all.promise
    assert.deepEqual(
      ran.sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, n) => n)
    )
  })

  it('takes nothing for a queue that was closed', async () => {
    const [creator, queue] = [t.queue(), t.queue()]
    queue.process('a', (job, done) => done())
    await until(() => waiting(1))
    await queue.close()
    assert.ok(await waiting(0))
    const job = creator.create('a')
    await saved(job)
    assert.equal(await command('ZCARD', 'q:jobs:inactive'), 1)
    assert.equal(await command('LLEN', 'q:a:jobs'), 1)
  })

  it('gives way to a wait for more types', async () => {
    const queue = t.queue()
    const ran = { a: deferred(), b: deferred() }
    queue.process('a', (job, done) => (done(), ran.a.resolve()))
    await until(() => waiting(1))
    queue.process('b', (job, done) => (done(), ran.b.resolve()))
    await until(async () => /cmd=blpop/.test(await command('CLIENT', 'LIST')))
    await Promise.all([saved(queue.create('b')), saved(queue.create('a'))])
    await Promise.all([ran.a.promise, ran.b.promise])
  })

  it('leaves no job in hand whose answer was lost', async () => {
    const proxy = await startProxy(Number(new URL(redis.server.url).port))
    t.later(() => proxy.close())
    const creator = t.queue()
    const queue = t.queue({ store: proxy.url })
    const ran = deferred()
    queue.process('a', (job, done) => {
      done()
      ran.resolve(job.data)
    })
    await until(() => waiting(1))
    proxy.dropReply()
    await saved(creator.create('a', { n: 3 }))
    assert.deepEqual(await ran.promise, { n: 3 })
    assert.equal(proxy.dropped, 1)
  })
})
