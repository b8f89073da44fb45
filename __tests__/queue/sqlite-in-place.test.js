'use strict'

const assert = require('node:assert/strict')
const { counted, settled } = require('../../test-support/in-place')
const { rekue, setUp, saved, ask, until, deferred, next } = require('../../test-support/queues')
const { sqlite } = require('../../test-support/stores')

/** Jobs that come alone are written to the file by the thread that makes them. */
describe('adding in place', function () {
  this.timeout(20_000)
  const t = setUp(sqlite)

  it('is for a few jobs that come alone: neither many nor large nor delayed ones', async () => {
    const queue = t.queue()
    const count = await settled(queue)
    const done = async (add) => {
      const before = count.done
      await add()
      return count.done > before
    }
    // Where the machine is busy the desk may be, so who may add in place does so sooner or later.
    const inPlace = (add) => until(() => done(add))
    const several = (jobs) => () => Promise.all(Array.from({ length: jobs }, () => queue.add('a')))
    await inPlace(() => queue.add('a', { n: 1 }))
    await inPlace(several(10))
    assert.equal(await done(several(11)), false)
    await inPlace(() => queue.addBulk([{ type: 'a' }, { type: 'b' }]))
    assert.equal(await done(() => queue.add('a', 'x'.repeat(20000))), false)
    assert.equal(await done(() => queue.add('a', {}, { delay: 5 })), false)
    await inPlace(() => queue.add('ä', { to: '😀"\n' }, { ttl: 100 }))
    const asked = ask(queue, 'inactiveCount')
    assert.equal(await done(() => queue.add('a')), false, 'it would overtake the question')
    assert.equal(await ask(queue, 'inactiveCount'), (await asked) + 1)
  })

  it('gives ids in the order of the calls, whichever way each goes', async () => {
    const queue = t.queue()
    const count = counted(queue)
    const ids = []
    for (let n = 0; n < 400; n++) {
      const jobs = Array.from({ length: 1 + (n % 13) }, () => queue.create('a', { n }))
      await Promise.all(jobs.map(saved))
      ids.push(...jobs.map((job) => job.id))
    }
    assert.deepEqual(
      ids,
      ids.map((_, i) => i + 1)
    )
    assert.equal(await ask(queue, 'inactiveCount'), ids.length)
    assert.ok(count.done > 100, `${count.done} in place`)
  })

  it('goes on while the log is folded back', async () => {
    const queue = t.queue()
    const count = await settled(queue)
    const large = 'x'.repeat(12_000)
    // Some fill the log of 16 MB more than once.
    for (let n = 0; n < 3000; n++) await saved(queue.create('large', { large }))
    assert.equal(await ask(queue, 'inactiveCount', 'large'), 3000)
    assert.ok(count.done > 500 && count.refused > 0, JSON.stringify(count))
  })

  it('tells nothing before save has returned, and lets the event loop go on', async () => {
    const queue = t.queue()
    const count = await settled(queue)
    let turns = 0
    let running = true
    const turn = () => {
      turns++
      if (running) setImmediate(turn)
    }
    turn()
    for (let n = 0; n < 200; n++) {
      let returned = false
      await new Promise((resolve, reject) => {
        queue.create('a').save((error) => (error ? reject(error) : resolve(returned)))
        returned = true
      }).then((told) => assert.equal(told, true))
    }
    running = false
    assert.ok(count.done > 100, JSON.stringify(count))
    assert.ok(turns >= count.done, `${turns} turns of the loop for ${count.done} jobs`)
  })

  it('writes what is written otherwise', async () => {
    const queue = t.queue({ disableSearch: false })
    const count = await settled(queue)
    const make = (name) => {
      const job = queue.create(name, { subject: 'Invoice', n: 1 }).priority(-3).attempts(4)
      return job.ttl(700).backoff({ type: 'fixed', delay: 9 }).removeOnComplete(true)
    }
    const here = make('mail')
    await saved(here)
    assert.equal(count.done, 1)
    const there = Array.from({ length: 11 }, () => make('mail'))
    await Promise.all(there.map(saved))
    assert.equal(count.done, 1)
    const plain = async (id) => {
      const {
        id: _,
        created_at,
        updated_at,
        promote_at,
        ...rest
      } = (await ask(rekue.Job, 'get', id)).toJSON()
      assert.ok(created_at === updated_at && created_at === promote_at)
      return rest
    }
    assert.deepEqual(await plain(here.id), await plain(there[0].id))
    assert.equal((await ask(queue, 'search', 'invoice')).length, 12)
  })

  it('has a job hear all its events, in order, whoever works', async () => {
    const queue = t.queue()
    const count = await settled(queue)
    queue.process('work', (job, done) => {
      job.progress(1, 2)
      done(null, job.data.n * 2)
    })
    const all = []
    queue.on('job enqueue', (id, type) => type === 'work' && all.push([id, type]))
    // The engine has to have heard of it.
    await ask(queue, 'inactiveCount')
    const ids = []
    // How many of them go in place is for the machine to say: where it is busy, the desk often is.
    for (let n = 0; n < 50 || count.done <= 25; n++) {
      const job = queue.create('work', { n })
      const heard = []
      for (const name of ['enqueue', 'start', 'progress', 'complete']) {
        job.on(name, () => heard.push(name))
      }
      const complete = next(job, 'complete')
      await saved(job)
      ids.push([job.id, 'work'])
      assert.deepEqual(await complete, [n * 2, null])
      assert.deepEqual(heard, ['enqueue', 'start', 'progress', 'complete'])
    }
    assert.deepEqual(all, ids)
  })

  it('has a job that is listened to only after it was saved hear how it ended', async () => {
    const queue = t.queue()
    const count = await settled(queue)
    const worker = t.queue()
    worker.process('work', (job, done) => done(null, job.data.n))
    for (let n = 0; n < 50 || count.done <= 25; n++) {
      const job = await saved(queue.create('work', { n }))
      assert.deepEqual(await next(job, 'complete'), [n, null])
    }
  })

  it('calls back before a processor of this process has the job, however busy it is', async () => {
    const queue = t.queue()
    const count = await settled(queue)
    const order = []
    queue.process('work', (job, done) => {
      order.push(`process ${job.data.n}`)
      done()
    })
    const inPlace = []
    for (let n = 0; n < 100 || inPlace.length <= 50; n++) {
      const before = count.done
      const told = saved(queue.create('work', { n })).then(() => order.push(`saved ${n}`))
      // The job leaves with the microtasks that come first; the worker has it meanwhile.
      await Promise.resolve()
      if (count.done > before) inPlace.push(n)
      const end = performance.now() + 1
      while (performance.now() < end);
      await told
      // With its outcome on the way the next one would go the other way.
      while ((await ask(queue, 'completeCount', 'work')) <= n);
    }
    const early = inPlace.filter((n) => {
      return order.indexOf(`process ${n}`) < order.indexOf(`saved ${n}`)
    })
    assert.deepEqual(early, [])
  })

  it('goes on where a test has replaced the timers', async () => {
    const queue = t.queue()
    await settled(queue)
    const { queueMicrotask, setImmediate, setTimeout } = globalThis
    const { nextTick } = process
    const never = /** @type {any} */ (() => 0)
    globalThis.setImmediate = globalThis.setTimeout = globalThis.queueMicrotask = never
    process.nextTick = never
    try {
      for (let n = 0; n < 20; n++) await queue.add('a', { n })
      const other = t.queue()
      await new Promise((resolve) => other.shutdown(100, resolve))
    } finally {
      process.nextTick = nextTick
      Object.assign(globalThis, { queueMicrotask, setImmediate, setTimeout })
    }
    assert.equal((await ask(queue, 'inactiveCount', 'a')) > 20, true)
  })

  it('does not overtake a listener that was set before', async () => {
    const queue = t.queue()
    await settled(queue)
    for (const jobEvents of [true, false]) {
      const heard = deferred()
      queue.on('job enqueue', (id, type) => type === 'b' && heard.resolve(id))
      const job = queue.create('b').events(jobEvents)
      await saved(job)
      assert.equal(await heard.promise, job.id)
      queue.removeAllListeners('job enqueue')
    }
  })

  it('waits for nobody who has the file: such jobs go the other way', async () => {
    const queue = t.queue()
    const count = await settled(queue)
    const other = t.queue()
    const large = Array.from({ length: 5000 }, (_, n) => ({ type: 'bulk', data: { n } }))
    await other.add('bulk')
    let over = false
    const bulks = (async () => {
      for (let round = 0; round < 5; round++) await other.addBulk(large)
      over = true
    })()
    let jobs = 0
    while (!over) {
      await saved(queue.create('single'))
      jobs++
    }
    await bulks
    assert.equal(await ask(queue, 'inactiveCount', 'single'), jobs)
    assert.equal(await ask(queue, 'inactiveCount', 'bulk'), 25001)
    assert.ok(count.refused > 0, JSON.stringify(count))
  })

  it('is for no file whose commits wait for the disk', async () => {
    const queue = t.queue({ store: `sqlite:${sqlite.file()}?synchronous=full` })
    const count = counted(queue)
    for (let n = 0; n < 20; n++) await saved(queue.create('a'))
    assert.equal(count.done, 0)
    assert.equal(await ask(queue, 'inactiveCount'), 20)
  })

  it('works in memory', async () => {
    const queue = t.queue({ store: 'sqlite::memory:' })
    const count = await settled(queue)
    const before = await ask(queue, 'inactiveCount')
    for (let n = 0; n < 20; n++) await saved(queue.create('a'))
    assert.equal(await ask(queue, 'inactiveCount'), before + 20)
    assert.ok(count.done > 0)
  })

  it('tells of a job that was added right before the queue closed', async () => {
    const queue = t.queue()
    const count = await settled(queue)
    const job = queue.create('a')
    const told = saved(job)
    const closed = queue.close()
    await told
    await closed
    assert.equal(count.done + count.refused, 1)
    const later = t.queue()
    assert.equal((await ask(rekue.Job, 'get', job.id)).id, job.id)
    await assert.rejects(queue.add('a'), { code: 'ERR_STORE_UNAVAILABLE' })
    await later.close()
  })
})
