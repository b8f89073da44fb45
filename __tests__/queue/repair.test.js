'use strict'

const assert = require('node:assert/strict')
const { startPeer } = require('../../test-support/peer')
const { redis, stores } = require('../../test-support/stores')
const { rekue, setUp, ask, deferred, until } = require('../../test-support/queues')
const { readKeyspace } = require('../../test-support/keyspace')

const { Job } = rekue

/** How long something must be wrong in these tests. */
const wait = 50

for (const store of stores) {
  describe(`repair, ${store.name}`, () => {
    const t = setUp(store)

    it('finds nothing in a queue that is well, whatever state its jobs are in', async () => {
      const queue = t.queue()
      const [started, hold] = [deferred(), deferred()]
      await queue.addBulk([
        { type: 'a', options: { priority: 'high', ttl: 60_000 } },
        { type: 'b' },
        { type: 'b', options: { priority: -3 } },
        { type: 'b', options: { delay: 60_000 } }
      ])
      for (const state of ['complete', 'failed']) {
        await ask(await queue.add('c'), 'state', state)
      }
      const last = await queue.add('c')
      last.log('a line')
      await ask(last, 'remove')
      queue.process('a', () => (started.resolve(), hold.promise))
      await started.promise
      const before = await queue.stats()
      const nothing = { dryRun: false, found: {}, jobs: [] }
      assert.deepEqual(await queue.repair({ wait: 0 }), nothing)
      assert.deepEqual(await queue.repair({ dryRun: true, wait: 0 }), { ...nothing, dryRun: true })
      assert.deepEqual(await queue.stats(), before)
      hold.resolve()
    })

    it('refuses options that are none', async () => {
      const queue = t.queue()
      for (const options of [
        null,
        5,
        { dryRun: 'yes' },
        { wait: -1 },
        { wait: 1.5 },
        { wait: '1' }
      ]) {
        await assert.rejects(queue.repair(/** @type {any} */ (options)), {
          name: 'TypeError',
          code: 'ERR_INVALID_ARG'
        })
      }
      for (const interval of [0, -1, NaN, 'x', {}]) {
        assert.throws(() => queue.watchStuckJobs(/** @type {any} */ (interval)), {
          code: 'ERR_INVALID_ARG'
        })
      }
    })

    it('a closed queue says so', async () => {
      const queue = t.queue()
      await queue.close()
      await assert.rejects(queue.repair(), { code: 'ERR_STORE_UNAVAILABLE' })
    })
  })
}

describe('repair of what a Kue process leaves that dies between two steps', () => {
  const t = setUp(redis)
  const command = (...args) => redis.server.command(...args)

  /** A Kue worker dies after it took a token and a job. @param {string} prefix */
  async function taken(prefix) {
    await command('LPOP', `${prefix}:a:jobs`)
    await command('ZPOPMIN', `${prefix}:jobs:a:inactive`)
  }

  /** Damage, and what is found of it. @type {Record<string, [() => Promise<any>, object]>} */
  const damages = {
    'a job taken from its type and not made active': [() => taken('q'), { unlisted: 1 }],
    'a job in none of its sets': [
      async () => {
        for (const set of ['q:jobs', 'q:jobs:inactive', 'q:jobs:a:inactive']) {
          await command('ZREM', set, '01|1')
        }
      },
      { unplaced: 1, tokens: 1 }
    ],
    'a job in the sets of another state': [
      async () => {
        await command('ZADD', 'q:jobs:failed', '0', '01|1')
        await command('ZADD', 'q:jobs:a:delayed', '0', '01|1')
      },
      { misplaced: 1 }
    ],
    'a type that is in no list': [() => command('SREM', 'q:job:types', 'a'), { unplaced: 1 }],
    'a job saved without its state': [
      async () => {
        await command('HDEL', 'q:job:1', 'state')
        for (const set of ['q:jobs:inactive', 'q:jobs:a:inactive'])
          await command('ZREM', set, '01|1')
        await command('LPOP', 'q:a:jobs')
      },
      { unfinished: 1 }
    ],
    'members of sets without a job, and its log': [
      async () => {
        for (const set of ['q:jobs', 'q:jobs:complete', 'q:jobs:a:failed']) {
          await command('ZADD', set, '0', '02|77')
        }
        await command('RPUSH', 'q:job:78:log', 'a line')
      },
      { orphan: 2 }
    ],
    'members of sets that are none, or lead to no job': [
      async () => {
        for (const set of ['q:jobs:active', 'q:jobs:a:active']) {
          for (const zid of ['', '|', 'xx|yy', '01|', '03|9', '01|1|1', 'é', '02|77']) {
            await command('ZADD', set, '0', zid)
          }
        }
        await command('ZADD', 'q:jobs:delayed', '0', 'xx|yy')
      },
      { orphan: 8 }
    ],
    'a job of which nothing but its creation is there': [
      () => command('HSET', 'q:job:77', 'type', 'a', 'created_at', '1'),
      { orphan: 1 }
    ],
    'a job without its token': [() => command('DEL', 'q:a:jobs'), { tokens: 1 }],
    'tokens without jobs': [() => command('LPUSH', 'q:a:jobs', '1', '1', '1'), { tokens: 3 }],
    'a lease that nobody looks after': [
      () => command('HSET', 'q:rekue:lease:nobody', '77', '1@5'),
      { lease: 1 }
    ],
    'losses of a job that is over': [() => command('HSET', 'q:rekue:lost', '77', '2'), { lease: 1 }]
  }

  for (const [name, [damage, found]] of Object.entries(damages)) {
    it(`${name}: told, and mended to what was before`, async () => {
      const queue = t.queue()
      const job = await queue.add('a', { x: 1 })
      job.log('kept')
      await queue.stats()
      const whole = await readKeyspace(redis.server)
      await damage()
      const damaged = await readKeyspace(redis.server)
      const told = await queue.repair({ dryRun: true, wait })
      assert.deepEqual(told.found, found)
      assert.deepEqual(await readKeyspace(redis.server), damaged, 'a dry run changes nothing')
      assert.deepEqual((await queue.repair({ wait })).found, found)
      const mended = await readKeyspace(redis.server)
      for (const keys of [whole, mended]) {
        delete keys['q:job:1'].updated_at
        keys['q:job:1'] = Object.fromEntries(Object.entries(keys['q:job:1']).sort())
      }
      assert.deepEqual(mended, whole)
      assert.deepEqual((await queue.repair({ wait: 0 })).found, {})
      queue.process('a', async () => 'ran')
      assert.equal(await job.finished(), 'ran')
    })
  }

  it('an odd member that leads to a job is left alone, as somebody may be at work on that', async () => {
    const queue = t.queue()
    const job = await queue.add('a')
    for (const zid of ['99|1', 'x|1']) await command('ZADD', 'q:jobs:active', '0', zid)
    assert.deepEqual((await queue.repair({ wait })).found, {})
    assert.equal(await command('ZCARD', 'q:jobs:active'), 2)
    queue.process('a', async () => 'ran')
    assert.equal(await job.finished(), 'ran')
  })

  it('a job that is whole again by the second look is left alone', async () => {
    const queue = t.queue()
    await queue.add('a')
    await taken('q')
    const repairing = queue.repair({ wait: 300 })
    await queue.stats()
    await ask(await Job.get(1), 'state', 'complete')
    assert.deepEqual((await repairing).found, {})
    assert.equal((await Job.get(1)).state(), 'complete')
  })

  it('a prefix that looks like a pattern is taken as it is', async () => {
    const [odd, plain] = [t.queue({ prefix: 'q[a]*' }), t.queue({ prefix: 'qa' })]
    await odd.add('a')
    await plain.add('a')
    await taken('qa')
    await taken('q[a]*')
    assert.deepEqual(await odd.repair({ wait }), {
      dryRun: false,
      found: { unlisted: 1 },
      jobs: [1]
    })
    assert.equal(await command('EXISTS', 'qa:jobs:a:inactive'), 0)
  })

  it('what an old Kue worker holds stays with it', async () => {
    const kue = await startPeer('kue', { redis: redis.server.url })
    t.later(() => kue.stop())
    await kue.call('process', 'a', 1)
    const queue = t.queue()
    const job = await queue.add('a', { name: 'one', attempts: [[{ hold: true }, { done: 5 }]] })
    await until(async () => (await queue.stats()).active === 1)
    assert.deepEqual((await queue.repair({ wait })).found, {})
    await kue.call('go')
    assert.equal(await job.finished(), 5)
  })

  it('a busy queue of both is well', async () => {
    const kue = await startPeer('kue', { redis: redis.server.url })
    t.later(() => kue.stop())
    const queue = t.queue()
    await queue.addBulk(Array.from({ length: 300 }, (_, i) => ({ type: 'a', data: { name: i } })))
    await kue.call('process', 'a', 5)
    queue.process('a', 5, async () => {})
    while ((await queue.stats()).complete < 300) {
      assert.deepEqual((await queue.repair({ dryRun: true, wait: 100 })).found, {})
    }
  })

  it('watchStuckJobs mends what keeps jobs from being run', async () => {
    const queue = t.queue()
    queue.process('b', async () => {})
    const job = await queue.add('a')
    await command('DEL', 'q:a:jobs')
    assert.equal(queue.watchStuckJobs(/** @type {any} */ ('100')), queue)
    // It has been wrong for ten seconds by then.
    await until(async () => (await command('LLEN', 'q:a:jobs')) === 1)
    queue.process('a', async () => 'ran')
    assert.equal(await job.finished(), 'ran')
  })
})
