'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { lib, implementation, setUp, ask, saved, next, until } = require('../../test-support/compat')

const { Job } = lib

describe('the queue', () => {
  const t = setUp()

  it('is one per process', () => {
    const queue = t.queue()
    assert.equal(lib.createQueue(), queue)
    assert.equal(lib.createQueue({ prefix: 'other' }), queue)
    assert.ok(queue instanceof lib)
    assert.ok(queue instanceof EventEmitter)
    assert.deepEqual([queue.name, queue.shuttingDown], ['kue', false])
    assert.match(queue.id, /^kue:.+:\d+$/)
    assert.equal(typeof lib.version, 'string')
  })

  for (const [name, options] of Object.entries({
    'a URL': (/** @type {URL} */ url) => ({ redis: url.href }),
    'a URL with a database': (/** @type {URL} */ url) => ({ redis: `${url.href}/3` }),
    'a URL with a database as parameter': (/** @type {URL} */ url) => ({
      redis: `${url.href}?db=3`
    }),
    'host and port': ({ hostname: host, port }) => ({ redis: { host, port: Number(port) } }),
    'port as a text, and a database': ({ port }) => ({ redis: { port, db: 2 } }),
    'options of the client': ({ hostname: host, port }) => ({
      redis: { host, port, options: { no_ready_check: true } }
    })
  })) {
    it(`is told where Redis is: ${name}`, async () => {
      const queue = t.queue(options(new URL(t.server.url)))
      await saved(queue.create('a'))
      assert.equal(await ask(queue, 'inactiveCount'), 1)
      assert.equal(await ask(queue.client, 'get', 'q:ids'), '1')
    })
  }

  it('writes under its prefix', async () => {
    const queue = t.queue({ prefix: 'mine' })
    await saved(queue.create('a'))
    const keys = await t.server.command('KEYS', '*')
    assert.ok(
      keys.every((/** @type {string} */ key) => key.startsWith('mine:')),
      String(keys)
    )
    assert.equal(queue.client.prefix, 'mine')
    assert.equal(queue.client.getKey('jobs'), 'mine:jobs')
  })

  it('has a client with Kue’s helpers', async () => {
    const queue = t.queue()
    assert.equal(queue.client.createFIFO(7), '01|7')
    assert.equal(queue.client.createFIFO(1234567890), '10|1234567890')
    assert.equal(queue.client.stripFIFO('02|17'), 17)
    assert.equal(queue.client.stripFIFO(undefined), undefined)
    await saved(queue.create('a'))
    const found = await ask(queue.client, 'zrange', queue.client.getKey('jobs:inactive'), 0, -1)
    assert.deepEqual(found, ['01|1'])
    assert.equal(await ask(queue.client, 'hget', 'q:job:1', 'type'), 'a')
  })

  it('counts no jobs of a type that is not set', async () => {
    const queue = t.queue()
    await saved(queue.create('a'))
    for (const type of [undefined, null, '']) {
      assert.equal(await ask(queue, 'inactiveCount', type), 0)
      assert.equal(await ask(queue, 'cardByType', type, 'inactive'), 0)
    }
  })

  it('gives names of their own to its workers', async () => {
    const queue = t.queue({ name: 'mailer' })
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done())
    const [job] = await Promise.all([saved(queue.create('a')), next(queue, 'job complete')])
    assert.equal(queue.workers.length, 1)
    assert.equal((await ask(Job, 'get', job.id)).workerId.split(':').at(-1), '1')
  })
})

describe('pause, resume and shutdown', () => {
  const t = setUp()

  it('ctx.pause takes no job until ctx.resume', async () => {
    const queue = t.queue()
    /** @type {number[]} */
    const ran = []
    /** @type {any} */
    let context
    queue.process(
      'a',
      (/** @type {any} */ job, /** @type {any} */ ctx, /** @type {any} */ done) => {
        ran.push(job.id)
        context = ctx
        done()
      }
    )
    await saved(queue.create('a'))
    await until(() => ran.length === 1)
    await new Promise((resolve) => context.pause(500, resolve))
    await saved(queue.create('a'))
    await saved(queue.create('b'))
    assert.equal(await ask(queue, 'inactiveCount', 'a'), 1)
    assert.deepEqual(ran, [1])
    context.resume()
    await until(() => ran.length === 2)
  })

  it('ctx.pause waits for the job in hand', async () => {
    const queue = t.queue()
    const order = await new Promise((resolve) => {
      /** @type {string[]} */
      const order = []
      queue.process(
        'a',
        (/** @type {any} */ job, /** @type {any} */ ctx, /** @type {any} */ done) => {
          ctx.pause(5000, () => resolve([...order, 'paused']))
          setTimeout(() => {
            order.push('done')
            done()
          }, 30)
        }
      )
      queue.create('a').save()
    })
    assert.deepEqual(order, ['done', 'paused'])
  })

  it('shutdown waits for the jobs in hand', async () => {
    const queue = t.queue()
    let ended = false
    const started = new Promise((resolve) =>
      queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => {
        resolve(undefined)
        setTimeout(() => {
          ended = true
          done()
        }, 50)
      })
    )
    await saved(queue.create('a'))
    await started
    const error = await new Promise((resolve) => queue.shutdown(2000, resolve))
    assert.equal(error || null, null)
    assert.equal(ended, true)
    assert.equal(await t.server.command('HGET', 'q:job:1', 'state'), 'complete')
  })

  it('shutdown fails jobs that take longer, and queues those with attempts left', async () => {
    const queue = t.queue()
    /** @type {number[]} */
    const running = []
    queue.process('a', 2, (/** @type {any} */ job, /** @type {any} */ _done) => {
      running.push(job.id)
    })
    await saved(queue.create('a'))
    await saved(queue.create('a').attempts(2))
    await until(() => running.length === 2)
    await new Promise((resolve) => queue.shutdown(50, resolve))
    assert.equal(await t.server.command('HGET', 'q:job:1', 'state'), 'failed')
    assert.equal(await t.server.command('HGET', 'q:job:1', 'error'), 'Shutdown')
    assert.equal(await t.server.command('HGET', 'q:job:2', 'state'), 'inactive')
    assert.equal(await t.server.command('HGET', 'q:job:2', 'error'), 'Shutdown')
  })

  it('shutdown of a type leaves the others at work', async () => {
    const queue = t.queue()
    /** @type {string[]} */
    const ran = []
    for (const type of ['a', 'b']) {
      queue.process(type, (/** @type {any} */ job, /** @type {any} */ done) => {
        ran.push(job.type)
        done()
      })
    }
    await new Promise((resolve) => queue.shutdown(1000, 'a', resolve))
    assert.equal(queue.shuttingDown, false)
    await saved(queue.create('a'))
    await saved(queue.create('b'))
    await until(() => ran.length === 1)
    assert.deepEqual(ran, ['b'])
    assert.equal(await ask(queue, 'inactiveCount'), 1)
  })

  it('a second shutdown is an error', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done())
    const first = new Promise((resolve) => queue.shutdown(1000, resolve))
    const error = await new Promise((resolve) => queue.shutdown(1000, resolve))
    assert.equal(error.message, 'Shutdown already in progress')
    await first
  })

  it('after a shutdown there is nothing left, and createQueue makes a new queue', async () => {
    const queue = t.queue()
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done())
    await new Promise((resolve) => queue.shutdown(1000, '', resolve))
    assert.deepEqual([queue.client, queue.promoter, queue.workers], [null, null, []])
    assert.equal(queue.listenerCount('error'), 0)
    const other = t.queue()
    assert.notEqual(other, queue)
    other.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done(null, 'again'))
    const job = other.create('a')
    const complete = next(job, 'complete')
    await saved(job)
    assert.equal((await complete)[0], 'again')
  })

  it('shutdown without workers or time-out calls back', async () => {
    const queue = t.queue()
    await new Promise((resolve) => queue.shutdown(resolve))
    assert.equal(queue.client, null)
  })
})

describe('test mode', () => {
  const t = setUp()
  afterEach(() => {
    lib.prototype.testMode.exit()
    lib.prototype.testMode.clear()
  })

  it('collects jobs instead of saving them', async () => {
    const queue = t.queue()
    queue.testMode.enter()
    let called = 0
    queue.createJob('myJob', { foo: 'bar' }).save(() => called++)
    queue.createJob('anotherJob', { baz: 'bip' }).priority('high').save()
    assert.equal(called, 1)
    assert.equal(queue.testMode.jobs.length, 2)
    assert.equal(queue.testMode.jobs[0].type, 'myJob')
    assert.deepEqual(queue.testMode.jobs[0].data, { foo: 'bar' })
    assert.equal(queue.testMode.jobs[1].priority(), -10)
    assert.equal(typeof queue.testMode.jobs[0].id, 'string')
    queue.testMode.jobs[0].update(() => called++)
    assert.equal(called, 2)
    queue.testMode.clear()
    assert.equal(queue.testMode.jobs.length, 0)
    queue.testMode.exit()
    assert.equal(await ask(queue, 'inactiveCount'), 0)
    await saved(queue.create('real'))
    assert.equal(await ask(queue, 'inactiveCount'), 1)
    assert.equal(queue.testMode.jobs.length, 0)
  })

  it('saves and processes them too where it is told to', async () => {
    const queue = t.queue()
    queue.testMode.enter(true)
    queue.process('a', (/** @type {any} */ job, /** @type {any} */ done) => done(null, 'ran'))
    const job = queue.create('a')
    const complete = next(job, 'complete')
    await saved(job)
    assert.deepEqual([typeof job.id, queue.testMode.jobs[0]], ['number', job])
    assert.equal((await complete)[0], 'ran')
  })
})

describe(`the suite on ${implementation}`, () => {
  it('runs on what it says', () => {
    assert.equal(lib, implementation === 'kue' ? require('kue') : require('../..'))
  })
})
