'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { startProxy } = require('../../faults/proxy')
const { startProxy: startPlainProxy } = require('../../test-support/tcp-proxy')
const { freePort } = require('../../test-support/ports')
const { startRedis } = require('../../test-support/redis-server')
const { redis } = require('../../test-support/stores')
const {
  rekue,
  setUp,
  saved,
  ask,
  deferred,
  gather,
  until,
  sleep
} = require('../../test-support/queues')

const { Job } = rekue

/** Servers that are not there, go away, come back, or have no room. */
describe('Redis in trouble', () => {
  const t = setUp(redis)
  const unavailable = { code: 'ERR_STORE_UNAVAILABLE' }

  /** A server of this test alone. @param {object} [options] */
  async function ownServer(options) {
    const server = await startRedis(options)
    t.later(() => server.stop())
    return server
  }

  describe('no server', () => {
    it('every call is rejected in time, and says where the server should be', async () => {
      const port = await freePort()
      const queue = t.queue({
        store: `redis://127.0.0.1:${port}`,
        connectTimeout: 200,
        commandTimeout: 300
      })
      const at = Date.now()
      const calls = {
        save: saved(queue.create('a')),
        add: queue.add('a'),
        addBulk: queue.addBulk([{ type: 'a' }, { type: 'b' }]),
        stats: queue.stats(),
        card: ask(queue, 'card', 'failed'),
        get: Job.get(1),
        range: ask(Job, 'range', 0, -1, 'asc')
      }
      for (const [name, call] of Object.entries(calls)) {
        await assert.rejects(
          call,
          { ...unavailable, message: new RegExp(`127\\.0\\.0\\.1:${port}.*refused`) },
          name
        )
      }
      const lasted = Date.now() - at
      assert.ok(lasted >= 250 && lasted < 1000, `${lasted} ms`)
      const error = await t.error('ERR_STORE_UNAVAILABLE')
      assert.match(error.message, /refused/)
      const closing = Date.now()
      await queue.close()
      assert.ok(Date.now() - closing < 1000)
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })

    it('a server that accepts and says nothing is given up in time', async () => {
      const net = require('node:net')
      const sockets = new Set()
      const server = net.createServer((socket) => sockets.add(socket))
      await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
      t.later(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
      const { port } = /** @type {any} */ (server.address())
      const queue = t.queue({
        store: `redis://127.0.0.1:${port}`,
        connectTimeout: 200,
        commandTimeout: 300
      })
      const at = Date.now()
      await assert.rejects(queue.add('a'), unavailable)
      assert.ok(Date.now() - at < 1500)
      await queue.close()
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })

    it('a server that is started later is found, and the queue recovers', async () => {
      const port = await freePort()
      const queue = t.queue({ store: `redis://127.0.0.1:${port}` })
      queue.process('a', async () => 'ran')
      const adding = queue.add('a')
      await t.error('ERR_STORE_UNAVAILABLE')
      await ownServer({ port })
      const job = await adding
      assert.equal(job.id, 1)
      assert.equal(await job.finished(), 'ran')
      await queue.close()
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })

    it('is no unhandled rejection and no uncaught exception', async () => {
      const port = await freePort()
      const child = t.child(
        (rekue, options, tell) => {
          process.on('unhandledRejection', (error) => tell(['unhandled', String(error)]))
          process.on('uncaughtException', (error) => tell(['uncaught', String(error)]))
          const queue = rekue.createQueue(options)
          queue.process('a', async () => {})
          queue.on('job complete', () => {})
          const job = queue.create('a').save()
          job.on('complete', () => {})
          queue.card('failed')
          queue.add('a').catch((error) => {
            tell(error.code)
            queue.shutdown(100, (error) => tell(error ? error.message : 'over'))
          })
        },
        { store: `redis://127.0.0.1:${port}`, connectTimeout: 100, commandTimeout: 200 }
      )
      await child.says('ERR_STORE_UNAVAILABLE')
      await child.says('over')
      assert.deepEqual(await child.ended, { code: 0, signal: null })
    })
  })

  it('a server killed and restarted in the midst of work loses nothing', async () => {
    const server = await ownServer({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    const queue = t.queue({ store: server.url })
    const worker = t.queue({ store: server.url })
    const count = 300
    const runs = new Map()
    const half = deferred()
    worker.process('a', 5, async (job) => {
      runs.set(job.data.i, (runs.get(job.data.i) || 0) + 1)
      if (runs.size === count / 2) half.resolve()
      return job.data.i
    })
    const jobs = Promise.all(
      Array.from({ length: count }, (_, i) => saved(queue.create('a', { i })))
    )
    await half.promise
    await server.kill('SIGKILL')
    const waiting = queue.add('a', { i: count })
    await server.restart()
    const all = [...(await jobs), await waiting]
    const results = await Promise.all(all.map((job) => job.finished()))
    assert.deepEqual(
      results,
      all.map((_, i) => i)
    )
    assert.equal(runs.size, count + 1)
    assert.deepEqual(
      { ...(await queue.stats()), workTime: 0 },
      { inactive: 0, active: 0, complete: count + 1, failed: 0, delayed: 0, workTime: 0 }
    )
    await queue.close()
    await worker.close()
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('finished() settles although its events were missed', async () => {
    const queue = t.queue()
    const worker = t.queue()
    const job = await queue.add('a')
    const finished = job.finished()
    await queue.stats()
    // Nobody can listen for a moment: subscriptions are cut, and made anew only when writes go on.
    const cut = setInterval(() => redis.server.command('CLIENT', 'KILL', 'TYPE', 'pubsub'), 1)
    worker.process('a', async () => 'unheard')
    await until(async () => (await worker.stats()).complete === 1)
    clearInterval(cut)
    assert.equal(await finished, 'unheard')
    assert.equal(await (await queue.add('a')).finished(), 'unheard')
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('finished() rejects where all was flushed under a job in hand', async () => {
    const server = await ownServer()
    const queue = t.queue({ store: server.url })
    const [started, hold] = [deferred(), deferred()]
    queue.process('a', () => (started.resolve(), hold.promise))
    const job = await queue.add('a')
    const outcome = job.finished()
    await started.promise
    await server.command('FLUSHALL')
    hold.resolve()
    await assert.rejects(outcome, { code: 'ERR_JOB_NOT_FOUND' })
    await queue.close()
    t.expectErrors('ERR_LEASE_LOST')
  })

  it('finished() rejects where all was flushed, also of jobs that nobody has in hand', async () => {
    const server = await ownServer()
    const queue = t.queue({ store: server.url, lease: { duration: 100 } })
    const other = await queue.add('a')
    const jobs = await queue.addBulk(Array.from({ length: 3 }, () => ({ type: 'a' })))
    const outcomes = jobs.map((job) => job.finished())
    await queue.stats()
    await server.command('FLUSHALL')
    // One of them is there.
    await server.command('HSET', `q:job:${jobs[1].id}`, 'type', 'a', 'state', 'inactive')
    const gone = { code: 'ERR_JOB_NOT_FOUND' }
    await assert.rejects(outcomes[0], gone)
    await assert.rejects(outcomes[2], gone)
    await assert.rejects(other.finished(), gone)
    await server.command('HSET', `q:job:${jobs[1].id}`, 'state', 'complete', 'result', '5')
    await server.command(
      'PUBLISH',
      'q:events',
      `{"id":${jobs[1].id},"event":"complete","args":["complete",5,null]}`
    )
    assert.equal(await outcomes[1], 5)
    await queue.close()
  })

  it('a job that goes as it completes is told of as complete', async () => {
    const queue = t.queue({ lease: { duration: 100 } })
    const jobs = await queue.addBulk(
      Array.from({ length: 300 }, (_, i) => ({
        type: 'a',
        data: { i },
        options: { removeOnComplete: true }
      }))
    )
    const outcomes = Promise.all(jobs.map((job) => job.finished()))
    queue.process('a', 2, async (job) => (await sleep(3), job.data.i))
    assert.deepEqual(await outcomes, [...Array(300).keys()])
  })

  it('work goes on when all connections are cut, again and again', async () => {
    const queue = t.queue()
    const seen = gather(60)
    queue.process('a', 3, async (job) => void seen.push(job.data.i))
    for (let i = 0; i < 60; i++) {
      queue.create('a', { i }).save()
      if (i % 20 === 10) {
        await queue.stats()
        await redis.server.command('CLIENT', 'KILL', 'SKIPME', 'yes', 'TYPE', 'normal')
      }
    }
    await until(async () => (await queue.stats()).complete === 60)
    assert.deepEqual(
      [...new Set(seen)].sort((a, b) => a - b),
      [...Array(60).keys()]
    )
    const { active, inactive, failed } = await queue.stats()
    assert.deepEqual([active, inactive, failed], [0, 0, 0])
    t.expectErrors('ERR_STORE_UNAVAILABLE', 'ERR_LEASE_LOST')
  })

  it('a claim whose answer is lost goes back, also where the look for it fails at first', async () => {
    const proxy = await startProxy(redis.server.port)
    t.later(() => proxy.close())
    const queue = t.queue()
    const worker = t.queue({
      store: proxy.url,
      commandTimeout: 300,
      promotion: { interval: 60_000 }
    })
    worker.process('a', async () => 'ran')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    // The claim takes effect and is sent again; then the question what is held, a script with one
    // argument, finds nobody.
    proxy.loseAnswerTo('EVALSHA', 0)
    proxy.loseAnswerTo('*6\r\n$7\r\nEVALSHA', 1000)
    const job = await queue.add('a')
    assert.equal(await job.finished(), 'ran')
    assert.deepEqual(proxy.losing, [], 'both were lost')
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  describe('a call that is lost with its connection', () => {
    /**
     * A queue behind a proxy that loses the next call with a text: before it arrives, or its answer.
     * @param {'the call' | 'the answer'} what
     */
    async function losing(what) {
      const proxy = await startPlainProxy(redis.server.port)
      t.later(() => proxy.stop())
      const queue = t.queue({ store: proxy.url })
      const cut = (/** @type {any} */ pair) => setImmediate(() => pair.client.destroy())
      /** @type {any} */
      let marked
      const state = { text: '', lost: 0 }
      proxy.onRequest = (request, pair) => {
        if (!state.text || !request.includes(state.text)) return false
        state.text = ''
        state.lost++
        if (what === 'the answer') marked = pair
        else cut(pair)
        return what === 'the call'
      }
      proxy.onReply = (_answer, pair) => {
        if (pair !== marked) return false
        marked = undefined
        cut(pair)
        return true
      }
      return { queue, state }
    }

    for (const what of /** @type {const} */ (['the call', 'the answer'])) {
      it(`${what}: lines are stored and events sent once`, async () => {
        const { queue, state } = await losing(what)
        const job = await queue.add('a')
        const events = gather(5)
        job.on('progress', (percent, data) => events.push([percent, data]))
        job.on('error', (error) => events.push(error))
        const lines = async () =>
          (await redis.server.command('LRANGE', 'q:job:1:log', 0, -1)).length
        // The same lines were stored just before.
        job.log('LINE')
        job.progress(1, 4, 'LINE')
        await until(async () => (await lines()) === 1 && events.length === 1)
        state.text = 'LINE'
        job.log('LINE')
        job.progress(1, 4, 'LINE')
        job.error('LINE')
        // These leave while those are under way.
        await new Promise(setImmediate)
        job.log('LINE')
        job.progress(1, 2, 'LINE')
        await ask(job, 'set', 'x', '1')
        job.progress(3, 4)
        assert.deepEqual(await events.full, [
          [25, 'LINE'],
          [25, 'LINE'],
          'LINE',
          [50, 'LINE'],
          [75, null]
        ])
        assert.equal(events.length, 5)
        assert.equal(state.lost, 1)
        assert.equal(await lines(), 4)
        await until(async () => (await redis.server.command('KEYS', 'q:rekue:*')).length === 0)
      })

      it(`${what}: a job is removed`, async () => {
        const { queue, state } = await losing(what)
        for (const remove of [
          (/** @type {any} */ job) => ask(job, 'remove'),
          (/** @type {any} */ job) => ask(Job, 'remove', job.id)
        ]) {
          const job = await queue.add('a')
          // The prefix, and the job's id.
          state.text = `q:\r\n$1\r\n${job.id}\r\n`
          await remove(job)
          assert.equal(state.text, '', 'it was lost')
          await assert.rejects(Job.get(job.id), { code: 'ERR_JOB_NOT_FOUND' })
        }
        assert.equal(state.lost, 2)
        await assert.rejects(ask(Job, 'remove', 1), { code: 'ERR_JOB_NOT_FOUND' })
      })
    }
  })

  it('scripts that were flushed are loaded again', async () => {
    const queue = t.queue()
    queue.process('a', async () => 'ran')
    for (let i = 0; i < 3; i++) {
      await redis.server.command('SCRIPT', 'FLUSH')
      assert.equal(await (await queue.add('a')).finished(), 'ran')
    }
  })

  it('a full server refuses a save with ERR_STORE_FULL and takes outcomes all the same', async () => {
    const server = await ownServer()
    const queue = t.queue({ store: server.url })
    const [job, next] = [await queue.add('a'), await queue.add('a', {}, { removeOnComplete: true })]
    const alone = await queue.add('alone')
    const [started, hold] = [deferred(), deferred()]
    queue.process('a', () => (started.resolve(), hold.promise))
    await started.promise
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    const none = { inactive: 0, active: 0, complete: 0, failed: 0, delayed: 0, workTime: 0 }
    const full = { code: 'ERR_STORE_FULL', message: /memory is full/ }
    await assert.rejects(saved(queue.create('a')), full)
    await assert.rejects(queue.add('a'), full)
    await assert.rejects(queue.addBulk([{ type: 'a' }, { type: 'b' }]), full)
    await assert.rejects(ask(job, 'update'), full)
    const removed = new Promise((resolve) => next.on('complete', resolve))
    hold.resolve('kept')
    // Both are recorded, and the second one is claimed, while the server is full.
    assert.equal(await job.finished(), 'kept')
    await removed
    // So is one without an outcome beside it.
    queue.process('alone', async () => 'ran')
    assert.equal(await alone.finished(), 'ran')
    assert.deepEqual({ ...(await queue.stats()), workTime: 0 }, { ...none, complete: 2 })
    assert.equal(await server.command('ZCARD', 'q:jobs'), 2)
    await assert.rejects(queue.add('a'), full)
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    assert.equal(await (await queue.add('a')).finished(), 'kept')
    await queue.close()
  })

  describe('a maxmemory-policy that evicts', () => {
    const program = (rekue, options, tell) => {
      process.on('warning', ({ name, code, message }) => tell({ name, code, message }))
      const queues = [new rekue(options), new rekue(options)]
      Promise.all(queues.map((queue) => queue.add('a')))
        .then(() => Promise.all(queues.map((queue) => queue.stats())))
        .then(() => Promise.all(queues.map((queue) => queue.close())))
        .then(() => setImmediate(tell, 'over'))
    }

    it('is warned of once in a process', async () => {
      const server = await ownServer({ args: ['--maxmemory-policy', 'allkeys-lru'] })
      const child = t.child(program, { store: server.url })
      const { name, code, message } = await child.told()
      assert.deepEqual([name, code], ['RekueWarning', 'REKUE_EVICTION'])
      assert.match(message, /allkeys-lru.*noeviction/)
      await child.says('over')
    })

    for (const args of [
      ['--maxmemory-policy', 'volatile-lru'],
      ['--maxmemory-policy', 'noeviction'],
      ['--maxmemory-policy', 'allkeys-lru', '--user', 'default on nopass ~* &* +@all -info']
    ]) {
      it(`is not warned of with ${args.slice(1).join(' ')}`, async () => {
        const server = await startRedis({ args: args.slice(0, 2) })
        t.later(() => server.stop())
        if (args.length > 2) {
          await server.command('ACL', 'SETUSER', 'default', ...args[3].split(' ').slice(1))
        }
        const child = t.child(program, { store: server.url })
        await child.says('over')
        assert.equal(child.stderr, '')
      })
    }
  })

  describe('a user who may not publish', () => {
    const user = ['ACL', 'SETUSER', 'worker', 'on', '>secret', '~q:*', '+@all']
    /** Each with what the warning says. @type {Record<string, { args?: string[], rules?: string[], says: RegExp }>} */
    const cases = {
      'for he has no channel, as new ones in Redis 7': {
        rules: ['resetchannels'],
        says: /SETUSER … &q:events$/
      },
      'for he may not use the command': {
        rules: ['allchannels', '-publish'],
        says: /SETUSER … \+publish &q:events$/
      },
      'for the command has another name': {
        args: ['--rename-command', 'PUBLISH', 'ANNOUNCE'],
        says: /does not know PUBLISH/
      }
    }

    for (const [name, { args, rules, says }] of Object.entries(cases)) {
      it(`${name}: every step is done as a whole, and it is said once`, async () => {
        const server = await ownServer({ args })
        if (rules) await server.command(...user, ...rules)
        /** @type {any[]} */
        const warnings = []
        const warn = (/** @type {any} */ warning) => {
          if (warning.code === 'REKUE_EVENTS_LOST') warnings.push(warning)
        }
        process.on('warning', warn)
        t.later(() => process.off('warning', warn))
        const store = rules ? `redis://worker:secret@127.0.0.1:${server.port}` : server.url
        const queue = t.queue({ store, disableSearch: false, lease: { duration: 1000 } })

        // Alone, on the line of such jobs, many, delayed, and to be found by words.
        const { id: first } = await queue.add('a', { title: 'one' })
        for (let i = 0; i < 9; i++) await queue.add('a')
        await queue.addBulk(Array.from({ length: 20 }, () => ({ type: 'a' })))
        await queue.add('a', {}, { delay: 20 })
        await queue.add('b', { fails: true }, { attempts: 2 })
        await queue.add('b', { fails: true }, { attempts: 2, delay: 20, backoff: true })
        await queue.add('b', {}, { removeOnComplete: true })
        const byHand = await queue.add('c')
        byHand.progress(1, 2)
        byHand.log('a line')
        byHand.error(new Error('by hand'))
        await ask(byHand, 'state', 'complete')
        await ask(byHand, 'state', 'inactive')
        await ask(await queue.add('c'), 'remove')
        await server.command('HSET', 'q:job:90', 'type', 'c', 'state', 'active', 'started_at', '5')
        for (const set of ['q:jobs', 'q:jobs:active', 'q:jobs:c:active']) {
          await server.command('ZADD', set, '0', '02|90')
        }
        await server.command('HSET', 'q:rekue:lease:dead', '90', '1@5')
        await server.command('ZADD', 'q:rekue:leases', '1', 'dead')

        const runs = gather(36)
        const work = async (/** @type {any} */ job) => {
          runs.push(job.id)
          job.log('ran')
          if (job.data.fails) throw new Error('no')
        }
        queue.process('a', 1, work)
        queue.process('b', 5, work)
        await runs.full
        await until(async () => {
          const { complete, failed, inactive } = await queue.stats()
          return complete === 31 && failed === 2 && inactive === 2
        })
        assert.equal(runs.length, 36)
        assert.equal((await Job.get(first)).state(), 'complete')
        assert.equal(await server.command('HGET', 'q:job:90', 'state'), 'inactive')
        assert.deepEqual((await queue.repair({ dryRun: true, wait: 0 })).found, {})
        assert.deepEqual(
          warnings.map(({ message }) => says.test(message)),
          [true]
        )
        // Who may use no channel cannot subscribe either.
        t.expectErrors('ERR_STORE_UNAVAILABLE')
      })
    }

    it('is not spoken of where he may', async () => {
      const server = await ownServer()
      await server.command(...user, '&q:events')
      const heard = t.child(
        (rekue, options, tell) => {
          process.on('warning', ({ message }) => tell(message))
          const queue = new rekue(options)
          queue.on('error', () => {})
          queue.process('a', async () => 'ran')
          queue
            .add('a')
            .then((job) => job.finished())
            .then(tell)
            .then(() => queue.close())
        },
        { store: `redis://worker:secret@127.0.0.1:${server.port}` }
      )
      await heard.says('ran')
      await heard.ended
      assert.deepEqual(heard.messages, [])
    })
  })

  describe('who waits for an outcome, and gets no events', () => {
    const program = (rekue, options, tell) => {
      const queue = new rekue(options)
      const errors = []
      queue.on('error', (error) => errors.push(error.message.replace(/^.* for now: /, '')))
      queue.process('a', async (job) => {
        await new Promise((resolve) => setTimeout(resolve, job.data.ms))
        if (job.data.ms === 10) throw new Error('no')
        return 'ran'
      })
      const outcome = ({ ms, listen }) =>
        new Promise((resolve, reject) => {
          const job = queue.create('a', { ms })
          if (listen) job.on('complete', () => {})
          job.save((error) => (error ? reject(error) : resolve(job.finished())))
        }).catch((error) => error.message)
      const tracked = () => queue._tracker.size
      Promise.all([{ ms: 5 }, { ms: 10 }, { ms: 1500 }, { ms: 5, listen: true }].map(outcome))
        .then((outcomes) => tell([outcomes, tracked(), errors]))
        .then(() => queue.close())
    }

    for (const [name, rules, errors] of [
      ['may not subscribe', ['allchannels', '-subscribe'], [/subscribe/]],
      ['may use no channel', ['resetchannels'], [/channels/]],
      ['may not publish', ['allchannels', '-publish'], []]
    ]) {
      it(`as he ${name}, looks for it at intervals`, async () => {
        const server = await ownServer()
        const user = ['ACL', 'SETUSER', 'worker', 'on', '>secret', '~q:*', '+@all']
        await server.command(...user, ...rules)
        const store = `redis://worker:secret@127.0.0.1:${server.port}`
        const child = t.child(program, { store })
        const [outcomes, tracked, said] = await child.told()
        assert.deepEqual(outcomes, ['ran', 'no', 'ran', 'ran'])
        assert.equal(tracked, 1, 'only who has a listener is still to hear something')
        assert.equal(said.length, errors.length, said.join())
        said.forEach((text, i) => assert.match(text, errors[i]))
        assert.deepEqual(await child.ended, { code: 0, signal: null })
      })
    }

    it('goes on waiting while the server is out of reach', async () => {
      const server = await ownServer()
      const proxy = await startProxy(server.port)
      t.later(() => proxy.close())
      const far = t.queue({ store: proxy.url, commandTimeout: 200 })
      const near = t.queue({ store: server.url })
      const job = await far.add('a')
      const outcome = job.finished().then(
        (result) => result,
        (error) => error
      )
      await far.stats()
      proxy.target = await freePort()
      proxy.cut()
      // It looks after a second, and that look has failed by then.
      await sleep(1600)
      near.process('a', async () => 'ran')
      await until(async () => (await near.stats()).complete === 1)
      proxy.target = server.port
      assert.equal(await outcome, 'ran')
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })
  })

  it('a user who may do nothing dangerous can work, also after a reconnect', async () => {
    const server = await ownServer()
    // What Redis 6 counts as dangerous holds all of CLIENT.
    const rules = ['on', '>secret', '~q:*', '&q:*', '+@all', '-@dangerous', '-client']
    await server.command('ACL', 'SETUSER', 'worker', ...rules)
    const queue = t.queue({ store: `redis://worker:secret@127.0.0.1:${server.port}` })
    queue.process('a', async () => 'ran')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    await server.command('CLIENT', 'KILL', 'USER', 'worker')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    queue.process('b', async () => 'ran')
    assert.equal(await (await queue.add('b')).finished(), 'ran')
    assert.deepEqual((await queue.repair({ wait: 0 })).found, {})
    const at = Date.now()
    await queue.close()
    assert.ok(Date.now() - at < 3000)
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('a user who may not interrupt a wait does not insist', async () => {
    const server = await ownServer()
    const rules = ['on', '>secret', '~q:*', '&q:*', '+@all', '-client|unblock']
    await server.command('ACL', 'SETUSER', 'worker', ...rules)
    const queue = t.queue({ store: `redis://worker:secret@127.0.0.1:${server.port}` })
    queue.process('a', async () => 'ran')
    await until(async () => /cmd=blpop/.test(await server.command('CLIENT', 'LIST')))
    queue.process('b', async () => 'ran')
    // It starts to be waited for when the wait for the other type is over.
    assert.equal(await (await queue.add('b')).finished(), 'ran')
    const stats = await server.command('INFO', 'commandstats')
    const { refused } = /client\|unblock:.*rejected_calls=(?<refused>\d+)/.exec(stats).groups
    assert.ok(Number(refused) > 0)
    // One in 5 ms at the most, for 5 s.
    assert.ok(Number(refused) <= 1001, refused)
    await queue.close()
  })

  it('a creator that may not remove keys adds each job once', async () => {
    const server = await ownServer()
    await server.command(
      'ACL',
      'SETUSER',
      'creator',
      'on',
      '>secret',
      '~q:*',
      '&q:*',
      '+@all',
      '-del'
    )
    const queue = t.queue({ store: `redis://creator:secret@127.0.0.1:${server.port}` })
    // Many at a time: what one call leaves behind is taken away with another one.
    const jobs = await Promise.all(Array.from({ length: 500 }, (_, n) => queue.add('a', { n })))
    assert.equal(new Set(jobs.map((job) => job.id)).size, 500)
    assert.equal(await server.command('ZCARD', 'q:jobs:inactive'), 500)
    await queue.close()
  })

  it('a server that cannot save refuses a save with ERR_STORE_FULL, and goes on when it can', async () => {
    const server = await ownServer()
    const queue = t.queue({ store: server.url })
    await queue.add('a')
    await server.command('CONFIG', 'SET', 'save', '1 1')
    fs.rmSync(server.dir, { recursive: true })
    await server.command('BGSAVE').catch(() => {})
    await until(async () => {
      const info = await server.command('INFO', 'persistence')
      return /rdb_last_bgsave_status:err/.test(info)
    })
    const full = { code: 'ERR_STORE_FULL', message: /\(MISCONF\): see its log, [^:]*$/ }
    await assert.rejects(queue.add('a'), full)
    await assert.rejects(queue.addBulk([{ type: 'a' }]), full)
    await server.command('CONFIG', 'SET', 'save', '')
    await until(() => queue.add('a').catch(() => false))
    await queue.close()
    t.expectErrors('ERR_STORE_FULL')
  })

  it('a server that wants a password says so to who gives none', async () => {
    const server = await ownServer({ args: ['--requirepass', 'right'] })
    const queue = t.queue({ store: server.url, commandTimeout: 300 })
    await assert.rejects(queue.add('a'), { code: 'ERR_STORE_UNAVAILABLE', message: /password/ })
    await queue.close()
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  for (const [what, processor, kept] of [
    ['result', async () => 'x'.repeat(2 ** 21), (job) => job.result.message],
    ['error', async () => Promise.reject(new Error('x'.repeat(2 ** 21))), (job) => job.error()]
  ]) {
    it(`a${what === 'error' ? 'n error' : ' result'} that the server does not take is told in short, and stops nobody else`, async () => {
      const server = await ownServer({ args: ['--proto-max-bulk-len', '1mb'] })
      const queue = t.queue({ store: server.url })
      const runs = gather(30)
      const jobs = await queue.addBulk(Array.from({ length: 30 }, () => ({ type: 'a' })))
      queue.process('a', 5, async (job) => {
        runs.push(job.id)
        return job.id === 7 ? processor() : job.id
      })
      const others = jobs.filter(({ id }) => id !== 7)
      assert.deepEqual(
        await Promise.all(others.map((job) => job.finished())),
        others.map(({ id }) => id)
      )
      await jobs[6].finished().catch(() => {})
      const stored = await Job.get(7)
      assert.equal(stored.state(), what === 'error' ? 'failed' : 'complete')
      assert.match(kept(stored), /could not be stored/)
      assert.equal(new Set(runs).size, 30)
      assert.equal(runs.length, 30)
      t.expectErrors('ERR_INTERNAL', 'ERR_STORE_UNAVAILABLE')
    }).timeout(60_000)
  }

  it('claims that are too much for the connection become smaller, and keep no jobs', async () => {
    const limit = ['--client-output-buffer-limit', 'normal 200kb 0 0']
    const server = await ownServer({ args: limit })
    const queue = t.queue({ store: server.url })
    const data = { text: 'x'.repeat(50_000) }
    for (let i = 0; i < 60; i++) await queue.add('a', data)
    const runs = gather(60)
    const completed = new Promise((resolve) => {
      let left = 60
      queue.on('job complete', () => --left === 0 && resolve())
    })
    queue.process('a', 20, async (job) => runs.push(job.id))
    await completed
    assert.equal(new Set(runs).size, 60)
    assert.equal(runs.length, 60)
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('a refusal that passes takes nothing from an outcome', async () => {
    const server = await ownServer()
    const queue = t.queue({ store: server.url })
    const started = deferred()
    const hold = deferred()
    queue.process('a', async () => (started.resolve(), hold.promise))
    const job = await queue.add('a')
    await started.promise
    // Of another kind for a while: the script cannot write the key of the job's state.
    await server.command('RENAME', 'q:jobs:active', 'kept')
    await server.command('SET', 'q:jobs:active', 'in the way')
    hold.resolve({ kept: 'whole' })
    for (let n = 0; n < 3; n++) await t.error('ERR_STORE_UNAVAILABLE')
    await server.command('DEL', 'q:jobs:active')
    await server.command('RENAME', 'kept', 'q:jobs:active')
    assert.deepEqual(await job.finished(), { kept: 'whole' })
  })

  it('what is given back late is not taken out of the hands of who claimed it in the same millisecond', async () => {
    const server = await ownServer()
    const queue = t.queue({ store: server.url, name: 'first' })
    const other = t.queue({ store: server.url, name: 'second' })
    const gaveBack = deferred()
    const taken = deferred()
    const hold = deferred()
    queue.process('a', (job, _ctx, _done) => void job.inactive(() => gaveBack.resolve(job)))
    const job = await queue.add('a')
    const first = await gaveBack.promise
    const [worker] = queue.workers
    worker.shutdown(0)
    const startedAt = await server.command('HGET', 'q:job:1', 'started_at')
    other.process('a', async ({ id }) => (taken.resolve(id), hold.promise))
    assert.equal(await taken.promise, job.id)
    await server.command('HSET', 'q:job:1', 'started_at', startedAt)
    const aborted = new Promise((resolve) => first.signal.addEventListener('abort', resolve))
    worker.resume()
    await aborted
    // The answer comes behind what was given back.
    await queue.stats()
    assert.equal((await Job.get(job.id)).state(), 'active')
    await other.close(1)
    t.expectErrors('ERR_LEASE_LOST')
  })

  describe('a job whose claim cannot be answered', () => {
    /** A queue with such a job before 20 others, all of them saved. @param {object} [more] */
    async function withLargeJob(more) {
      const limit = ['--client-output-buffer-limit', 'normal 200kb 0 0']
      const server = await ownServer({ args: limit })
      const queue = t.queue({ store: server.url, ...more })
      const large = await queue.add('a', { text: 'x'.repeat(1_000_000) }, { attempts: 2 })
      const small = await queue.addBulk(Array.from({ length: 20 }, () => ({ type: 'a' })))
      const said = new Promise((resolve) => {
        queue.on('error', ({ message }) => message.startsWith('job "1": ') && resolve(message))
      })
      // Of the connection, which breaks each time.
      t.later(() => t.expectErrors('ERR_STORE_UNAVAILABLE'))
      return { server, queue, large, small, said }
    }

    it('is put off, at no attempt and with the reason, and runs once that is over', async () => {
      const { server, queue, large, small, said } = await withLargeJob()
      const attempts = []
      large.on('failed attempt', (message) => attempts.push(message))
      queue.process('a', 4, async (job) => (job.data.text ? job.data.text.length : job.id))
      await Promise.all(small.map((job) => job.finished()))
      assert.match(await said, /the answer to its claim .* it is tried again in 5 s$/)
      const field = (name) => ask(large, 'get', name)
      assert.equal(await field('state'), 'delayed')
      assert.ok(!(Number(await field('attempts')) > 0))
      const [line] = await Job.log(large.id)
      assert.match(line, /was lost 3 times.*client-output-buffer-limit.*commandTimeout/)
      assert.deepEqual(attempts, [line])
      await server.command('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 0 0 0')
      assert.equal(await large.finished(), 1_000_000)
      assert.equal(await field('attempts'), '1')
    }).timeout(40_000)

    it('fails where that befell it more often than a job may lose its worker', async () => {
      const { queue, large, small, said } = await withLargeJob({ lease: { maxLost: 0 } })
      const others = small.map((job) => job.finished())
      // Not its finished(), which would look at the job and lose that answer too.
      const failed = new Promise((resolve) => large.on('failed', resolve))
      queue.process('a', 4, async (job) => job.id)
      assert.match(await failed, /was lost 3 times/)
      await Promise.all(others)
      assert.match(await said, /; it has failed$/)
      assert.equal((await queue.stats()).failed, 1)
    }).timeout(40_000)
  })

  it('a claim that stands by becomes smaller where its answers are too much', async () => {
    const limit = ['--client-output-buffer-limit', 'normal 200kb 0 0']
    const server = await ownServer({ args: limit })
    const queue = t.queue({ store: server.url })
    const runs = gather(40)
    const completed = new Promise((resolve) => {
      let left = 40
      queue.on('job complete', () => --left === 0 && resolve(undefined))
    })
    queue.process('a', 40, async (job) => runs.push(job.id))
    await queue.stats()
    const data = { text: 'x'.repeat(50_000) }
    await queue.addBulk(Array.from({ length: 40 }, () => ({ type: 'a', data })))
    await completed
    assert.equal(new Set(runs).size, 40)
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('an outcome that the server ends the connection for is told in short', async () => {
    const server = await ownServer({ args: ['--client-query-buffer-limit', '1mb'] })
    const queue = t.queue({ store: server.url })
    const jobs = await queue.addBulk(Array.from({ length: 6 }, () => ({ type: 'a' })))
    queue.process('a', 2, async ({ id }) => (id === 2 ? 'x'.repeat(3_000_000) : id))
    const others = jobs.filter(({ id }) => id !== 2)
    await Promise.all(others.map((job) => job.finished()))
    const result = await jobs[1].finished()
    assert.match(result.message, /could not be stored/)
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  }).timeout(40_000)

  it('a queue is closed within its own time and a moment, though the server is away', async () => {
    const server = await ownServer()
    const queue = t.queue({ store: server.url })
    const started = deferred()
    queue.process('a', () => (started.resolve(), new Promise(() => {})))
    await queue.add('a')
    await started.promise
    await server.kill()
    const at = performance.now()
    await queue.close(100)
    const lasted = performance.now() - at
    // commandTimeout alone is 10 s.
    assert.ok(lasted < 5000, `${lasted} ms`)
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('a queue is closed within the time of one call, whatever is under way', async () => {
    const server = await ownServer()
    const queue = t.queue({ store: server.url, commandTimeout: 1500 })
    queue.process('a', async () => {})
    await (await queue.add('a')).finished()
    await server.kill()
    const lost = queue.stats().catch(() => {})
    const at = performance.now()
    await queue.close(100)
    const lasted = performance.now() - at
    await lost
    assert.ok(lasted < 2500, `${lasted} ms`)
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  it('a user name that means nothing to the server gives way to the password alone', async () => {
    const server = await ownServer({ args: ['--requirepass', 'right'] })
    const queue = t.queue({ store: `redis://h:right@127.0.0.1:${server.port}` })
    const completed = new Promise((resolve) => queue.on('job complete', resolve))
    queue.process('a', async () => {})
    await queue.add('a')
    await completed
    // One by one, so that the direct line is opened, too.
    for (let i = 0; i < 20; i++) await queue.add('b')
    assert.equal((await queue.stats()).inactive, 20)
    await queue.close()
  })

  it('a wrong password is told without repeating it', async () => {
    const server = await ownServer({ args: ['--requirepass', 'right'] })
    const store = `redis://:wrong@127.0.0.1:${server.port}`
    const queue = t.queue({ store, commandTimeout: 300 })
    await assert.rejects(queue.add('a'), (error) => {
      assert.equal(error.code, 'ERR_STORE_UNAVAILABLE')
      assert.match(error.message, /password/)
      assert.doesNotMatch(error.message, /wrong/)
      return true
    })
    await queue.close()
    t.expectErrors('ERR_STORE_UNAVAILABLE')
    const right = t.queue({ redis: { port: server.port, auth: 'right' } })
    assert.equal((await right.add('a')).id, 1)
    await right.close()
  })
})
