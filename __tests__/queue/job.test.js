'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const {
  rekue,
  setUp,
  saved,
  ask,
  next,
  until,
  deferred,
  gather,
  sleep
} = require('../../test-support/queues')

const { Job } = rekue

/** The counts of the states that hold any job. */
async function counts(queue) {
  const { workTime: _, ...states } = await queue.stats()
  return Object.fromEntries(Object.entries(states).filter(([, count]) => count > 0))
}

for (const store of stores) {
  describe(`jobs, ${store.name}`, () => {
    const t = setUp(store)

    describe('save', () => {
      it('returns the job and gives it a number for an id by the time of the callback', async () => {
        const queue = t.queue()
        const job = queue.create('a', { x: 1 })
        const done = deferred()
        assert.equal(
          job.save((error) => done.resolve(error)),
          job
        )
        assert.equal(job.id, undefined)
        assert.equal(await done.promise, null)
        assert.equal(typeof job.id, 'number')
        assert.ok(Math.abs(job.created_at - Date.now()) < 60_000)
        assert.deepEqual(await counts(queue), { inactive: 1 })
      })

      it('gives ids that grow', async () => {
        const queue = t.queue()
        const jobs = await Promise.all([1, 2, 3].map(() => saved(queue.create('a'))))
        assert.deepEqual(
          jobs.map((job) => job.id),
          [1, 2, 3]
        )
        assert.equal((await queue.add('a')).id, 4)
      })

      it('keeps data the same object', async () => {
        const queue = t.queue()
        const data = { deep: {} }
        const job = queue.create('a', data)
        assert.equal(job.data, data)
        await saved(job)
        assert.equal(job.data, data)
        assert.equal((await queue.add('a', data)).data, data)
        assert.equal((await queue.addBulk([{ type: 'a', data }]))[0].data, data)
      })

      it('stores data as it was when save was called', async () => {
        const queue = t.queue()
        const data = { x: 1 }
        const done = saved(queue.create('a', data))
        data.x = 2
        assert.deepEqual((await Job.get((await done).id)).data, { x: 1 })
      })

      const unicode = 'ä ☃ 𝒳 \u0000 \u2028 \ud800 " \\ \n 👩‍👩‍👧 \ufffe'
      const { deep } = { deep: JSON.parse('['.repeat(1000) + ']'.repeat(1000)) }
      for (const [name, data, back = data] of [
        ['any unicode', { [unicode]: unicode }],
        ['__proto__ keys', JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"y":2}}}')],
        ['an array', [1, [2, [3]]]],
        ['text', 'text'],
        ['a number', 12.5],
        ['true', true],
        [
          'numbers at their limits',
          { a: 1e308, b: 5e-324, c: -0, d: 2 ** 53 },
          { a: 1e308, b: 5e-324, c: 0, d: 2 ** 53 }
        ],
        ['what has a toJSON', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
        ['functions inside, without them', { f() {}, x: 1 }, { x: 1 }],
        ['deep nesting', { deep }],
        ['a megabyte', { text: 'x'.repeat(2 ** 20) }],
        ['nothing', undefined, {}],
        ['null', null, {}]
      ]) {
        it(`stores data: ${name}`, async () => {
          const queue = t.queue()
          const job = await queue.add('a', data)
          assert.deepEqual((await Job.get(job.id)).data, back)
          const seen = deferred()
          queue.process('a', async (job) => seen.resolve(job.data))
          const got = await seen.promise
          assert.deepEqual(got, back)
          assert.equal({}.x, undefined)
        })
      }

      const circular = {}
      circular.self = circular
      for (const [name, data, says] of [
        ['a circular object', circular, /data .*circular/i],
        ['a BigInt inside', { n: 1n }, /data .*BigInt/],
        ['a BigInt', 1n, /data .*BigInt/],
        ['a function', () => {}, /data .*function/],
        ['a symbol', Symbol('s'), /data .*symbol/],
        [
          'a toJSON that throws',
          {
            toJSON() {
              throw new Error('will not')
            }
          },
          /data .*will not/
        ],
        [
          'a toJSON that throws what has no text',
          {
            toJSON() {
              throw {
                get message() {
                  throw new Error('trap')
                }
              }
            }
          },
          /data /
        ]
      ]) {
        it(`refuses data: ${name}`, async () => {
          const queue = t.queue()
          const expected = { name: 'TypeError', code: 'ERR_JOB_DATA', message: says }
          await assert.rejects(saved(queue.create('a', data)), expected)
          await assert.rejects(queue.add('a', data), expected)
          await assert.rejects(queue.addBulk([{ type: 'a' }, { type: 'a', data }]), expected)
          queue.create('a', data).save()
          await t.error('ERR_JOB_DATA')
          const job = await queue.add('a', { fine: true })
          job.data = data
          await assert.rejects(ask(job, 'update'), expected)
          assert.deepEqual(await counts(queue), { inactive: 1 })
          assert.equal(job.id, 1)
        })
      }

      it('of a job that is stored is an update: it is not run twice', async () => {
        const queue = t.queue()
        const job = await queue.add('a', { x: 1 })
        queue.process('a', async () => 'once')
        await job.finished()
        job.data = { x: 2 }
        await saved(job)
        assert.deepEqual(await counts(queue), { complete: 1 })
        const stored = await Job.get(job.id)
        assert.deepEqual([stored.data, stored.result], [{ x: 2 }, 'once'])
      })

      it('works without a callback', async () => {
        const queue = t.queue()
        const done = deferred()
        queue.process('a', async (job) => done.resolve(job.data))
        queue.create('a', { x: 1 }).save()
        assert.deepEqual(await done.promise, { x: 1 })
      })

      it('calls back only once, and an exception in one callback does not stop the next', async () => {
        const child = t.child((rekue, options, tell) => {
          const queue = new rekue(options)
          process.on('uncaughtException', (error) => tell(error.message))
          queue.create('a').save(() => {
            throw new Error('first')
          })
          queue.create('a').save((error) => {
            tell(String(error))
            queue.close().then(() => tell('closed'))
          })
        })
        const told = [await child.told(), await child.told(), await child.told()]
        assert.deepEqual(told.sort(), ['closed', 'first', 'null'])
        assert.deepEqual(await child.ended, { code: 0, signal: null })
      })
    })

    describe('delay', () => {
      it('starts the job not before it is due, and not much later', async () => {
        const queue = t.queue()
        const ran = gather(3)
        queue.process('a', 3, async (job) => void ran.push([job.data.ms, Date.now()]))
        const jobs = await queue.addBulk(
          [300, 100, 200].map((ms) => ({ type: 'a', data: { ms }, options: { delay: ms } }))
        )
        assert.deepEqual(
          jobs.map((job) => job.state()),
          ['delayed', 'delayed', 'delayed']
        )
        const [job] = jobs
        for (const [ms, at] of await ran.full) {
          const late = at - (job.created_at + ms)
          assert.ok(late >= 0 && late < 500, `${late} ms late`)
        }
        assert.deepEqual(
          ran.map(([ms]) => ms),
          [100, 200, 300]
        )
      })

      it('starts a job that another process delayed', async () => {
        const queue = t.queue()
        const ran = deferred()
        queue.process('a', async () => ran.resolve(Date.now()))
        await queue.add('b')
        const other = t.queue()
        const job = await other.add('a', {}, { delay: 150 })
        const late = (await ran.promise) - job.created_at - 150
        assert.ok(late >= 0 && late < 1500, `${late} ms late`)
      })

      it('tells of promotion, then enqueue, then start', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { delay: 30 })
        const events = gather(4)
        for (const event of ['enqueue', 'promotion', 'start', 'complete'])
          job.on(event, () => events.push(event))
        queue.process('a', async () => {})
        assert.deepEqual(await events.full, ['promotion', 'enqueue', 'start', 'complete'])
      })

      it('takes a Date', async () => {
        const queue = t.queue()
        const at = new Date(Date.now() + 60_000)
        const job = await queue.add('a', {}, { delay: at })
        assert.equal(job.state(), 'delayed')
        assert.ok(Math.abs(job.promote_at - at.getTime()) < 1000)
        const past = await queue.add('a', {}, { delay: new Date(0) })
        assert.equal(past.state(), 'inactive')
      })

      it('promotes by priority', async () => {
        const queue = t.queue()
        await queue.addBulk(
          ['low', 'critical', 'normal'].map((priority) => ({
            type: 'a',
            data: { priority },
            options: { priority, delay: 40 }
          }))
        )
        await sleep(60)
        const order = gather(3)
        queue.process('a', async (job) => void order.push(job.data.priority))
        await order.full
        // Who is promoted first may start first; all were due in one step.
        assert.deepEqual([...order], ['critical', 'normal', 'low'])
      })

      it('takes the longest delay there is', async () => {
        const queue = t.queue()
        queue.process('a', async () => assert.fail('it ran'))
        const job = await queue.add('a', {}, { delay: Number.MAX_SAFE_INTEGER })
        assert.equal((await Job.get(job.id)).state(), 'delayed')
        const now = await queue.add('b')
        queue.process('b', async () => 'still at work')
        assert.equal(await now.finished(), 'still at work')
      })
    })

    describe('progress', () => {
      it('reaches listeners with its data, and the store', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const told = gather(3)
        job.on('progress', (...args) => told.push(args))
        const hold = deferred()
        queue.process('a', async (job) => {
          job.progress(1, 3)
          job.progress(2, 3, { at: 'two' })
          job.progress(50, 10)
          await hold.promise
        })
        const [one, two, three] = await told.full
        assert.equal(one[0], 33)
        assert.deepEqual(two, [66, { at: 'two' }])
        assert.equal(three[0], 100)
        const stored = await Job.get(job.id)
        assert.equal(Number(stored.progress()), 100)
        assert.deepEqual(stored.progress_data, { at: 'two' })
        hold.resolve()
        await job.finished()
      })

      it('is no number of percent where no total is given, as in Kue', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        job.progress(100)
        assert.equal(job.progress(), 0)
      })

      it('is 100 in the store after completion, without an event for it', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        job.on('progress', () => assert.fail('nobody made progress'))
        queue.process('a', async () => {})
        await next(job, 'complete')
        assert.equal(Number((await Job.get(job.id)).progress()), 100)
      })

      it('refuses data that is no JSON, in the call', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        assert.throws(() => job.progress(1, 2, { n: 1n }), {
          code: 'ERR_JOB_DATA',
          message: /data/
        })
      })

      it('arrives before the completion that follows it', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const events = gather(21)
        job.on('progress', (percent) => events.push(percent))
        job.on('complete', () => events.push('complete'))
        queue.process('a', async (job) => {
          for (let i = 0; i < 20; i++) job.progress(i, 100)
        })
        assert.deepEqual(await events.full, [...Array(20).keys(), 'complete'])
      })
    })

    describe('log', () => {
      it('formats like util.format, and anything else like util.inspect', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        job
          .log('%d of %s', 1, 'two', 'more')
          .log({ a: { b: 1 } })
          .log('')
          .log(null)
          .log(undefined)
        job.log([1, 'x']).log(7, 'not shown').log('100%').log(`lone \ud800`)
        await ask(job, 'set', 'flag', 1)
        assert.deepEqual(await Job.log(job.id), [
          '1 of two more',
          '{ a: { b: 1 } }',
          '',
          'null',
          'undefined',
          "[ 1, 'x' ]",
          '7',
          '100%',
          'lone \ufffd'
        ])
        assert.deepEqual(await ask(Job, 'log', job.id), await Job.log(String(job.id)))
      })

      it('of a job that does not exist is empty', async () => {
        t.queue()
        assert.deepEqual(await Job.log(12345), [])
      })
    })

    describe('set and get', () => {
      it('write and read a field', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        await ask(job, 'set', 'mine ☃', 12)
        assert.equal(await ask(job, 'get', 'mine ☃'), '12')
        assert.equal(await ask(job, 'get', 'nothing'), null)
        assert.equal(await ask(job, 'get', 'type'), 'a')
      })

      it('a field called id does not change which job it is', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        await ask(job, 'set', 'id', 99)
        await ask(job, 'set', 'badData', 'oops')
        await ask(job, 'set', '__proto__', 'oops')
        assert.equal((await Job.get(job.id)).id, job.id)
        queue.process('a', async () => 'ran')
        assert.equal(await job.finished(), 'ran')
        assert.deepEqual(await counts(queue), { complete: 1 })
      })

      it('do not bring a removed job back', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        await ask(job, 'remove')
        job.progress(1, 2).log('line').error(new Error('e'))
        await ask(job, 'set', 'x', 1)
        await assert.rejects(Job.get(job.id), { code: 'ERR_JOB_NOT_FOUND' })
        assert.deepEqual(await Job.log(job.id), [])
        assert.equal(await ask(job, 'get', 'x'), null)
      })
    })

    describe('error', () => {
      it('stores the stack and logs its first line', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const error = new RangeError('too far\nby a mile')
        assert.equal(job.error(error), job)
        assert.equal(job.error(), error.stack)
        await ask(job, 'set', 'x', 1)
        assert.equal((await Job.get(job.id)).error(), error.stack)
        assert.deepEqual(await Job.log(job.id), ['RangeError: too far'])
      })
    })

    describe('states', () => {
      it('goes from inactive through active to complete', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        assert.deepEqual([job.state(), await counts(queue)], ['inactive', { inactive: 1 }])
        const [hold, started] = [deferred(), deferred()]
        const heard = next(job, 'start')
        queue.process('a', () => (started.resolve(), hold.promise))
        await Promise.all([heard, started.promise])
        assert.deepEqual(await counts(queue), { active: 1 })
        const active = await Job.get(job.id)
        assert.equal(active.state(), 'active')
        assert.ok(Number(active.started_at) >= job.created_at)
        await sleep(5)
        hold.resolve()
        await job.finished()
        assert.deepEqual(await counts(queue), { complete: 1 })
        const stored = await Job.get(job.id)
        assert.ok(Number(stored.duration) >= 5)
        assert.ok((await ask(queue, 'workTime')) >= 5)
        assert.match(stored.workerId, /^kue:.+:\d+:a:1$/)
      })

      it('goes from delayed through inactive to failed', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { delay: 30 })
        assert.deepEqual(await counts(queue), { delayed: 1 })
        const promoted = next(job, 'promotion')
        queue.process('b', async () => {})
        await promoted
        assert.deepEqual(await counts(queue), { inactive: 1 })
        queue.process('a', async () => {
          throw new Error('no')
        })
        await assert.rejects(job.finished(), { message: 'no' })
        assert.deepEqual(await counts(queue), { failed: 1 })
        assert.ok(Number((await Job.get(job.id)).failed_at) >= job.created_at + 30)
      })

      it('goes from active to delayed for a retry', async () => {
        const queue = t.queue()
        const job = await queue.add(
          'a',
          {},
          { attempts: 2, backoff: { type: 'fixed', delay: 60_000 } }
        )
        const failed = next(job, 'failed attempt')
        queue.process('a', async () => {
          throw new Error('no')
        })
        await failed
        assert.deepEqual(await counts(queue), { delayed: 1 })
        const stored = await Job.get(job.id)
        assert.equal(stored.state(), 'delayed')
        assert.match(stored.error(), /^Error: no/)
      })

      for (const state of ['inactive', 'active', 'complete', 'failed', 'delayed']) {
        it(`is put into ${state} by hand from every state`, async () => {
          const queue = t.queue()
          const job = await queue.add('a')
          for (const from of ['inactive', 'active', 'complete', 'failed', 'delayed']) {
            await ask(job, 'state', from)
            assert.deepEqual(await counts(queue), { [from]: 1 })
            await ask(job, state)
            assert.equal(job.state(), state)
            assert.deepEqual(await counts(queue), { [state]: 1 })
            assert.equal((await Job.get(job.id)).state(), state)
            assert.equal(await ask(queue, 'cardByType', 'a', state), 1)
            if (from !== state) assert.equal(await ask(queue, 'cardByType', 'a', from), 0)
          }
        })
      }

      it('a failed job that is made inactive runs again', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        let calls = 0
        queue.process('a', async () => {
          if (++calls === 1) throw new Error('no')
          return calls
        })
        await assert.rejects(job.finished())
        const again = await Job.get(job.id)
        const enqueued = next(again, 'enqueue')
        await ask(again, 'inactive')
        await enqueued
        assert.equal(await again.finished(), 2)
      })

      it('refuses a state that does not exist, through the callback', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        await assert.rejects(ask(job, 'state', 'done'), {
          name: 'TypeError',
          code: 'ERR_INVALID_ARG',
          message: /state .*inactive, active, complete, failed, delayed.*"done"/
        })
        job.state('done')
        await t.error('ERR_INVALID_ARG')
        assert.equal((await Job.get(job.id)).state(), 'inactive')
      })

      it('of a job that is gone is not changed, and as in Kue that is no error', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        await Job.remove(job.id)
        await ask(job, 'inactive')
        assert.deepEqual(await counts(queue), {})
        assert.deepEqual(await ask(Job, 'range', 0, -1, 'asc'), [])
      })

      it('of a job that was never stored may be asked to stay unknown', async () => {
        const job = t.queue().create('a')
        assert.equal(job.state(undefined), job)
        assert.equal(job.state(), undefined)
      })
    })

    describe('removeOnComplete', () => {
      it('of what has an empty text is not set', async () => {
        const queue = t.queue()
        const job = queue.create('a').removeOnComplete([])
        await saved(job)
        assert.equal((await Job.get(job.id)).removeOnComplete(), undefined)
        queue.process('a', async () => {})
        await job.finished()
        assert.deepEqual(await counts(queue), { complete: 1 })
      })
    })

    describe('update', () => {
      it('changes data, priority and options and leaves the state alone', async () => {
        const queue = t.queue()
        const [one, two] = await queue.addBulk([{ type: 'a' }, { type: 'a' }])
        two.data = { changed: true }
        two.priority('high').ttl(4000).backoff({ type: 'fixed', delay: 7 }).removeOnComplete(true)
        await ask(two, 'update')
        assert.deepEqual(await counts(queue), { inactive: 2 })
        const stored = await Job.get(two.id)
        assert.deepEqual(stored.data, { changed: true })
        assert.equal(stored.priority(), -10)
        assert.equal(Number(stored.ttl()), 4000)
        assert.deepEqual(stored.backoff(), { type: 'fixed', delay: 7 })
        const order = gather(2)
        queue.process('a', async (job) => void order.push(job.id))
        assert.deepEqual(await order.full, [two.id, one.id])
      })

      for (const state of ['inactive', 'active', 'complete', 'failed', 'delayed']) {
        it(`of a job that is ${state} keeps it so`, async () => {
          const queue = t.queue()
          const job = await queue.add('a', {}, { delay: 50_000 })
          await ask(job, state)
          job.data = { x: 1 }
          job.priority(3)
          await ask(job, 'update')
          assert.deepEqual(await counts(queue), { [state]: 1 })
          assert.equal(await ask(queue, 'cardByType', 'a', state), 1)
          assert.equal((await Job.get(job.id)).priority(), 3)
        })
      }

      it('of the delay moves when the job is due', async () => {
        const queue = t.queue()
        queue.process('a', async () => 'ran')
        const job = await queue.add('a', {}, { delay: 60_000 })
        job.delay(50)
        await ask(job, 'update')
        assert.equal(job.promote_at, job.created_at + 50)
        assert.equal(await job.finished(), 'ran')
        const stored = await Job.get(job.id)
        assert.equal(Number(stored.promote_at), job.created_at + 50)
        assert.ok(Number(stored.started_at) >= job.created_at + 50)
      })

      it('of a job that is gone changes nothing, and as in Kue that is no error', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        await Job.remove(job.id)
        await ask(job, 'update')
        assert.deepEqual(await counts(queue), {})
      })
    })

    describe('remove', () => {
      for (const state of ['inactive', 'active', 'complete', 'failed', 'delayed']) {
        it(`takes a job that is ${state} out of the store`, async () => {
          const queue = t.queue()
          const job = await queue.add('a', {}, { delay: 60_000 })
          job.log('a line')
          await ask(job, state)
          const told = next(job, 'remove')
          await ask(job, 'remove')
          await told
          assert.deepEqual(await counts(queue), {})
          assert.equal(await ask(queue, 'cardByType', 'a', state), 0)
          assert.deepEqual(await ask(Job, 'range', 0, -1, 'asc'), [])
          assert.deepEqual(await Job.log(job.id), [])
          await assert.rejects(Job.get(job.id), {
            code: 'ERR_JOB_NOT_FOUND',
            message: `job "${job.id}" doesnt exist`
          })
        })
      }

      it('works right after save, where the state was never read', async () => {
        const queue = t.queue()
        const job = await saved(queue.create('a'))
        await ask(job, 'remove')
        assert.deepEqual(await counts(queue), {})
      })

      it('of a running job does not let it come back, and frees the slot when it ends', async () => {
        const queue = t.queue()
        const [job, after] = await queue.addBulk([{ type: 'a' }, { type: 'a' }])
        const [hold, started] = [deferred(), deferred()]
        queue.process('a', async (mine) => {
          started.resolve()
          return mine.id === job.id ? hold.promise : 'after'
        })
        await started.promise
        await Job.remove(job.id)
        hold.resolve('late')
        assert.equal(await after.finished(), 'after')
        await assert.rejects(Job.get(job.id), { code: 'ERR_JOB_NOT_FOUND' })
        assert.deepEqual(await counts(queue), { complete: 1 })
        t.expectErrors('ERR_LEASE_LOST')
      })

      it('by an id that does not exist is an error', async () => {
        t.queue()
        await assert.rejects(Job.remove(77), { code: 'ERR_JOB_NOT_FOUND' })
        await assert.rejects(ask(Job, 'remove', 77), { message: 'job "77" doesnt exist' })
      })

      it('of a job that two clean up is no error to the second, as in Kue', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const again = await Job.get(job.id)
        await Promise.all([ask(job, 'remove'), ask(again, 'remove')])
        job.remove()
        await queue.stats()
        assert.deepEqual(t.errors, [])
      })
    })

    describe('removeOnComplete', () => {
      it('removes the job when it completed, and tells of both', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { removeOnComplete: true })
        const completed = next(job, 'complete')
        const removed = next(queue, 'job remove')
        queue.process('a', async () => ({ kept: 'in the event' }))
        assert.deepEqual((await completed)[0], { kept: 'in the event' })
        assert.equal((await removed)[0], job.id)
        assert.deepEqual(await counts(queue), {})
        await assert.rejects(Job.get(job.id), { code: 'ERR_JOB_NOT_FOUND' })
      })

      it('keeps a job that failed, and one that was told false', async () => {
        const queue = t.queue()
        const [bad, kept] = await queue.addBulk([
          { type: 'a', data: { bad: true }, options: { removeOnComplete: true } },
          { type: 'a', options: { removeOnComplete: false } }
        ])
        queue.process('a', async (job) => {
          if (job.data.bad) throw new Error('bad')
        })
        await Promise.allSettled([bad.finished(), kept.finished()])
        assert.deepEqual(await counts(queue), { failed: 1, complete: 1 })
      })
    })

    describe('finished', () => {
      it('resolves to the result and rejects with the error', async () => {
        const queue = t.queue()
        const [good, bad] = await queue.addBulk([{ type: 'a', data: { x: 5 } }, { type: 'a' }])
        queue.process('a', async (job) => {
          if (!job.data.x) throw new TypeError('there is no x')
          return job.data
        })
        assert.deepEqual(await good.finished(), { x: 5 })
        await assert.rejects(bad.finished(), (error) => {
          assert.ok(error instanceof Error)
          assert.equal(error.message, 'there is no x')
          return true
        })
      })

      it('tells the same of a job that is over already', async () => {
        const queue = t.queue()
        const results = [0, false, '', null, { x: 1 }, undefined]
        const jobs = await queue.addBulk(
          [...results, 'bad'].map((_, i) => ({ type: 'a', data: { i } }))
        )
        queue.process('a', async (job) => {
          if (job.data.i === results.length) throw new TypeError('there is no x')
          return results[job.data.i]
        })
        const live = await Promise.allSettled(jobs.map((job) => job.finished()))
        const read = await Promise.all(jobs.map((job) => Job.get(job.id)))
        const late = await Promise.allSettled(read.map((job) => job.finished()))
        const of = ({ value, reason }) => [value, reason?.message, reason?.code]
        assert.deepEqual(late.map(of), live.map(of))
        assert.deepEqual(
          late.slice(0, 5).map(({ value }) => value),
          results.slice(0, 5)
        )
        assert.equal(late.at(-1).reason.message, 'there is no x')
      })

      it('waits for a retry', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { attempts: 2 })
        let calls = 0
        const finished = job.finished()
        queue.process('a', async () => {
          if (++calls === 1) throw new Error('first')
          return 'second'
        })
        assert.equal(await finished, 'second')
      })

      it('rejects when the job is removed, or does not exist', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const finished = job.finished()
        await Job.remove(job.id)
        await assert.rejects(finished, { code: 'ERR_JOB_NOT_FOUND' })
        await assert.rejects(job.finished(), { code: 'ERR_JOB_NOT_FOUND' })
      })

      it('tells the result of jobs that complete and go while it looks for them', async () => {
        const queue = t.queue()
        queue.process('a', 5, async (job) => job.data.i)
        /** @type {Promise<any>[]} */
        const finished = []
        for (let i = 0; i < 300; i++) {
          const job = await queue.add('a', { i }, { removeOnComplete: true })
          finished.push(job.finished())
        }
        assert.deepEqual(
          await Promise.all(finished),
          finished.map((_, i) => i)
        )
      })

      it('rejects when its queue is closed meanwhile', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const finished = job.finished()
        await queue.close()
        await assert.rejects(finished, { code: 'ERR_STORE_UNAVAILABLE', message: /closed/ })
      })

      it('needs a job that was saved', async () => {
        const queue = t.queue()
        await assert.rejects(queue.create('a').finished(), {
          code: 'ERR_INVALID_ARG',
          message: /save/
        })
      })

      it('is no unhandled rejection where nobody waits', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        void job.finished()
        queue.process('a', async () => {
          throw new Error('nobody cares')
        })
        await next(job, 'failed')
        await sleep(0)
      })

      it('works for a job whose events are switched off', async () => {
        const queue = t.queue()
        const job = await saved(queue.create('a').events(false))
        queue.process('a', async () => 'quietly')
        assert.equal(await job.finished(), 'quietly')
      })
    })

    describe('reading', () => {
      it('get gives the job with everything it was given', async () => {
        const queue = t.queue()
        const job = await saved(
          queue.create('a', { x: 1 }).priority('high').attempts(4).delay(60_000).ttl(5000)
        )
        const stored = await ask(Job, 'get', job.id)
        assert.ok(stored instanceof Job)
        const json = stored.toJSON()
        assert.equal(json.id, job.id)
        assert.equal(json.type, 'a')
        assert.deepEqual(json.data, { x: 1 })
        assert.equal(json.priority, -10)
        assert.equal(json.state, 'delayed')
        assert.equal(Number(json.delay), 60_000)
        assert.equal(Number(json.ttl), 5000)
        assert.equal(Number(json.created_at), job.created_at)
        assert.equal(Number(json.promote_at), job.created_at + 60_000)
        assert.deepEqual(json.attempts, { made: 0, remaining: 4, max: 4 })
        // As in Kue, the id is given back as it was asked for.
        assert.equal((await Job.get(String(job.id))).id, String(job.id))
        assert.equal((await ask(Job, 'get', job.id, 'a')).id, job.id)
      })

      it('get of a missing job changes nothing', async () => {
        const queue = t.queue()
        await queue.add('a')
        await assert.rejects(ask(Job, 'get', 2), {
          code: 'ERR_JOB_NOT_FOUND',
          message: 'job "2" doesnt exist'
        })
        assert.deepEqual(await counts(queue), { inactive: 1 })
      })

      for (const id of [undefined, null]) {
        it(`get refuses the id ${id}`, async () => {
          t.queue()
          await assert.rejects(Job.get(id), { code: 'ERR_INVALID_ARG', message: /^id / })
        })
      }

      it('ranges give jobs by id, up or down, of a state, or of a type and a state', async () => {
        const queue = t.queue()
        await queue.addBulk([
          ...Array.from({ length: 12 }, () => ({ type: 'a' })),
          { type: 'b' },
          { type: 'b', options: { delay: 60_000 } }
        ])
        const ids = async (...args) => (await ask(Job, ...args)).map((job) => job.id)
        const all = Array.from({ length: 14 }, (_, i) => i + 1)
        assert.deepEqual(await ids('range', 0, -1, 'asc'), all)
        assert.deepEqual(await ids('range', 0, -1, 'desc'), [...all].reverse())
        assert.deepEqual(await ids('range', 2, 4, 'asc'), [3, 4, 5])
        assert.deepEqual(await ids('range', 100, 200, 'asc'), [])
        assert.deepEqual(await ids('rangeByState', 'inactive', 0, -1, 'asc'), all.slice(0, 13))
        assert.deepEqual(await ids('rangeByState', 'inactive', -2, -1, 'asc'), [12, 13])
        assert.deepEqual(await ids('rangeByState', 'delayed', 0, 5, 'asc'), [14])
        assert.deepEqual(await ids('rangeByType', 'b', 'inactive', 0, -1, 'asc'), [13])
        assert.deepEqual(await ids('rangeByType', 'nothing', 'inactive', 0, -1, 'asc'), [])
        assert.deepEqual((await Job.rangeByType('a', 'inactive', 0, 1, 'asc')).length, 2)
      })

      it('ranges of a state follow the priority', async () => {
        const queue = t.queue()
        await queue.addBulk(
          ['low', 'normal', 'high'].map((priority) => ({ type: 'a', options: { priority } }))
        )
        const [first] = await Job.rangeByState('inactive', 0, 0, 'asc')
        assert.equal(first.id, 3)
      })

      it('a job reads its own toJSON through JSON.stringify', async () => {
        const queue = t.queue()
        const job = await queue.add('a', { x: 1 })
        assert.equal(JSON.parse(JSON.stringify(job)).data.x, 1)
      })
    })

    describe('signal', () => {
      it('is not aborted by an ordinary end', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const mine = deferred()
        queue.process('a', async (job) => mine.resolve(job.signal))
        await job.finished()
        const signal = await mine.promise
        assert.ok(signal instanceof AbortSignal)
        assert.equal(signal.aborted, false)
      })

      it('is aborted when a shutdown runs out of patience', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const [aborted, started] = [deferred(), deferred()]
        queue.process('a', (job) => {
          started.resolve()
          job.signal.addEventListener('abort', () => aborted.resolve(job.signal.reason))
          return new Promise(() => {})
        })
        await started.promise
        await queue.close(20)
        assert.match(String(await aborted.promise), /Shutdown/)
        const other = t.queue()
        const stored = await Job.get(job.id)
        assert.equal(stored.state(), 'failed')
        assert.equal(stored.error(), 'Shutdown')
        assert.deepEqual(await counts(other), { failed: 1 })
      })
    })

    it('a job in hand at a shutdown goes to another queue where it has attempts left', async () => {
      const queue = t.queue()
      const job = await queue.add('a', {}, { attempts: 2 })
      const started = deferred()
      queue.process('a', () => (started.resolve(), new Promise(() => {})))
      await started.promise
      await queue.close(20)
      const other = t.queue()
      other.process('a', async () => 'elsewhere')
      const again = await Job.get(job.id)
      assert.equal(await again.finished(), 'elsewhere')
    })

    it('a job without a queue cannot be saved, and says so', async () => {
      const queue = t.queue()
      await queue.close()
      await assert.rejects(saved(new Job('a')), { code: 'ERR_INVALID_ARG', message: /queue/ })
      await until(() => true)
    })
  })
}
