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

  /** A queue whose worker waits for jobs, and the data of the first one that it runs. */
  async function idle(options = {}) {
    const queue = t.queue(options)
    const ran = deferred()
    queue.process('a', (job, done) => {
      done()
      ran.resolve(job.data)
    })
    await until(() => waiting(1))
    return { queue, ran }
  }

  async function proxied() {
    const proxy = await startProxy(Number(new URL(redis.server.url).port))
    t.later(() => proxy.close())
    return proxy
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
    const { queue, ran } = await idle()
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
    const { queue, ran } = await idle()
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
    const proxy = await proxied()
    const creator = t.queue()
    const { ran } = await idle({ store: proxy.url })
    proxy.dropReply()
    await saved(creator.create('a', { n: 3 }))
    assert.deepEqual(await ran.promise, { n: 3 })
    assert.equal(proxy.dropped, 1)
  })

  it('is made anew for the slots that are left where some rest', async () => {
    const [creator, queue] = [t.queue(), t.queue()]
    const started = []
    const two = deferred()
    queue.process('a', 5, (job) => {
      if (started.push(job) === 2) two.resolve()
      return new Promise((resolve) => t.later(resolve))
    })
    await until(() => waiting(1))
    const rest = queue.workers.slice(0, 3)
    await Promise.all(
      rest.map((worker) => new Promise((resolve) => worker.shutdown(1000, resolve)))
    )
    await creator.addBulk(Array.from({ length: 5 }, () => ({ type: 'a' })))
    await two.promise
    assert.equal(await command('ZCARD', 'q:jobs:inactive'), 3)
    assert.equal(await command('ZCARD', 'q:jobs:active'), 2)
  })

  it('leaves a type that was shut down alone', async () => {
    const [creator, queue] = [t.queue(), t.queue()]
    queue.process('a', (job, done) => done())
    await until(() => waiting(1))
    await new Promise((resolve) => queue.shutdown(1000, 'a', resolve))
    await saved(creator.create('a'))
    assert.equal(await command('ZCARD', 'q:jobs:inactive'), 1)
    assert.equal(await command('LLEN', 'q:a:jobs'), 1)
  })

  it('does not hold up the end of an idle queue whose server does not answer', async () => {
    const proxy = await proxied()
    const queue = t.queue({ store: proxy.url, commandTimeout: 20000 })
    queue.process('a', (job, done) => done())
    await until(() => waiting(1))
    proxy.silent = true
    const begin = performance.now()
    await queue.close()
    // Far from the time that a command may take.
    assert.ok(performance.now() - begin < 10000)
  })

  it('loses no job while types come and go and slots rest', async () => {
    const [creator, queue] = [t.queue(), t.queue()]
    const types = ['a', 'b', 'c']
    const done = new Map()
    const all = deferred()
    const TOTAL = 300
    const work = (job, ctx) => {
      done.set(job.id, (done.get(job.id) ?? 0) + 1)
      if (done.size === TOTAL) all.resolve()
      if (job.id % 7 === 0) ctx.pause(() => ctx.resume())
    }
    for (const type of types) {
      queue.process(type, 2, (job, ctx, end) => {
        work(job, ctx)
        setTimeout(end, job.id % 5)
      })
    }
    for (let n = 0; n < TOTAL; n++) {
      await saved(creator.create(types[(n * n) % 3], { n }))
      // Now and then the worker has time to wait.
      if (n % 11 === 0) await new Promise((resolve) => setTimeout(resolve, 8))
    }
    await all.promise
    assert.ok([...done.values()].every((times) => times === 1))
  })

  it('may be answered before the call that ended the job’s last attempt', async () => {
    const queue = t.queue()
    const runs = new Map()
    queue.process('a', 2, (job) => {
      const attempt = (runs.get(job.id) ?? 0) + 1
      runs.set(job.id, attempt)
      // The first attempt outlives its ttl.
      return attempt === 1 ? new Promise((resolve) => t.later(resolve)) : attempt
    })
    for (let n = 0; n < 30; n++) {
      const job = await queue.add('a', { n }, { ttl: 5, attempts: 2 })
      assert.equal(await job.finished(), 2)
      assert.equal(runs.get(job.id), 2)
    }
    // No slot was lost.
    assert.ok(queue.workers.every((worker) => worker.job === null || worker.job === undefined))
  })

  it('does not keep its slots where its connection breaks after it was called off', async () => {
    const proxy = await proxied()
    const creator = t.queue()
    const { queue, ran } = await idle({ store: proxy.url })
    proxy.silent = true
    const [worker] = queue.workers
    await new Promise((resolve) => worker.shutdown(1000, resolve))
    worker.resume()
    // It has been told of both, and heard nothing from the server.
    await new Promise((resolve) => setTimeout(resolve, 50))
    proxy.cut()
    proxy.silent = false
    await until(() => waiting(1))
    await saved(creator.create('a', { n: 4 }))
    assert.deepEqual(await ran.promise, { n: 4 })
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })
})
