'use strict'

const assert = require('node:assert/strict')
const { lib, setUp, ask, saved, until } = require('../../test-support/compat')

const { Job } = lib
const STATES = ['inactive', 'active', 'complete', 'failed', 'delayed']

describe('creating jobs', () => {
  const t = setUp()

  it('saves with an id that counts up, and keeps the data object', async () => {
    const queue = t.queue()
    const data = { title: 'welcome', to: 'tj@example.com' }
    const job = queue.create('email', data)
    assert.equal(
      job.save(() => {}),
      job
    )
    await until(() => job.id)
    const other = await saved(queue.createJob('email', {}))
    assert.deepEqual([job.id, other.id], [1, 2])
    assert.equal(job.data, data)
    assert.ok(job instanceof Job)
  })

  it('makes jobs of the class, too', async () => {
    const queue = t.queue()
    const job = await saved(new Job('email', { a: 1 }))
    assert.equal(job.type, 'email')
    assert.equal(await ask(queue, 'inactiveCount'), 1)
  })

  it('has data where none is given', () => {
    const queue = t.queue()
    assert.deepEqual(queue.create('email').data, {})
  })

  it('chains what it is told, and answers when asked', () => {
    const queue = t.queue()
    const job = queue.create('email', {})
    assert.deepEqual(
      ['priority', 'delay', 'ttl', 'backoff', 'removeOnComplete', 'searchKeys', 'state'].map(
        (name) => job[name]()
      ),
      [0, undefined, undefined, undefined, undefined, undefined, undefined]
    )
    const chained = job
      .priority('high')
      .attempts(3)
      .delay(1000)
      .ttl(500)
      .backoff({ type: 'fixed', delay: 5 })
      .removeOnComplete(true)
      .searchKeys('title')
      .events(false)
    assert.equal(chained, job)
    assert.equal(job.priority(), -10)
    assert.equal(job.delay(), 1000)
    assert.equal(job.ttl(), 500)
    assert.deepEqual(job.backoff(), { type: 'fixed', delay: 5 })
    assert.equal(job.removeOnComplete(), true)
    assert.deepEqual(job.searchKeys(), ['title'])
    assert.deepEqual(job.searchKeys(['a', 'b']).searchKeys(), ['a', 'b'])
  })

  it('knows priorities by name and by number', () => {
    const queue = t.queue()
    assert.deepEqual(Job.priorities, { low: 10, normal: 0, medium: -5, high: -10, critical: -15 })
    for (const [name, number] of Object.entries(Job.priorities)) {
      assert.equal(queue.create('a').priority(name).priority(), number)
    }
    assert.equal(queue.create('a').priority(-3).priority(), -3)
  })

  it('ignores a delay or ttl that is not above 0, and takes a date', () => {
    const queue = t.queue()
    assert.equal(queue.create('a').delay(0).delay(), undefined)
    assert.equal(queue.create('a').delay(-5).delay(), undefined)
    assert.equal(queue.create('a').ttl(0).ttl(), undefined)
    assert.equal(
      queue
        .create('a')
        .delay(new Date(Date.now() - 1000))
        .delay(),
      undefined
    )
    const delay = queue
      .create('a')
      .delay(new Date(Date.now() + 60_000))
      .delay()
    assert.ok(delay > 59_000 && delay <= 60_000, String(delay))
  })

  it('shows a job as JSON', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('email', { a: 1 }).priority('low').attempts(4).delay(9e5))
    const json = job.toJSON()
    assert.deepEqual(Object.keys(json), [
      ...[
        'id',
        'type',
        'data',
        'result',
        'priority',
        'progress',
        'progress_data',
        'state',
        'error'
      ],
      ...['created_at', 'promote_at', 'updated_at', 'failed_at', 'started_at', 'duration', 'delay'],
      ...['workerId', 'ttl', 'attempts']
    ])
    assert.deepEqual(json.attempts, { made: 0, remaining: 4, max: 4 })
    assert.deepEqual(
      [json.id, json.type, json.priority, json.state, json.progress],
      [1, 'email', 10, 'delayed', 0]
    )
    assert.equal(json.promote_at - json.created_at, 9e5)
  })

  it('saves delayed jobs as delayed', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('a').delay(60_000))
    assert.equal(job.state(), 'delayed')
    assert.deepEqual(await ask(queue, 'delayed'), [1])
  })

  it('tells of data that JSON cannot hold', async () => {
    const queue = t.queue()
    /** @type {any} */
    const data = {}
    data.self = data
    await assert.rejects(saved(queue.create('a', data)), TypeError)
  })
})

describe('jobs that are read', () => {
  const t = setUp()

  it('have what was stored, as Kue gives it', async () => {
    const queue = t.queue()
    await saved(
      queue
        .create('email', { a: [1, 'ü'] })
        .priority('high')
        .attempts(3)
        .ttl(900)
        .backoff(true)
    )
    const job = await ask(Job, 'get', 1)
    assert.deepEqual(job.data, { a: [1, 'ü'] })
    assert.deepEqual(
      [job.id, job.type, job.priority(), job.state(), job.ttl(), job.backoff(), job.zid],
      [1, 'email', -10, 'inactive', '900', true, '01|1']
    )
    assert.equal(job._max_attempts, 3)
    assert.match(job.created_at, /^\d{13}$/)
    assert.equal((await ask(Job, 'get', '1')).id, '1')
    assert.equal((await ask(Job, 'get', 1, 'email')).id, 1)
  })

  it('are an error where there are none', async () => {
    t.queue()
    await assert.rejects(ask(Job, 'get', 99), { message: 'job "99" doesnt exist' })
    await assert.rejects(ask(Job, 'get', null), Error)
    await assert.rejects(ask(Job, 'get', undefined), Error)
    await assert.rejects(ask(Job, 'remove', 99), { message: 'job "99" doesnt exist' })
  })

  it('have fields of their own', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('a'))
    assert.equal(job.set('colour', 'blue'), job)
    assert.equal(await ask(job, 'get', 'colour'), 'blue')
    assert.equal(await ask(job, 'get', 'nothing'), null)
    await ask(job, 'set', 'number', 7)
    assert.equal(await ask(job, 'get', 'number'), '7')
  })

  it('have a log of lines', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('a'))
    assert.equal(job.log('$%d sent to %s', 5, 'kim'), job)
    job.log({ key: 'some key', value: 10 })
    job.log([1, 2, 3])
    job.log(10.1)
    job.log('plain', 'more')
    await ask(queue, 'setting', 'flush')
    assert.deepEqual(await ask(Job, 'log', 1), [
      '$5 sent to kim',
      "{ key: 'some key', value: 10 }",
      '[ 1, 2, 3 ]',
      '10.1',
      'plain more'
    ])
    assert.deepEqual(await ask(Job, 'log', 99), [])
  })

  it('store an error with its first line in the log', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('a'))
    assert.equal(job.error(new Error('no luck')), job)
    job.error('a text')
    job.error({ message: 'no stack' })
    await ask(queue, 'setting', 'flush')
    assert.deepEqual(await ask(Job, 'log', 1), ['Error: no luck', '', 'no stack'])
    assert.equal((await ask(Job, 'get', 1)).error(), 'no stack')
  })

  it('take new data and priority', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('a', { n: 1 }))
    job.data.n = 2
    await ask(job.priority('critical'), 'update')
    const read = await ask(Job, 'get', 1)
    assert.deepEqual([read.data, read.priority(), read.state()], [{ n: 2 }, -15, 'inactive'])
  })

  it('are put into a state by hand', async () => {
    const queue = t.queue()
    await saved(queue.create('a', {}))
    for (const state of ['active', 'complete', 'failed', 'delayed', 'inactive']) {
      const job = await ask(Job, 'get', 1)
      await ask(job, state)
      assert.equal(job.state(), state)
      assert.equal((await ask(Job, 'get', 1)).state(), state)
      for (const other of STATES) {
        assert.deepEqual(await ask(queue, other), other === state ? [1] : [], other)
        assert.equal(await ask(queue, 'cardByType', 'a', other), other === state ? 1 : 0)
      }
    }
    const job = await ask(Job, 'get', 1)
    await ask(job, 'state', 'failed')
    assert.equal(await ask(queue, 'failedCount'), 1)
  })

  it('say when they failed and how far they got', async () => {
    const queue = t.queue()
    await saved(queue.create('a'))
    await ask(await ask(Job, 'get', 1), 'failed')
    assert.match((await ask(Job, 'get', 1)).failed_at, /^\d{13}$/)
    await ask(await ask(Job, 'get', 1), 'complete')
    assert.equal((await ask(Job, 'get', 1)).progress(), '100')
  })

  it('are removed, with their log', async () => {
    const queue = t.queue()
    for (let i = 0; i < 3; i++) (await saved(queue.create('a'))).log('line')
    await ask(await ask(Job, 'get', 1), 'remove')
    await ask(Job, 'remove', 2)
    Job.removeBadJob(3, 'a')
    await until(async () => (await ask(queue, 'inactiveCount')) === 0)
    await ask(queue, 'setting', 'flush')
    assert.deepEqual(await ask(Job, 'log', 1), [])
    const keys = await t.server.command('KEYS', 'q:job*')
    assert.deepEqual(keys, ['q:job:types'])
  })

  it('count attempts by hand', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('a').attempts(2))
    const attempt = () =>
      new Promise((resolve) => job.attempt((/** @type {any[]} */ ...args) => resolve(args)))
    assert.deepEqual(await attempt(), [null, 1, 1, 2])
    assert.deepEqual(await attempt(), [null, 0, 2, 2])
    assert.deepEqual(await attempt(), [null, 0, 2, 2])
    assert.equal(await ask(job, 'get', 'attempts'), '2')
  })

  it('fail by hand, and are tried again where attempts are left', async () => {
    const queue = t.queue()
    const fail = (/** @type {any} */ job) =>
      new Promise((resolve) =>
        job.failedAttempt(new Error('lost'), (/** @type {any[]} */ ...args) => resolve(args))
      )
    const job = await saved(queue.create('a').attempts(2))
    const again = await fail(job)
    assert.deepEqual(again.slice(1), [true, 1])
    assert.equal((await ask(Job, 'get', 1)).state(), 'inactive')
    assert.deepEqual(await fail(job), [null, false, 2])
    assert.equal((await ask(Job, 'get', 1)).state(), 'failed')
    assert.match((await ask(Job, 'get', 1)).error(), /^Error: lost/)
    const patient = await saved(
      queue.create('a').attempts(2).backoff({ type: 'fixed', delay: 60_000 })
    )
    await fail(patient)
    assert.deepEqual(await ask(queue, 'delayed'), [2])
  })
})

describe('lists and counts', () => {
  const t = setUp()

  /** @type {any} */
  let queue
  beforeEach(async () => {
    queue = t.queue()
    for (const [type, priority] of [
      ['a', 'normal'],
      ['b', 'high'],
      ['a', 'low'],
      ['a', 'high']
    ]) {
      await saved(queue.create(type, {}).priority(priority))
    }
    await saved(queue.create('b', {}).delay(60_000))
    await ask(await ask(Job, 'get', 3), 'failed')
  })
  const ids = (/** @type {any[]} */ jobs) => jobs.map((job) => job.id)

  it('name the types', async () => {
    assert.deepEqual((await ask(queue, 'types')).sort(), ['a', 'b'])
  })

  it('give the ids of a state in the order in which jobs run', async () => {
    assert.deepEqual(await ask(queue, 'inactive'), [2, 4, 1])
    assert.deepEqual(await ask(queue, 'state', 'delayed'), [5])
    assert.deepEqual(await ask(queue, 'failed'), [3])
    assert.deepEqual(await ask(queue, 'active'), [])
    assert.deepEqual(await ask(queue, 'complete'), [])
  })

  it('count by state, and by type', async () => {
    const counts = (/** @type {string[]} */ ...type) =>
      Promise.all(STATES.map((state) => ask(queue, `${state}Count`, ...type)))
    assert.deepEqual(await counts(), [3, 0, 0, 1, 1])
    assert.deepEqual(await counts('a'), [2, 0, 0, 1, 0])
    assert.deepEqual(await counts('none'), [0, 0, 0, 0, 0])
    assert.equal(await ask(queue, 'card', 'inactive'), 3)
    assert.equal(await ask(queue, 'cardByType', 'b', 'delayed'), 1)
  })

  it('give ranges of jobs by id, up and down', async () => {
    assert.deepEqual(ids(await ask(Job, 'range', 0, -1, 'asc')), [1, 2, 3, 4, 5])
    assert.deepEqual(ids(await ask(Job, 'range', 0, -1, 'desc')), [5, 4, 3, 2, 1])
    assert.deepEqual(ids(await ask(Job, 'range', 0, 1, 'asc')), [2, 4])
    assert.deepEqual(ids(await ask(Job, 'rangeByState', 'inactive', 0, 1, 'asc')), [2, 4])
    assert.deepEqual(ids(await ask(Job, 'rangeByType', 'a', 'inactive', 0, -1, 'desc')), [4, 1])
    assert.deepEqual(await ask(Job, 'rangeByState', 'active', 0, -1, 'asc'), [])
  })

  it('read settings', async () => {
    await ask(queue.client, 'hset', queue.client.getKey('settings'), 'theme', 'dark')
    assert.equal(await ask(queue, 'setting', 'theme'), 'dark')
    assert.equal(await ask(queue, 'setting', 'none'), null)
  })

  it('return the queue for chaining', async () => {
    const noop = () => {}
    for (const state of STATES) {
      assert.equal(queue[state](noop), queue)
      assert.equal(queue[`${state}Count`](noop), queue)
      assert.equal(queue[`${state}Count`]('a', noop), queue)
    }
    assert.equal(queue.types(noop), queue)
    assert.equal(queue.workTime(noop), queue)
    assert.equal(queue.setting('a', noop), queue)
    // Kue cannot bear a shutdown while it answers.
    await ask(queue, 'setting', 'all answered')
  })
})
