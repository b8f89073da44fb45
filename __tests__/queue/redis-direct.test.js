'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { Worker } = require('node:worker_threads')
const { startProxy } = require('../../faults/proxy')
const { DIRECT, lineOf, opened, goes } = require('../../test-support/direct-line')
const { rekue, setUp, saved, ask, deferred, next, until } = require('../../test-support/queues')
const { startRedis } = require('../../test-support/redis-server')
const { redis } = require('../../test-support/stores')

/** Jobs that are added one by one leave from this thread, on a connection of their own. */
describe('the direct line', () => {
  const t = setUp(redis)
  const command = (...words) => redis.server.command(...words)

  /** The server's connections, as it describes them. */
  const clients = async () => (await command('CLIENT', 'LIST')).trim().split('\n')

  async function proxied(options = {}) {
    const proxy = await startProxy(Number(new URL(redis.server.url).port))
    t.later(() => proxy.close())
    const queue = await opened(t.queue({ store: proxy.url, ...options }))
    return { proxy, queue }
  }

  /** The data of the jobs that are stored, but for those that opened the line. */
  async function stored() {
    const ids = await command('ZRANGE', 'q:jobs', 0, -1)
    const all = await Promise.all(
      ids.map((zid) => command('HGET', `q:job:${zid.slice(3)}`, 'data'))
    )
    return all.map((data) => JSON.parse(data)).filter((data) => !data.warm)
  }

  it('is opened for jobs that come one by one, and closed with the queue', async () => {
    const queue = await opened(t.queue())
    assert.equal(await goes(queue, () => queue.add('a', { n: 1 })), true)
    await queue.close()
    await until(async () => (await clients()).length === 1)
  })

  it('is opened for nobody who adds many at once', async () => {
    const queue = t.queue()
    for (let round = 0; round < 20; round++) {
      await Promise.all([queue.add('a'), queue.add('a')])
      await queue.addBulk([{ type: 'a' }, { type: 'a' }])
    }
    // The queue's own connection, the one for events, and this test's.
    assert.equal((await clients()).length, 3)
  })

  it('carries what is simple: neither delayed jobs nor several nor large ones', async () => {
    const queue = await opened(t.queue())
    const carries = (add) => goes(queue, add)
    assert.equal(await carries(() => queue.add('a', {}, { delay: 5 })), false)
    assert.equal(await carries(() => Promise.all([queue.add('a'), queue.add('a')])), false)
    assert.equal(await carries(() => queue.add('a', 'x'.repeat(20000))), false)
    assert.equal(await carries(() => queue.addBulk([{ type: 'a' }])), true)
    assert.equal(await carries(() => queue.add('ä', { to: '😀"\n' }, { priority: 'high' })), true)
    assert.equal(await carries(() => queue.add('a', null, { ttl: 100, attempts: 2 })), true)
    const backoff = { type: 'exponential', delay: 5 }
    assert.equal(await carries(() => queue.add('a', [], { backoff, removeOnComplete: true })), true)
  })

  it('writes what is written otherwise', async () => {
    const queue = await opened(t.queue({ disableSearch: false }))
    const make = () => {
      const job = queue
        .create('mail', { subject: 'Invoice', n: 1 })
        .priority(-3)
        .attempts(4)
        .ttl(700)
      return job.backoff({ type: 'fixed', delay: 9 }).removeOnComplete(true)
    }
    const one = make()
    assert.equal(await goes(queue, () => saved(one)), true)
    // Two at once do not go there.
    const other = make()
    assert.equal(await goes(queue, () => Promise.all([saved(other), queue.add('x')])), false)
    const times = ['created_at', 'promote_at', 'updated_at']
    const [first, second] = await Promise.all(
      [one, other].map((job) => command('HGETALL', `q:job:${job.id}`))
    )
    const plain = (flat) => flat.map((value, at) => (times.includes(flat[at - 1]) ? 0 : value))
    assert.deepEqual(plain(first), plain(second))
    assert.equal(first[first.indexOf('created_at') + 1], String(one.created_at))
    const zids = [one, other].map(
      ({ id }) => `${String(id).length.toString().padStart(2, '0')}|${id}`
    )
    for (const key of ['q:jobs', 'q:jobs:inactive', 'q:jobs:mail:inactive']) {
      const [a, b] = await command('ZMSCORE', key, ...zids)
      assert.equal(a, '-3', key)
      assert.equal(a, b, key)
    }
    assert.deepEqual((await ask(queue, 'search', 'invoice')).sort(), [one.id, other.id].sort())
  })

  it('leaves no note of a job behind once the job is answered', async () => {
    const queue = await opened(t.queue())
    for (let n = 0; n < 200; n++) {
      await saved(queue.create('a', { n }))
      assert.deepEqual(await command('KEYS', 'q:rekue:*'), [])
    }
  })

  it('gives ids in the order in which jobs are saved, also beside others', async () => {
    const queue = await opened(t.queue())
    const jobs = []
    const save = (job) => (jobs.push(job), saved(job))
    for (let round = 0; round < 50; round++) {
      const alone = save(queue.create('a'))
      if (round % 3 === 0) await Promise.resolve()
      if (round % 3 === 1) await alone
      const rest = Array.from({ length: round % 4 }, () => save(queue.create('a')))
      await Promise.all([alone, ...rest])
    }
    const ids = jobs.map((job) => job.id)
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b)
    )
  })

  it('is overtaken by nothing that is asked after it', async () => {
    const queue = await opened(t.queue())
    const before = await ask(queue, 'inactiveCount')
    for (let n = 1; n <= 20; n++) {
      const adding = saved(queue.create('a', { n }))
      // So that it has left by itself.
      await Promise.resolve()
      await Promise.resolve()
      assert.equal(lineOf(queue).busy, true)
      assert.equal(await ask(queue, 'inactiveCount'), before + n)
      await adding
    }
  })

  it('does not let a queue close before its job is stored', async () => {
    const queue = await opened(t.queue())
    const told = []
    queue.create('a', { n: 1 }).save((error) => told.push(error))
    await Promise.resolve()
    await Promise.resolve()
    assert.equal(lineOf(queue).busy, true)
    await queue.close()
    assert.deepEqual(told, [null])
    assert.deepEqual(await stored(), [{ n: 1 }])
  })

  describe('events of its jobs', () => {
    for (const when of ['before', 'right after', 'in the callback of']) {
      it(`reach listeners that are attached ${when} save`, async () => {
        const [worker, queue] = [t.queue(), await opened(t.queue(), 'other')]
        worker.process('a', (job, done) => done(null, job.data.n))
        for (let n = 0; n < 30; n++) {
          const heard = []
          const over = deferred()
          const job = queue.create('a', { n })
          const listen = () => {
            job.on('enqueue', () => heard.push('enqueue'))
            job.on('start', () => heard.push('start'))
            job.on('complete', (result) => (heard.push('complete'), over.resolve(result)))
          }
          const direct = await goes(queue, async () => {
            if (when === 'before') listen()
            const saving = new Promise((resolve) =>
              job.save(() => {
                if (when === 'in the callback of') listen()
                resolve()
              })
            )
            if (when === 'right after') listen()
            await saving
          })
          assert.equal(direct, true)
          assert.equal(await over.promise, n)
          assert.deepEqual(heard, ['enqueue', 'start', 'complete'])
        }
      })
    }

    it('come to the queue after the job is answered, those of others in between', async () => {
      const [other, queue] = [t.queue(), t.queue()]
      const heard = []
      queue.on('job enqueue', (id, type) => heard.push(`${type} ${id}`))
      await opened(queue)
      const wanted = []
      for (let n = 0; n < 30; n++) {
        const [mine, theirs] = [queue.create('mine'), other.create('theirs')]
        const saving = new Promise((resolve) =>
          mine.save(() => {
            assert.ok(!heard.includes(`mine ${mine.id}`))
            resolve()
          })
        )
        await Promise.all([saving, saved(theirs)])
        wanted.push(`mine ${mine.id}`, `theirs ${theirs.id}`)
      }
      await until(() => wanted.every((line) => heard.includes(line)))
      const ours = heard.filter((line) => !line.startsWith('a '))
      assert.deepEqual(ours.sort(), wanted.sort())
    })

    it('are none where none are wanted', async () => {
      const queue = await opened(t.queue({ jobEvents: false }))
      const job = queue.create('a')
      job.on('enqueue', () => assert.fail('an event'))
      assert.equal(await goes(queue, () => saved(job)), true)
    })
  })

  describe('where it breaks', () => {
    it('before the job has left, the job is stored once', async () => {
      const { proxy, queue } = await proxied()
      proxy.holdNext(DIRECT)
      const job = await saved(queue.create('a', { n: 1 }))
      assert.equal(proxy.held.length, 1)
      assert.deepEqual(await stored(), [{ n: 1 }])
      // What was on its way takes no effect any more.
      proxy.release()
      const after = await saved(queue.create('a', { n: 2 }))
      assert.equal(after.id, job.id + 1)
      assert.deepEqual(await stored(), [{ n: 1 }, { n: 2 }])
    })

    for (const [how, fault] of Object.entries({
      'is held up': (proxy) => proxy.holdNext(DIRECT),
      'loses an answer': (proxy) => proxy.loseAnswerTo(DIRECT, 0),
      'was ended before': () => command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    })) {
      it(`as it ${how}, nothing overtakes the job that was on it`, async () => {
        const { proxy, queue } = await proxied()
        for (let n = 0; n < 10; n++) {
          await opened(queue)
          await fault(proxy)
          const before = Number(await command('GET', 'q:ids'))
          const first = queue.create('a', { n: 2 * n })
          const second = queue.create('a', { n: 2 * n + 1 })
          const saving = saved(first)
          await Promise.resolve()
          await Promise.resolve()
          const counting = ask(queue, 'inactiveCount')
          const all = [saving, saved(second)]
          const jobs = await Promise.all(all)
          assert.deepEqual(
            jobs.map((job) => job.id),
            [before + 1, before + 2]
          )
          // At most those before it, which it did not overtake either.
          assert.ok((await counting) >= before + 1)
        }
        t.expectErrors('ERR_STORE_UNAVAILABLE')
      })
    }

    it('before the answer is here, the job keeps its id', async () => {
      const { proxy, queue } = await proxied()
      for (let n = 1; n <= 5; n++) {
        await opened(queue)
        proxy.loseAnswerTo(DIRECT, 0)
        const job = queue.create('a', { n })
        assert.equal(await goes(queue, () => saved(job)), true)
        assert.equal(lineOf(queue)._socket, null)
        assert.equal(await command('HGET', `q:job:${job.id}`, 'data'), `{"n":${n}}`)
      }
      assert.deepEqual(
        await stored(),
        [1, 2, 3, 4, 5].map((n) => ({ n }))
      )
    })

    it('and says nothing, another way is found before the time is over', async () => {
      const { proxy, queue } = await proxied({ commandTimeout: 4000 })
      const [line] = [...proxy.sockets].slice(-1)
      line.pause()
      assert.equal(await goes(queue, () => queue.add('a', { n: 1 })), true)
      assert.equal(lineOf(queue)._socket, null)
      assert.deepEqual(await stored(), [{ n: 1 }])
    })

    for (const commandTimeout of [300, 1500]) {
      it(`right after an answer, there is time for another way within ${commandTimeout} ms`, async () => {
        const { proxy, queue } = await proxied({ commandTimeout })
        await saved(queue.create('a', { warm: true }))
        const [line] = [...proxy.sockets].slice(-1)
        line.pause()
        assert.equal(await goes(queue, () => queue.add('a', { n: 1 })), true)
        assert.deepEqual(await stored(), [{ n: 1 }])
      })
    }

    it('and says nothing, those who wait behind the job do not wait for long', async () => {
      const { proxy, queue } = await proxied({ commandTimeout: 10_000 })
      const [line] = [...proxy.sockets].slice(-1)
      line.pause()
      const begin = performance.now()
      const adding = saved(queue.create('a', { n: 1 }))
      await Promise.resolve()
      await Promise.resolve()
      await ask(queue, 'inactiveCount')
      await adding
      // Without them a second.
      assert.ok(performance.now() - begin < 900)
    })

    it('in a network that is only slow, the next one has more time', async () => {
      const { proxy, queue } = await proxied()
      proxy.delayMs = 70
      const adding = saved(queue.create('a', { n: 1 }))
      await Promise.resolve()
      await Promise.resolve()
      await Promise.all([adding, ask(queue, 'inactiveCount')])
      assert.equal(lineOf(queue)._socket, null)
      await opened(queue)
      const line = lineOf(queue)._socket
      const another = saved(queue.create('a', { n: 2 }))
      await Promise.resolve()
      await Promise.resolve()
      assert.equal(lineOf(queue).busy, true)
      await Promise.all([another, ask(queue, 'inactiveCount')])
      assert.equal(lineOf(queue)._socket, line)
      assert.deepEqual(await stored(), [{ n: 1 }, { n: 2 }])
    })

    it('with the server, the time that a call may take is kept', async () => {
      const { proxy, queue } = await proxied({ commandTimeout: 600 })
      proxy.silent = true
      const begin = performance.now()
      await assert.rejects(saved(queue.create('a', { n: 1 })), { code: 'ERR_STORE_UNAVAILABLE' })
      const took = performance.now() - begin
      assert.ok(took >= 550 && took < 5000, `${took} ms`)
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })

    it('while it is idle, nobody notices', async () => {
      const { proxy, queue } = await proxied()
      for (let n = 0; n < 3; n++) {
        await opened(queue)
        proxy.cut()
        await saved(queue.create('a', { n }))
      }
      assert.deepEqual(await stored(), [{ n: 0 }, { n: 1 }, { n: 2 }])
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })

    it('right after an answer, the note of that job is removed all the same', async () => {
      const { proxy, queue } = await proxied()
      proxy.holdNext('$3\r\nDEL')
      assert.equal(await goes(queue, () => queue.add('a', { n: 1 })), true)
      await until(() => proxy.held.length === 1)
      await until(async () => (await command('KEYS', 'q:rekue:*')).length === 0)
    })

    it('events of the job come all the same', async () => {
      const { proxy, queue } = await proxied()
      t.queue().process('b', (job, done) => done(null, job.data.n))
      for (let n = 0; n < 5; n++) {
        await opened(queue)
        if (n % 2 === 0) proxy.loseAnswerTo(DIRECT, 0)
        else proxy.holdNext(DIRECT)
        const job = queue.create('b', { n })
        const complete = next(job, 'complete')
        assert.equal(await goes(queue, () => saved(job)), true)
        assert.equal((await complete)[0], n)
      }
    })

    it('loses and doubles nothing, however often', async () => {
      const { proxy, queue } = await proxied()
      const TOTAL = 150
      for (let n = 0; n < TOTAL; n++) {
        lineOf(queue)._next = 0
        if (n % 5 === 0) proxy.loseAnswerTo(DIRECT, 0)
        if (n % 7 === 0) proxy.holdNext(DIRECT)
        if (n % 11 === 0) proxy.cut()
        await saved(queue.create('a', { n }))
      }
      proxy.release()
      await saved(queue.create('a', { n: TOTAL }))
      const all = (await stored()).map(({ n }) => n)
      assert.deepEqual(
        all,
        Array.from({ length: TOTAL + 1 }, (_, n) => n)
      )
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })
  })

  describe('where the server refuses', () => {
    it('the error is that of any other way', async () => {
      const queue = await opened(t.queue())
      await command('DEL', 'q:jobs')
      await command('SET', 'q:jobs', 'poison')
      const refused = { code: 'ERR_STORE_UNAVAILABLE', message: /WRONGTYPE/ }
      const direct = await goes(queue, () => assert.rejects(queue.add('a', { n: 1 }), refused))
      assert.equal(direct, true)
      assert.equal(await goes(queue, () => assert.rejects(queue.add('a'), refused)), false)
      await command('DEL', 'q:jobs')
      await saved(queue.create('a', { n: 2 }))
      assert.deepEqual(await stored(), [{ n: 2 }])
    })

    it('since it forgot the scripts, they are loaded again', async () => {
      const queue = await opened(t.queue())
      await command('SCRIPT', 'FLUSH')
      assert.equal(await goes(queue, () => queue.add('a', { n: 1 })), true)
      assert.deepEqual(await stored(), [{ n: 1 }])
    })
  })

  it('is none for who may not end connections: what is late could not be kept out', async () => {
    const port = new URL(redis.server.url).port
    await command('ACL', 'SETUSER', 'modest', 'on', '>pw', '~*', '&*', '+@all', '-client|kill')
    t.later(() => command('ACL', 'DELUSER', 'modest'))
    const queue = t.queue({ store: `redis://modest:pw@127.0.0.1:${port}` })
    const direct = await goes(queue, async () => {
      for (let n = 0; n < 20; n++) await queue.add('a', { n })
    })
    assert.equal(direct, false)
  })

  it('keeps no event from a job that is waited for', async () => {
    const [other, queue] = [t.queue(), await opened(t.queue())]
    const theirs = await saved(other.create('theirs'))
    await saved(queue.create('a', { n: 1 }))
    // Whether anybody listens to the job that was just added is told with the next turn of the loop.
    const [job] = await Promise.all([ask(rekue.Job, 'get', theirs.id, 'theirs')])
    const complete = next(job, 'complete')
    other.process('theirs', (job, done) => done(null, 7))
    await saved(queue.create('a', { n: 2 }))
    assert.equal((await complete)[0], 7)
  })

  it('does not mistake a busy thread for a server that says nothing', async () => {
    const queue = await opened(t.queue({ commandTimeout: 200 }))
    const line = lineOf(queue)._socket
    const saving = saved(queue.create('a', { n: 1 }))
    await Promise.resolve()
    await Promise.resolve()
    const end = performance.now() + 400
    while (performance.now() < end);
    await saving
    assert.equal(lineOf(queue)._socket, line)
  })

  it('holds no descriptor after its queue', async function () {
    const count = () => fs.readdirSync('/proc/self/fd').length
    if (!fs.existsSync('/proc/self/fd')) this.skip()
    const round = async () => (await opened(t.queue())).close()
    await round()
    const before = count()
    for (let n = 0; n < 20; n++) await round()
    await until(() => count() <= before)
  })

  it('goes with its thread', async () => {
    const program = `
      const { workerData, parentPort } = require('node:worker_threads')
      const rekue = require(workerData.rekue)
      const queue = rekue.createQueue({ store: workerData.store })
      ;(async () => {
        while (!queue._wire._direct._socket) await queue.add('a', { warm: true })
        await queue.add('a', { n: 1 })
        queue.add('a', { n: 2 })
        parentPort.postMessage('opened')
      })()`
    const worker = new Worker(program, {
      eval: true,
      workerData: { rekue: require.resolve('../..'), store: redis.server.url }
    })
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    await worker.terminate()
    await until(async () => (await clients()).length === 1)
    const [first] = await stored()
    assert.deepEqual(first, { n: 1 })
  })

  it('does not keep a process from its end', async () => {
    const child = t.child(async (rekue, options, tell) => {
      const queue = rekue.createQueue(options)
      while (!queue._wire._direct._socket) await queue.add('a')
      await queue.add('a')
      queue.shutdown(1000, () => tell('over'))
    })
    await child.says('over')
    assert.deepEqual(await child.ended, { code: 0, signal: null })
  })

  it('leads over a unix socket too, and into the database that was asked for', async () => {
    const server = await startRedis({ socket: true })
    t.later(() => server.stop())
    const { socket } = server
    const queue = await opened(t.queue({ store: undefined, redis: { socket, db: 3 } }))
    assert.equal(await goes(queue, () => queue.add('a', { n: 1 })), true)
    assert.deepEqual(
      await server.command('INFO', 'keyspace').then((text) => text.match(/db\d+/g)),
      ['db3']
    )
  })
})
