'use strict'

const assert = require('node:assert/strict')
const { redis } = require('../../test-support/stores')
const { rekue, setUp, saved, ask, deferred, gather, until } = require('../../test-support/queues')

const { Job } = rekue

/** What stands in Redis is Kue's, key by key; and what should not stand there hurts nobody. */
describe('the layout in Redis', () => {
  const t = setUp(redis)
  const command = (...args) => redis.server.command(...args)
  const keys = async () => (await command('KEYS', '*')).sort()
  const hash = async (key) => {
    const flat = await command('HGETALL', key)
    return Object.fromEntries(flat.flatMap((_, i) => (i % 2 ? [] : [[flat[i], flat[i + 1]]])))
  }
  const scores = (key) => command('ZRANGE', key, 0, -1, 'WITHSCORES')

  it('may have what Kue wrote of a job that was removed meanwhile, which is none', async () => {
    const queue = t.queue()
    const job = await queue.add('a')
    await command('HSET', 'q:job:5', 'state', 'complete', 'progress', '100', 'attempts', '1')
    await command('ZADD', 'q:jobs', 0, '01|5')
    await command('ZADD', 'q:jobs:complete', 0, '01|5')
    const invalid = { code: 'ERR_JOB_NOT_FOUND', message: 'job "5" is invalid' }
    await assert.rejects(Job.get(5), invalid)
    assert.deepEqual(await Job.rangeByState('complete', 0, -1, 'asc'), [])
    assert.deepEqual(
      (await Job.range(0, -1, 'asc')).map(({ id }) => id),
      [job.id]
    )
    await Job.remove(5)
    assert.deepEqual(await scores('q:jobs:complete'), [])
    assert.equal(await ask(queue, 'inactiveCount'), 1)
  })

  it('of a new job', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('mail', { to: 'ä' }).priority('high').attempts(3).ttl(500))
    const at = String(job.created_at)
    assert.deepEqual(await keys(), [
      'q:ids',
      'q:job:1',
      'q:job:types',
      'q:jobs',
      'q:jobs:inactive',
      'q:jobs:mail:inactive',
      'q:mail:jobs'
    ])
    assert.deepEqual(await hash('q:job:1'), {
      max_attempts: '3',
      type: 'mail',
      created_at: at,
      promote_at: at,
      ttl: '500',
      updated_at: at,
      priority: '-10',
      data: '{"to":"ä"}',
      state: 'inactive'
    })
    for (const key of ['q:jobs', 'q:jobs:inactive', 'q:jobs:mail:inactive']) {
      assert.deepEqual(await scores(key), ['01|1', '-10'])
    }
    assert.deepEqual(await command('LRANGE', 'q:mail:jobs', 0, -1), ['1'])
    assert.deepEqual(await command('SMEMBERS', 'q:job:types'), ['mail'])
  })

  it('of a delayed job', async () => {
    const job = await t.queue().add('mail', {}, { delay: 60_000 })
    const due = String(job.created_at + 60_000)
    assert.deepEqual(await scores('q:jobs:delayed'), ['01|1', due])
    assert.deepEqual(await scores('q:jobs:mail:delayed'), ['01|1', '0'])
    assert.deepEqual(await command('EXISTS', 'q:mail:jobs'), 0)
    const { delay, promote_at, state } = await hash('q:job:1')
    assert.deepEqual([delay, promote_at, state], ['60000', due, 'delayed'])
  })

  it('of adds that are answered holds nothing that Kue does not know', async () => {
    const queue = t.queue()
    // As a race would show in a few of a hundred only.
    for (let i = 0; i < 200; i++) {
      await queue.add('mail', { i })
      assert.deepEqual(await command('KEYS', 'q:rekue:*'), [])
    }
  })

  it('of an idle queue holds nothing that Kue does not know', async () => {
    const queue = t.queue()
    const jobs = await queue.addBulk([
      { type: 'a' },
      {
        type: 'a',
        data: { bad: true },
        options: { attempts: 2, backoff: { type: 'fixed', delay: 9 } }
      },
      { type: 'a', options: { ttl: 5000, removeOnComplete: true } }
    ])
    queue.process('a', 3, async (job) => {
      if (job.data.bad) throw new Error('bad')
      return [1]
    })
    await Promise.allSettled(jobs.map((job) => job.finished()))
    assert.deepEqual(await keys(), [
      'q:ids',
      'q:job:1',
      'q:job:2',
      'q:job:2:log',
      'q:job:types',
      'q:jobs',
      'q:jobs:a:complete',
      'q:jobs:a:failed',
      'q:jobs:complete',
      'q:jobs:failed',
      ...((await command('EXISTS', 'q:stats:work-time')) ? ['q:stats:work-time'] : [])
    ])
    const { result, progress, state, attempts } = await hash('q:job:1')
    assert.deepEqual([result, progress, state, attempts], ['[1]', '100', 'complete', '1'])
  })

  it('active jobs have Kue’s scores: the deadline, or minus the absolute priority', async () => {
    const queue = t.queue()
    const hold = deferred()
    const both = new Set()
    const started = deferred()
    const jobs = await queue.addBulk([
      { type: 'a', options: { priority: 'low' } },
      { type: 'a', options: { ttl: 50_000 } }
    ])
    queue.process('a', 2, (job) => {
      if (both.add(job.id).size === 2) started.resolve()
      return hold.promise
    })
    await started.promise
    const [low, lowScore, timed, deadline] = await scores('q:jobs:active')
    assert.deepEqual([low, lowScore, timed], ['01|1', '-10', '01|2'])
    const { started_at } = await hash('q:job:2')
    assert.equal(Number(deadline), Number(started_at) + 50_000)
    hold.resolve()
    await Promise.all(jobs.map((job) => job.finished()))
    assert.equal(await command('EXISTS', 'q:jobs:active'), 0)
  })

  it('an active job that came alone has its deadline as the score', async () => {
    const queue = t.queue()
    const [started, hold] = [deferred(), deferred()]
    queue.process('a', (job, done) => {
      started.resolve(job)
      hold.promise.then(() => done())
    })
    await until(async () => / cmd=blpop /.test(await command('CLIENT', 'LIST')))
    const job = await queue.add('a', {}, { ttl: 50_000 })
    await started.promise
    const { started_at } = await hash('q:job:1')
    assert.deepEqual(await scores('q:jobs:active'), ['01|1', String(Number(started_at) + 50_000)])
    assert.deepEqual(await scores('q:jobs:a:active'), ['01|1', '0'])
    hold.resolve()
    await job.finished()
  })

  it('tokens and jobs stay in step', async () => {
    const queue = t.queue()
    const jobs = await queue.addBulk(Array.from({ length: 10 }, () => ({ type: 'a' })))
    await ask(jobs[3], 'remove')
    await ask(jobs[4], 'complete')
    await ask(jobs[5], 'delayed')
    assert.equal(await command('LLEN', 'q:a:jobs'), 7)
    queue.process('a', 3, async () => {})
    await until(async () => (await queue.stats()).complete === 9)
    assert.equal(await command('EXISTS', 'q:a:jobs'), 0)
  })

  it('remove leaves nothing of a job but the type and the counter', async () => {
    const queue = t.queue()
    const job = await queue.add('a')
    job.log('x')
    await ask(job, 'remove')
    assert.deepEqual(await keys(), ['q:ids', 'q:job:types'])
  })

  it('hashTag writes {prefix}:key', async () => {
    const queue = t.queue({ prefix: 'mine', hashTag: true })
    queue.process('a', async () => 'ran')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    assert.ok((await keys()).every((key) => key.startsWith('{mine}:')))
  })

  it('a job without a token, and tokens without jobs, do no harm', async () => {
    const queue = t.queue()
    await command('LPUSH', 'q:a:jobs', '1', '1', '1')
    const job = await queue.add('a')
    await command('DEL', 'q:a:jobs')
    queue.process('a', async () => 'ran')
    assert.equal(await job.finished(), 'ran')
    await command('LPUSH', 'q:a:jobs', '1', '1', '1')
    assert.equal(await (await queue.add('a')).finished(), 'ran')
    await until(async () => (await command('EXISTS', 'q:a:jobs')) === 0)
  })

  it('a job that is added alone stands there as one that is added with others', async () => {
    const queue = t.queue()
    const what = { type: 'mail', data: { to: 'ä' }, options: { priority: 'high', attempts: 3 } }
    const alone = await queue.add(what.type, what.data, what.options)
    const [other] = await queue.addBulk([what, { type: 'news' }])
    // With the order of the fields.
    const timeless = async ({ id, created_at: at }) => {
      const flat = await command('HGETALL', `q:job:${id}`)
      for (const name of ['created_at', 'promote_at', 'updated_at']) {
        const value = flat.indexOf(name) + 1
        assert.equal(flat[value], String(at))
        flat[value] = 'then'
      }
      return flat
    }
    assert.deepEqual(await timeless(alone), await timeless(other))
    for (const set of ['q:jobs', 'q:jobs:inactive']) {
      assert.deepEqual(await scores(set), ['01|1', '-10', '01|2', '-10', '01|3', '0'])
    }
    assert.deepEqual(await scores('q:jobs:mail:inactive'), ['01|1', '-10', '01|2', '-10'])
    assert.deepEqual(await command('LRANGE', 'q:mail:jobs', 0, -1), ['1', '1'])
  })

  it('a lease that ends far in the future, by a clock that was set back, does not last as long', async () => {
    const day = 24 * 3600 * 1000
    await command('HSET', 'q:rekue:lease:dead', '1', '1@5')
    await command('ZADD', 'q:rekue:leases', String(Date.now() + 400 * day), 'dead')
    await command('ZADD', 'q:rekue:leases', String(Date.now() + day / 2), 'alive')
    const queue = t.queue({ lease: { duration: 300 } })
    queue.process('a', async () => {})
    const ends = async () => (await scores('q:rekue:leases')).filter((_, i) => i % 2).map(Number)
    await until(async () => (await ends()).every((end) => end <= Date.now() + day))
    assert.ok((await ends()).every((end) => end > Date.now() + day / 3))
  })

  it('a lease that cannot be read keeps no other from being over', async () => {
    await command('HSET', 'q:job:1', 'type', 'a', 'state', 'active', 'started_at', '5')
    for (const set of ['q:jobs', 'q:jobs:active', 'q:jobs:a:active']) {
      await command('ZADD', set, '0', '01|1')
    }
    await command('SET', 'q:rekue:lease:bad', 'of another kind')
    await command('HSET', 'q:rekue:lease:dead', '1', '1@5')
    await command('ZADD', 'q:rekue:leases', '1', 'bad', '2', 'dead')
    t.queue({ lease: { duration: 300 } }).process('b', async () => {})
    await until(async () => (await command('ZCARD', 'q:jobs:a:inactive')) === 1)
    await t.error('ERR_STORE_UNAVAILABLE')
    t.expectErrors('ERR_STORE_UNAVAILABLE')
  })

  for (const [name, count] of [
    ['an add', 1],
    ['a bulk', 2]
  ]) {
    for (const key of [
      `q:job:${count}`,
      'q:job:types',
      'q:jobs',
      'q:jobs:inactive',
      'q:jobs:a:inactive'
    ]) {
      it(`${name} that fails at ${key} leaves nothing of its jobs`, async () => {
        const queue = t.queue()
        await queue.stats()
        await command('SET', key, 'of another kind')
        const add = () => queue.addBulk(Array.from({ length: count }, () => ({ type: 'a' })))
        await assert.rejects(add(), { code: 'ERR_STORE_UNAVAILABLE', message: /WRONGTYPE/ })
        const left = (await keys()).filter((left) => left !== 'q:job:types' && left !== 'q:ids')
        assert.deepEqual(left, key === 'q:job:types' ? [] : [key])
        assert.equal(await command('GET', key), 'of another kind')
        await command('DEL', key)
        assert.equal((await add())[0].id, count + 1)
      })
    }
  }

  for (const [key, what] of [
    ['q:job:1:log', 'the log of a job'],
    ['q:rekue:search:job:1', 'the words of a job'],
    ['q:rekue:lost', 'what jobs have lost'],
    ['q:stats:work-time', 'the time that was worked']
  ]) {
    describe(`another kind of key in the place of ${what}`, () => {
      /** Types and what becomes of their first job. @type {Record<string, [object, string]>} */
      const fates = {
        fails: [{}, 'failed'],
        'is tried again': [{ attempts: 2 }, 'failed'],
        'waits to be tried again': [{ attempts: 2, delay: 20, backoff: true }, 'failed'],
        completes: [{}, 'complete'],
        'completes and goes': [{ removeOnComplete: true }, 'gone']
      }
      for (const [fate, [options, end]] of Object.entries(fates)) {
        it(`where it ${fate}: it has its outcome, and the others run`, async () => {
          const queue = t.queue({ disableSearch: false })
          const data = { title: 'some words' }
          const [bad, ...others] = await queue.addBulk([
            { type: 'a', data, options },
            ...Array.from({ length: 20 }, () => ({ type: 'a' }))
          ])
          await command('DEL', key)
          await command('SET', key, 'of another kind')
          bad.log('a line')
          bad.error(new Error('told'))
          const runs = new Map()
          queue.process('a', 5, async (job) => {
            runs.set(job.id, (runs.get(job.id) || 0) + 1)
            job.log('begun')
            if (job.id === bad.id && end === 'failed') throw new Error('no')
            return 'ran'
          })
          for (const job of others) assert.equal(await job.finished(), 'ran')
          if (end === 'failed') await assert.rejects(bad.finished(), { message: 'no' })
          await until(async () => (await command('ZCARD', 'q:jobs:active')) === 0)
          if (end === 'gone') await assert.rejects(Job.get(bad.id), { code: 'ERR_JOB_NOT_FOUND' })
          else assert.equal((await Job.get(bad.id)).state(), end)
          assert.equal(runs.get(bad.id), 'attempts' in options ? 2 : 1)
          assert.equal(await command('ZCARD', 'q:jobs:a:active'), 0)
          if (end !== 'gone') await ask(await Job.get(bad.id), 'remove')
          assert.deepEqual((await queue.repair({ dryRun: true, wait: 0 })).found, {})
        })
      }

      it('where its worker is lost: it goes to another', async () => {
        const queue = t.queue({ lease: { duration: 300, maxLost: 1 } })
        await command('HSET', 'q:job:1', 'type', 'a', 'state', 'active', 'started_at', '5')
        await command('HSET', 'q:job:2', 'type', 'a', 'state', 'active', 'started_at', '5')
        await command('SET', 'q:ids', '2')
        for (const set of ['q:jobs', 'q:jobs:active', 'q:jobs:a:active']) {
          await command('ZADD', set, '0', '01|1', '0', '01|2')
        }
        await command('HSET', 'q:rekue:lost', '1', '5')
        await command('HSET', 'q:rekue:lease:dead', '1', '1@5', '2', '1@5')
        await command('ZADD', 'q:rekue:leases', '1', 'dead')
        await command('DEL', key)
        await command('SET', key, 'of another kind')
        const held = deferred()
        queue.process('b', () => held.promise)
        await queue.add('b')
        await until(async () => (await command('ZCARD', 'q:jobs:a:active')) === 0)
        const states = ['1', '2'].map((id) => command('HGET', `q:job:${id}`, 'state'))
        const first = key === 'q:rekue:lost' ? 'inactive' : 'failed'
        assert.deepEqual(await Promise.all(states), [first, 'inactive'])
        held.resolve()
      })
    })
  }

  // A set that all jobs share, in whose place somebody puts something else for a while.
  for (const key of [
    'q:jobs',
    'q:jobs:active',
    'q:jobs:a:active',
    'q:jobs:complete',
    'q:jobs:a:complete',
    'q:jobs:failed',
    'q:jobs:a:failed',
    'q:jobs:inactive',
    'q:jobs:delayed',
    'q:jobs:a:delayed',
    'q:rekue:leases'
  ]) {
    it(`another kind of key in the place of ${key} leaves each job where it was`, async () => {
      const queue = t.queue()
      const holds = Array.from({ length: 3 }, deferred)
      const begun = deferred()
      /** @type {Map<number, number>} */
      const runs = new Map()
      const fates = [
        {},
        { attempts: 2 },
        { attempts: 2, delay: 1, backoff: true },
        { removeOnComplete: true }
      ]
      const jobs = await queue.addBulk(
        Array.from({ length: 12 }, (_, i) => ({
          type: 'a',
          data: { fails: i % 4 === 1 || i % 4 === 2 },
          options: fates[i % 4]
        }))
      )
      const ends = Promise.allSettled(jobs.map((job) => job.finished()))
      const completed = gather(6)
      queue.on('job complete', (id) => completed.push(id))
      queue.process('a', 8, async (job) => {
        runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
        if (runs.size === 8) begun.resolve()
        await holds[0].promise
        if (job.data.fails) throw new Error('no')
      })
      await begun.promise
      // What is there of it waits under another name.
      const there = await command('EXISTS', key)
      if (there) await command('RENAME', key, 'aside')
      await command('SET', key, 'of another kind')
      holds[0].resolve()
      await t.error('ERR_STORE_UNAVAILABLE')
      await queue.stats().catch(() => {})
      assert.equal(await command('GET', key), 'of another kind')
      if (there) await command('RENAME', 'aside', key)
      else await command('DEL', key)
      await ends
      await until(async () => (await command('ZCARD', 'q:jobs:active')) === 0)
      assert.deepEqual((await queue.repair({ dryRun: true, wait: 0 })).found, {})
      // Nothing was done by halves: each ran as often as it was to, and was told of once.
      for (const [i, job] of jobs.entries()) {
        assert.equal(runs.get(job.id), i % 4 === 1 || i % 4 === 2 ? 2 : 1)
        const lines = i % 4 === 1 || i % 4 === 2 ? ['Error: no', 'Error: no'] : []
        assert.deepEqual(await command('LRANGE', `q:job:${job.id}:log`, 0, -1), lines)
      }
      assert.deepEqual(
        [...completed].sort((a, b) => a - b),
        [1, 4, 5, 8, 9, 12]
      )
      t.expectErrors('ERR_STORE_UNAVAILABLE')
    })
  }

  for (const [name, count, slots] of [
    ['the only one that waits', 1, 1],
    ['the only one for more slots', 1, 3],
    ['one of several', 3, 3]
  ]) {
    it(`a job in hand that was ${name} stands where Kue has it`, async () => {
      const queue = t.queue()
      const begun = deferred()
      const end = deferred()
      const running = []
      queue.process('a', slots, async (job) => {
        if (running.push(job) === count) begun.resolve()
        await end.promise
      })
      await until(async () => / cmd=blpop /.test(await command('CLIENT', 'LIST')))
      const jobs = await queue.addBulk(
        Array.from({ length: count }, (_, n) => ({
          type: 'a',
          data: { n },
          options: { priority: 7 }
        }))
      )
      await begun.promise
      const zids = jobs.map((job) => `01|${job.id}`)
      for (const key of ['q:jobs:inactive', 'q:jobs:a:inactive', 'q:a:jobs']) {
        assert.equal(await command('EXISTS', key), 0, key)
      }
      assert.deepEqual(
        await scores('q:jobs:active'),
        zids.flatMap((zid) => [zid, '-7'])
      )
      assert.deepEqual(
        await scores('q:jobs:a:active'),
        zids.flatMap((zid) => [zid, '7'])
      )
      const [holder] = await command('ZRANGE', 'q:rekue:leases', 0, -1)
      const lease = await hash(`q:rekue:lease:${holder}`)
      assert.deepEqual(Object.keys(lease).map(Number).sort(), jobs.map((job) => job.id).sort())
      for (const { id } of jobs) {
        const { state, workerId, started_at, updated_at, data } = await hash(`q:job:${id}`)
        assert.deepEqual([state, updated_at], ['active', started_at])
        assert.match(workerId, /:a:[123]$/)
        assert.match(lease[id], new RegExp(`^\\d+@${started_at}$`))
        const job = running.find((job) => job.id === id)
        assert.deepEqual(job.data, JSON.parse(data))
      }
      end.resolve()
      for (const job of jobs) await job.finished()
      assert.equal(await command('EXISTS', 'q:jobs:active'), 0)
    })
  }

  it('adds that were under way together leave no note behind', async () => {
    const queue = t.queue()
    const adds = []
    for (let n = 0; n < 400; n++) {
      adds.push(queue.add('a', { n }))
      // In many calls, some of which wait for others.
      if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(adds)
    assert.deepEqual(await redis.server.command('KEYS', 'q:rekue:*'), [])
  })

  it('an add whose jobs do not stay leaves no note behind', async () => {
    const queue = t.queue()
    await queue.addBulk([
      { type: 'a', options: { removeOnComplete: true } },
      { type: 'a', options: { removeOnComplete: true } }
    ])
    await until(async () => !(await keys()).some((key) => key.includes('rekue')))
    assert.ok((await keys()).includes('q:job:1'))
  })

  it('nothing of a closed queue stays connected', async () => {
    const queue = t.queue()
    queue.on('job complete', () => {})
    queue.process('a', async () => {})
    await (await queue.add('a')).finished()
    await queue.close()
    await until(async () => (await command('CLIENT', 'LIST')).trim().split('\n').length === 1)
  })

  describe('poisoned', () => {
    const poisons = {
      'a job whose hash is missing': () => command('DEL', 'q:job:1'),
      'a job whose hash is something else': async () => {
        await command('DEL', 'q:job:1')
        await command('SET', 'q:job:1', 'x')
      },
      'a member that is no job’s': async () => {
        for (const set of ['q:jobs', 'q:jobs:inactive', 'q:jobs:a:inactive']) {
          await command('ZADD', set, '-99', 'garbage')
          await command('ZADD', set, '-98', '03|a"b')
          await command('ZADD', set, '-97', Buffer.from([0xff, 0xfe]))
          await command('ZADD', set, '-96', '')
        }
      },
      'a job with a foreign id': async () => {
        await command('HSET', 'q:job:a"b', 'type', 'a', 'data', '{}', 'state', 'inactive')
        await command('ZADD', 'q:jobs:a:inactive', '-5', '03|a"b')
        await command('ZADD', 'q:jobs:inactive', '-5', '03|a"b')
      },
      'data that is broken JSON': () => command('HSET', 'q:job:1', 'data', '{oops'),
      'data that is no UTF-8': () => command('HSET', 'q:job:1', 'data', Buffer.from([0xff, 0xfe])),
      'a priority that is no number': () => command('HSET', 'q:job:1', 'priority', 'urgent'),
      'a priority that is nan': () => command('HSET', 'q:job:1', 'priority', 'nan'),
      'numbers that are none': () =>
        command(
          'HSET',
          'q:job:1',
          'attempts',
          'x',
          'max_attempts',
          '-',
          'ttl',
          'nan',
          'delay',
          'z'
        ),
      'a backoff that is broken': () =>
        command('HSET', 'q:job:1', 'backoff', '{"type":', 'max_attempts', '2'),
      'a job without a type': () => command('HDEL', 'q:job:1', 'type'),
      'a delayed job that is gone': async () => {
        await command('ZADD', 'q:jobs:delayed', '5', '02|77')
        await command('ZADD', 'q:jobs:delayed', '5', 'garbage')
      },
      'a delayed job whose priority is no number': async () => {
        await command(
          'HSET',
          'q:job:77',
          'type',
          'a',
          'priority',
          'x',
          'data',
          '{}',
          'state',
          'delayed'
        )
        await command('ZADD', 'q:jobs:delayed', '5', '02|77')
        await command('ZADD', 'q:jobs:a:delayed', '5', '02|77')
      },
      'an overdue job that is gone': async () => {
        await command('ZADD', 'q:jobs:active', '200000', '02|77')
        await command('ZADD', 'q:jobs:active', '200000', 'garbage')
      },
      'a lease on nothing': async () => {
        await command('ZADD', 'q:rekue:leases', '5', 'nobody')
        await command('HSET', 'q:rekue:lease:nobody', '77', '1', 'garbage', '2')
      }
    }
    for (const [name, poison] of Object.entries(poisons)) {
      it(`${name} does not stop a worker`, async () => {
        const queue = t.queue({ lease: { duration: 300 } })
        const [, second] = await queue.addBulk([{ type: 'a' }, { type: 'a' }])
        const later = await queue.add('a', {}, { delay: 100 })
        await poison()
        queue.process('a', async () => 'ran')
        assert.equal(await second.finished(), 'ran')
        assert.equal(await later.finished(), 'ran')
        const newer = await queue.add('a', {}, { attempts: 2 })
        assert.equal(await newer.finished(), 'ran')
        // Reading must not stumble either.
        assert.ok((await ask(Job, 'range', 0, -1, 'asc')).some((job) => job?.id === second.id))
        await ask(queue, 'inactive')
        t.expectErrors('ERR_UNKNOWN_BACKOFF')
      })
    }

    it('a job that turns into something else in its worker’s hands does not stop it', async () => {
      const queue = t.queue()
      const [bad, good] = await queue.addBulk([{ type: 'a', data: { bad: true } }, { type: 'a' }])
      queue.process('a', async (job) => {
        if (!job.data.bad) return 'ran'
        await command('DEL', `q:job:${bad.id}`)
        await command('SET', `q:job:${bad.id}`, 'x')
      })
      assert.equal(await good.finished(), 'ran')
      assert.equal(await (await queue.add('a')).finished(), 'ran')
      assert.equal(await command('EXISTS', 'q:jobs:active'), 0)
      t.expectErrors('ERR_LEASE_LOST')
    })

    it('a job whose priority is spoilt in its worker’s hands still fails', async () => {
      const queue = t.queue()
      const job = await queue.add('a', {}, { attempts: 2 })
      queue.process('a', async (job) => {
        await command('HSET', `q:job:${job.id}`, 'priority', 'urgent')
        throw new Error('no')
      })
      await assert.rejects(job.finished(), { message: 'no' })
    })

    it('messages on q:events that are none of ours are ignored', async () => {
      const queue = t.queue()
      queue.on('job complete', () => {})
      const job = await queue.add('a')
      for (const message of [
        '',
        'null',
        '[]',
        '{"id":1',
        '{"id":1,"event":"complete"}',
        '{"id":1,"event":"complete","args":5}',
        '{"id":{},"event":"x","args":["x"]}',
        '{"id":1,"event":5,"args":["progress"]}',
        '{"id":1,"event":"progress","args":[null]}',
        '{"id":1,"event":"progress","args":["error"]}',
        '{"id":"__proto__","event":"progress","args":["__proto__",1]}',
        `{"id":1,"event":"progress","args":["progress",${'['.repeat(2000)}${']'.repeat(2000)}]}`,
        Buffer.from([0xff, 0x00, 0xfe])
      ]) {
        await command('PUBLISH', 'q:events', message)
      }
      const other = await queue.add('a')
      queue.process('a', async () => 'ran')
      assert.equal(await other.finished(), 'ran')
      assert.equal((await Job.get(job.id)).type, 'a')
    })
  })
})
