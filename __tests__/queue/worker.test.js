'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const {
  rekue,
  setUp,
  saved,
  ask,
  next,
  deferred,
  gather,
  sleep,
  until
} = require('../../test-support/queues')

const { Job } = rekue

for (const store of stores) {
  describe(`processing, ${store.name}`, () => {
    const t = setUp(store)

    describe('order', () => {
      it('runs jobs by priority, and those of one priority in the order of their ids', async () => {
        const queue = t.queue()
        const priorities = ['low', 'normal', 'critical', 7, 'high', 'medium', 'normal', -100, 'low']
        await queue.addBulk(
          priorities.map((priority, i) => ({ type: 'a', data: { i }, options: { priority } }))
        )
        const order = gather(priorities.length)
        queue.process('a', async (job) => void order.push(job.data.i))
        assert.deepEqual(await order.full, [7, 2, 4, 5, 1, 6, 3, 0, 8])
      })

      it('runs 120 jobs of one priority in the order in which they were saved', async () => {
        const queue = t.queue()
        const order = gather(120)
        queue.process('a', (job, done) => {
          order.push(job.data.i)
          done()
        })
        const jobs = Array.from({ length: 120 }, (_, i) => queue.create('a', { i }))
        await Promise.all(jobs.map(saved))
        assert.deepEqual(
          await order.full,
          jobs.map((_, i) => i)
        )
      })

      it('keeps a retried job before newer ones of its priority', async () => {
        const queue = t.queue()
        await queue.add('a', { n: 1 }, { attempts: 2 })
        await queue.addBulk([2, 3].map((n) => ({ type: 'a', data: { n } })))
        const order = gather(4)
        queue.process('a', async (job) => {
          if (order.push(job.data.n) === 1) throw new Error('once')
        })
        assert.deepEqual(await order.full, [1, 1, 2, 3])
      })

      it('takes a new urgent job before older ones that wait', async () => {
        const queue = t.queue()
        const order = gather(3)
        const first = deferred()
        await queue.add('a', { n: 1 })
        queue.process('a', async (job) => {
          order.push(job.data.n)
          if (job.data.n === 1) await first.promise
        })
        await queue.add('a', { n: 2 })
        await queue.add('a', { n: 3 }, { priority: 'critical' })
        first.resolve()
        assert.deepEqual(await order.full, [1, 3, 2])
      })
    })

    describe('concurrency', () => {
      it('runs one job at a time by default', async () => {
        const queue = t.queue()
        let running = 0
        const most = gather(10)
        queue.process('a', async () => {
          running++
          await sleep(1)
          most.push(running--)
        })
        await queue.addBulk(Array.from({ length: 10 }, () => ({ type: 'a' })))
        assert.deepEqual(await most.full, Array(10).fill(1))
      })

      it('runs n jobs at a time and never more', async () => {
        const queue = t.queue()
        const gate = deferred()
        const full = deferred()
        const over = gather(40)
        let running = 0
        let most = 0
        queue.process('a', 4, async (job) => {
          most = Math.max(most, ++running)
          if (running === 4) full.resolve()
          if (job.data.i < 4) await gate.promise
          else await sleep(job.data.i % 3)
          running--
          over.push(job.data.i)
        })
        await queue.addBulk(Array.from({ length: 40 }, (_, i) => ({ type: 'a', data: { i } })))
        await full.promise
        assert.equal(await ask(queue, 'activeCount'), 4)
        gate.resolve()
        await over.full
        assert.equal(most, 4)
      })

      it('gives each of two processors of a type its own jobs', async () => {
        const queue = t.queue()
        const seen = gather(20)
        const busy = { one: 0, two: 0 }
        const processor = (name) => async (job) => {
          assert.equal(++busy[name], 1)
          await sleep(2)
          busy[name]--
          seen.push([name, job.id])
        }
        queue.process('a', processor('one'))
        queue.process('a', processor('two'))
        const jobs = await queue.addBulk(Array.from({ length: 20 }, () => ({ type: 'a' })))
        const all = await seen.full
        assert.deepEqual(
          all.map(([, id]) => id).sort((a, b) => a - b),
          jobs.map((job) => job.id)
        )
        assert.deepEqual(new Set(all.map(([name]) => name)), new Set(['one', 'two']))
      })

      it('runs no job twice when two queues work on one type', async () => {
        const [one, two] = [t.queue(), t.queue()]
        const ids = gather(200)
        for (const queue of [one, two]) queue.process('a', 5, async (job) => void ids.push(job.id))
        const jobs = await one.addBulk(Array.from({ length: 200 }, () => ({ type: 'a' })))
        await ids.full
        await one.close()
        await two.close()
        assert.deepEqual(
          [...ids].sort((a, b) => a - b),
          jobs.map((job) => job.id)
        )
      })

      it('gives a processor only jobs of its type, whatever the types are called', async () => {
        const queue = t.queue()
        const types = ['a', 'a b', 'ä☃𝒳', 'jobs', 'a:b', '__proto__', 'inactive', '"', '%s', '*']
        const seen = gather(types.length)
        for (const type of types)
          queue.process(type, async (job) => void seen.push([type, job.type]))
        await queue.addBulk(types.map((type) => ({ type })))
        for (const [mine, its] of await seen.full) assert.equal(mine, its)
        assert.deepEqual((await ask(queue, 'types')).sort(), [...types].sort())
      })
    })

    describe('processors', () => {
      /** Process one job and give it as stored afterwards. */
      async function outcome(processor, options) {
        const queue = t.queue()
        const job = await queue.add('a', { x: 1 }, options)
        const over = new Promise((resolve) => job.on('complete', resolve).on('failed', resolve))
        queue.process('a', processor)
        await over
        return Job.get(job.id)
      }

      it('completes a job with what its promise resolves to', async () => {
        const job = await outcome(async (job) => ({ twice: job.data.x * 2 }))
        assert.equal(job.state(), 'complete')
        assert.deepEqual(job.result, { twice: 2 })
      })

      it('completes a job with what a function of one argument returns', async () => {
        assert.equal((await outcome(() => 5)).result, 5)
      })

      it('completes a job with what done is given', async () => {
        const job = await outcome((job, done) => setImmediate(done, null, [job.data.x]))
        assert.equal(job.state(), 'complete')
        assert.deepEqual(job.result, [1])
      })

      it('gives a processor of three arguments a context', async () => {
        const job = await outcome((job, ctx, done) => done(null, Object.keys(ctx).sort()))
        assert.deepEqual(job.result, ['pause', 'resume', 'shutdown'])
      })

      // A function's length counts none of these parameters; Kue calls such a one with all three.
      for (const [name, processor, result] of [
        ['rest parameters', (...args) => setTimeout(args.at(-1), 5, null, args.length), 3],
        ['a default', (job, _ctx = null, done) => setImmediate(done, null, job.data.x), 1]
      ]) {
        it(`lets a processor with ${name} say done`, async () => {
          assert.equal((await outcome(processor)).result, result)
        })
      }

      const both = (a, b) => a + b
      for (const [name, processor, result] of [
        ['one name', (job) => both(job.data.x, 1), 2],
        // prettier-ignore
        ['one name without brackets', job => both(job.data.x, 1), 2],
        // prettier-ignore
        ['comments among its parameters', function (job /* , done */) { return both(job.data.x, 2) }, 3],
        ['a default for its job', (job = { data: { x: 9 } }) => both(job.data.x, 3), 4],
        ['a pattern of several', ({ id, data: { x } }) => both(x, id * 0), 1]
      ]) {
        it(`completes a job with what a processor of ${name} returns`, async () => {
          assert.equal((await outcome(processor)).result, result)
        })
      }

      for (const [name, processor] of [
        ['a default', ({ data }, _ctx = null, done) => setImmediate(done, null, data.x)],
        ['rest parameters', ({ data }, ...rest) => setImmediate(rest[1], null, data.x)]
      ]) {
        it(`lets a processor with a pattern and ${name} say done`, async () => {
          assert.equal((await outcome(processor)).result, 1)
        })
      }

      it('fails a job whose processor with rest parameters says so', async () => {
        const job = await outcome((...args) => args[2](new Error('no')))
        assert.equal(job.state(), 'failed')
        assert.match(job.error(), /^Error: no\n/)
      })

      it('completes a job with what the promise of one with rest parameters resolves to', async () => {
        assert.equal((await outcome(async (...args) => `of ${args[0].type}`)).result, 'of a')
      })

      it('takes a default within a pattern for no parameter of its own', async () => {
        assert.equal((await outcome(({ data: { x = 7 } }) => x)).result, 1)
      })

      it('does not take the promise of a processor with done for its outcome', async () => {
        const job = await outcome(async (job, done) => {
          setTimeout(done, 5, null, 'of done')
          return 'of the promise'
        })
        assert.equal(job.result, 'of done')
      })

      for (const [name, value] of [
        ['0', 0],
        ['false', false],
        ['an empty string', ''],
        ['null', null],
        ['an array', []]
      ]) {
        it(`keeps the result ${name}`, async () => {
          const promised = await outcome(async () => value)
          assert.deepEqual(promised.result, value)
          assert.deepEqual(promised.toJSON().result, value)
        })
        it(`keeps the result ${name} given to done`, async () => {
          assert.deepEqual((await outcome((job, done) => done(null, value))).result, value)
        })
      }

      it('keeps no result where there is none', async () => {
        const job = await outcome((job, done) => done())
        assert.equal(job.result, undefined)
        assert.equal(await ask(job, 'get', 'result'), null)
      })

      for (const id of [NaN, 1.5, -3, 2 ** 53, 'own', null, {}]) {
        it(`is told of a job whatever ${String(id)} a processor makes of its id`, async () => {
          const queue = t.queue()
          const jobs = []
          for (let i = 0; i < 4; i++) jobs.push(await saved(queue.create('a', { i })))
          queue.process('a', 1, (job, done) => {
            job.id = id
            if (job.data.i === 2) done(new Error('nothing'))
            else done()
          })
          for (const [i, job] of jobs.entries()) {
            const state = i === 2 ? 'failed' : 'complete'
            await until(async () => (await Job.get(job.id)).state() === state)
          }
        })
      }

      for (const [name, value, text] of [
        ['a BigInt', 1n, '1'],
        ['a circular object', Object.assign({}, { toString: () => 'round' }), 'round']
      ]) {
        if (typeof value === 'object') value.self = value
        it(`completes with a note where the result is ${name}`, async () => {
          const job = await outcome(async () => value)
          assert.equal(job.state(), 'complete')
          assert.deepEqual(job.result, { error: true, message: `Invalid JSON Result: "${text}"` })
        })
      }

      it('fails a job whose promise rejects', async () => {
        const job = await outcome(async () => {
          throw new TypeError('no good')
        })
        assert.equal(job.state(), 'failed')
        assert.match(job.error(), /^TypeError: no good\n {4}at /)
        assert.deepEqual(await Job.log(job.id), ['TypeError: no good'])
      })

      it('fails a job whose processor throws, with done or without', async () => {
        for (const processor of [
          () => {
            throw new Error('thrown')
          },
          (_job, _done) => {
            throw new Error('thrown')
          },
          (_job, _ctx, _done) => {
            throw new Error('thrown')
          }
        ]) {
          await store.clear()
          assert.match((await outcome(processor)).error(), /^Error: thrown\n/)
          await t.tidy()
        }
      })

      it('fails a job whose processor takes done but rejects', async () => {
        const job = await outcome(async (_job, _done) => {
          throw new Error('rejected')
        })
        assert.match(job.error(), /^Error: rejected\n/)
      })

      for (const [name, thrown, text] of [
        ['undefined', undefined, 'undefined'],
        ['null', null, 'null'],
        ['a string', 'just text', 'just text'],
        ['an empty string', '', ''],
        ['a number', 7, '7'],
        ['a symbol', Symbol('s'), 'Symbol(s)'],
        ['a plain object', { message: 'of an object' }, 'of an object'],
        ['an object without a prototype', Object.create(null), /has no text/],
        [
          'an Error without a stack',
          Object.assign(new Error('bare'), { stack: undefined }),
          'bare'
        ],
        [
          'an object whose getters throw',
          {
            get message() {
              throw new Error('trap')
            },
            get stack() {
              throw new Error('trap')
            },
            toString() {
              throw new Error('trap')
            }
          },
          /has no text/
        ],
        [
          'a proxy that refuses everything',
          Proxy.revocable({}, {}),
          /has no text|Proxy|proxy|null object/
        ],
        ['text that is no Unicode', 'lone \ud800', 'lone \ufffd']
      ]) {
        it(`fails a job that throws ${name}`, async () => {
          let what = thrown
          if (name.startsWith('a proxy')) {
            thrown.revoke()
            what = thrown.proxy
          }
          const job = await outcome(() => Promise.reject(what))
          assert.equal(job.state(), 'failed')
          if (text instanceof RegExp) assert.match(job.error(), text)
          else assert.equal(job.error(), text)
        })
      }

      it('fails a job whose promise is an object with a throwing then', async () => {
        const job = await outcome(() => ({
          get then() {
            throw new Error('then')
          }
        }))
        assert.match(job.error(), /^Error: then\n/)
      })

      for (const [name, processor, state] of [
        ['done twice', (job, done) => (done(null, 1), done(null, 2)), 'complete'],
        [
          'done, then done with an error',
          (job, done) => (done(null, 1), done(new Error('late'))),
          'complete'
        ],
        [
          'done, then a throw',
          (job, done) => {
            done(null, 1)
            throw new Error('late')
          },
          'complete'
        ],
        [
          'done, then a rejection',
          async (job, done) => {
            done(null, 1)
            throw new Error('late')
          },
          'complete'
        ],
        [
          'a throw, then done',
          (job, done) => {
            setImmediate(done, null, 2)
            throw new Error('first')
          },
          'failed'
        ],
        ['an error, then done', (job, done) => (done(new Error('first')), done(null, 2)), 'failed']
      ]) {
        it(`takes the first outcome: ${name}`, async () => {
          const queue = t.queue()
          const outcomes = []
          queue.on('job complete', (id, result) => outcomes.push(['complete', result]))
          queue.on('job failed', (id, error) => outcomes.push(['failed', error]))
          const [one, two] = await queue.addBulk([{ type: 'a' }, { type: 'a' }])
          // The processor's late words must not touch the job that has the slot by then.
          let calls = 0
          queue.process('a', (job, done) =>
            ++calls === 1 ? processor(job, done) : setTimeout(done, 20)
          )
          await Promise.allSettled([one.finished(), two.finished()])
          assert.equal(calls, 2)
          assert.equal((await Job.get(one.id)).state(), state)
          assert.equal((await Job.get(two.id)).state(), 'complete')
          await sleep(0)
          assert.equal(outcomes.length, 2)
          assert.equal(outcomes[0][0], state)
        })
      }

      it('gives the job to its processor as it was stored', async () => {
        const queue = t.queue()
        const job = await queue.add(
          'a',
          { deep: { list: [1, 'two', null] } },
          { priority: 'high', attempts: 3, ttl: 5000 }
        )
        const { promise, resolve } = deferred()
        queue.process('a', async (job) => resolve(job))
        const mine = await promise
        assert.ok(mine instanceof Job)
        assert.equal(mine.id, job.id)
        assert.equal(mine.type, 'a')
        assert.deepEqual(mine.data, { deep: { list: [1, 'two', null] } })
        assert.equal(mine.priority(), -10)
        assert.equal(mine.state(), 'active')
        assert.equal(mine.toJSON().attempts.max, 3)
        assert.equal(mine.signal.aborted, false)
      })
    })

    describe('attempts', () => {
      it('counts them, tells of each, and fails with the last', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { attempts: 3 })
        const told = gather(3)
        job.on('failed attempt', (...args) => told.push(['failed attempt', ...args]))
        job.on('failed', (...args) => told.push(['failed', ...args]))
        const made = []
        queue.process('a', async (job) => {
          made.push(job.toJSON().attempts)
          throw new Error(`no. ${made.length}`)
        })
        const [first, second, third] = await told.full
        assert.deepEqual(first, ['failed attempt', 'no. 1', 1])
        assert.deepEqual(second, ['failed attempt', 'no. 2', 2])
        assert.deepEqual(third.slice(0, 2), ['failed', 'no. 3'])
        assert.deepEqual(
          made.map(({ made, remaining }) => [Number(made), remaining]),
          [
            [0, 3],
            [1, 2],
            [2, 1]
          ]
        )
        const stored = await Job.get(job.id)
        assert.equal(stored.state(), 'failed')
        assert.deepEqual(stored.toJSON().attempts, { made: 3, remaining: 0, max: 3 })
        assert.deepEqual(await Job.log(job.id), ['Error: no. 1', 'Error: no. 2', 'Error: no. 3'])
      })

      it('says failed, not failed attempt, where there is one attempt', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        job.on('failed attempt', () => assert.fail('there was one attempt'))
        queue.process('a', (job, done) => done(new Error('once')))
        const [error] = await next(job, 'failed')
        assert.equal(error, 'once')
        assert.equal(typeof error, 'string')
      })

      it('completes at the second attempt, and counts it', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { attempts: 5 })
        let calls = 0
        queue.process('a', async () => {
          if (++calls === 1) throw new Error('first')
          return 'second'
        })
        assert.equal(await job.finished(), 'second')
        const stored = await Job.get(job.id)
        assert.equal(stored.state(), 'complete')
        assert.equal(stored.toJSON().attempts.made, 2)
      })
    })

    describe('options that a processor changes', () => {
      /** Fail a job once in a processor that does something to it before; give it as stored then. */
      async function failedAfter(act, options) {
        const queue = t.queue()
        const failed = deferred()
        queue.on('job failed attempt', failed.resolve).on('job failed', failed.resolve)
        const { id } = await queue.add('a', {}, options)
        let runs = 0
        queue.process('a', (job, done) => {
          if (++runs > 1) return done()
          act(job, done)
        })
        await failed.promise
        return Job.get(id)
      }
      const no = new Error('no')

      it('count for its next attempt', async () => {
        const later = await failedAfter(
          (job, done) => {
            job.delay(60_000).backoff(true)
            done(no)
          },
          { attempts: 2 }
        )
        assert.deepEqual(
          [later.state(), later.delay(), later.backoff()],
          ['delayed', '60000', true]
        )
      })

      it('count where they were stored by update', async () => {
        const later = await failedAfter(
          (job, done) => job.backoff({ type: 'fixed', delay: 60_000 }).update(() => done(no)),
          { attempts: 2 }
        )
        assert.deepEqual([later.state(), later.delay()], ['delayed', '60000'])
      })

      it('may give up, or give it more attempts', async () => {
        const given = await failedAfter((job, done) => done(no, job.attempts(1)), { attempts: 5 })
        assert.equal(given.state(), 'failed')
        const queue = t.queue()
        const over = deferred()
        queue.process('b', (job, done) => {
          if (Number(job.toJSON().attempts.made) === 2) return done()
          job.attempts(9)
          done(no)
        })
        const job = await queue.add('b', {}, { attempts: 1 })
        job.on('complete', over.resolve)
        await over.promise
      })

      it('may be attempts without end, from the beginning or by a processor', async () => {
        const queue = t.queue()
        const over = deferred()
        let runs = 0
        queue.process('a', (job, done) => {
          if (++runs === 12) return done(null, over.resolve())
          if (runs > 3) job.attempts(Infinity)
          done(no)
        })
        queue.create('a').attempts(Infinity).save()
        await over.promise
      })

      it('may have it removed', async () => {
        const queue = t.queue()
        const over = deferred()
        queue.on('job remove', over.resolve)
        queue.process('a', (job, done) => {
          job.removeOnComplete(true)
          done()
        })
        const { id } = await queue.add('a')
        assert.equal(await over.promise, id)
        await assert.rejects(Job.get(id), { code: 'ERR_JOB_NOT_FOUND' })
      })

      it('leave alone what was not changed, whatever it is', async () => {
        const queue = t.queue()
        const failed = deferred()
        queue.on('job failed attempt', failed.resolve)
        const job = await queue.add('a', {}, { attempts: 2, delay: 1 })
        // As another program may have left it.
        await ask(job, 'set', 'backoff', '(attempts) => attempts * 7')
        const at = Date.now()
        let runs = 0
        queue.process('a', (running, done) => {
          if (++runs > 1) return done()
          running.delay(60_000)
          done(no)
        })
        await failed.promise
        const later = await Job.get(job.id)
        assert.equal(later.state(), 'delayed')
        assert.ok(Number(later.promote_at) >= at + 60_000)
        t.expectErrors('ERR_UNKNOWN_BACKOFF')
      })

      it('are told of, and leave the outcome as it is, where they cannot be', async () => {
        const job = await failedAfter((job, done) => {
          job.attempts('many')
          done(no)
        })
        assert.equal(job.state(), 'failed')
        assert.equal((await t.error('ERR_INVALID_ARG')).argument, 'attempts')
      })
    })

    describe('slots', () => {
      it('are all there after retries that follow at once, though somebody listens', async () => {
        const queue = t.queue()
        queue.on('job failed attempt', () => {})
        let now = 0
        const together = deferred()
        queue.process('a', 5, (job, done) => {
          if (job.data.fail) return done(new Error('again'))
          if (++now === 5) together.resolve(undefined)
          together.promise.then(() => done())
        })
        const failing = { type: 'a', data: { fail: true }, options: { attempts: 5 } }
        const failed = await queue.addBulk(Array.from({ length: 20 }, () => failing))
        await Promise.allSettled(failed.map((job) => job.finished()))
        await queue.addBulk(Array.from({ length: 5 }, () => ({ type: 'a', data: {} })))
        await together.promise
      })
    })

    describe('a start', () => {
      it('is told once of each job, when it has one, also behind a slow one', async () => {
        const queue = t.queue()
        /** @type {number[]} */
        const begun = []
        /** @type {number[]} */
        const early = []
        const told = gather(300)
        queue.on('job start', (id) => {
          if (!begun.includes(id)) early.push(id)
          told.push(id)
        })
        queue.process('a', (job, done) => {
          begun.push(job.id)
          if (job.data.i === 200) setTimeout(done, 200)
          else done()
        })
        await queue.addBulk(Array.from({ length: 300 }, (_, i) => ({ type: 'a', data: { i } })))
        assert.deepEqual(await told.full, begun)
        assert.deepEqual(early, [])
      })
    })

    describe('ttl', () => {
      it('fails the job in time, frees the slot and aborts the signal though the processor hangs', async () => {
        const queue = t.queue()
        const [stuck, after] = await queue.addBulk([
          { type: 'a', data: { hang: true }, options: { ttl: 60 } },
          { type: 'a' }
        ])
        const aborted = deferred()
        const started = deferred()
        let late
        queue.process('a', (job, done) => {
          if (!job.data.hang) return done(null, 'free')
          late = done
          started.resolve(Date.now())
          job.signal.addEventListener('abort', () => aborted.resolve(job.signal.reason))
        })
        await assert.rejects(stuck.finished(), { message: 'TTL exceeded' })
        const lasted = Date.now() - (await started.promise)
        assert.ok(lasted >= 55 && lasted < 1000, `${lasted} ms`)
        assert.match(String((await aborted.promise).message), /ttl/i)
        assert.equal(await after.finished(), 'free')
        late(null, 'too late')
        await ask(queue, 'card', 'failed')
        const stored = await Job.get(stuck.id)
        assert.equal(stored.state(), 'failed')
        assert.equal(stored.error(), 'TTL exceeded')
        assert.equal(stored.result, undefined)
        assert.equal(stored.toJSON().attempts.made, 1)
      })

      it('that is over before the job starts keeps it from starting', async () => {
        const queue = t.queue()
        const failed = deferred()
        queue.on('job failed', failed.resolve)
        let runs = 0
        queue.process('a', async () => void runs++)
        const held = queue._wire._jobsHeld
        held.answered = () => {} // the job is held as long as one can be: its add is never told
        await queue.add('a', {}, { ttl: 20 })
        await failed.promise
        await until(() => held._held.length === 0)
        assert.equal(runs, 0)
      })

      it('leads to the next attempt where there is one', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { ttl: 50, attempts: 2 })
        let calls = 0
        queue.process('a', (job, done) => void (++calls === 2 && done(null, 'second')))
        const attempt = next(job, 'failed attempt')
        assert.equal(await job.finished(), 'second')
        assert.deepEqual(await attempt, ['TTL exceeded', 1])
        assert.equal((await Job.get(job.id)).toJSON().attempts.made, 2)
      })

      it('is what ends a job that is done a moment too late, and nothing else is told of it', async () => {
        const queue = t.queue()
        const jobs = await queue.addBulk(
          Array.from({ length: 20 }, () => ({ type: 'a', options: { ttl: 30 } }))
        )
        queue.process('a', 20, (job, done) => {
          const end = performance.now() + 2
          while (performance.now() < end);
          setTimeout(done, 28)
        })
        const outcomes = await Promise.allSettled(jobs.map((job) => job.finished()))
        for (const { reason } of outcomes) {
          if (reason) assert.equal(reason.message, 'TTL exceeded')
        }
        // What would be told of it comes before this.
        assert.equal(await (await queue.add('a')).finished(), null)
      })

      it('is over for the late alone, though somebody listens', async () => {
        const queue = t.queue()
        queue.on('job complete', () => {})
        const late = { type: 'a', data: { late: true }, options: { ttl: 300 } }
        const jobs = await queue.addBulk([late, ...[1, 2, 3].map(() => ({ ...late, data: {} }))])
        queue.process('a', (job, done) => {
          const end = performance.now() + (job.data.late ? 305 : 0)
          while (performance.now() < end);
          done()
        })
        const ends = await Promise.allSettled(jobs.map((job) => job.finished()))
        assert.deepEqual(
          ends.map(({ status }) => status),
          ['rejected', 'fulfilled', 'fulfilled', 'fulfilled']
        )
      })

      it('starts anew with every progress', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { ttl: 150 })
        queue.process('a', async (job) => {
          for (let i = 1; i <= 6; i++) {
            await sleep(50)
            job.progress(i, 10)
          }
          return job.signal.aborted
        })
        assert.equal(await job.finished(), false)
      })

      it('does not touch a job that ends in time', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { ttl: 60 })
        const after = await queue.add('a', {})
        queue.process('a', async (job) => (job.id === after.id ? sleep(120) : 'in time'))
        assert.equal(await job.finished(), 'in time')
        await after.finished()
        assert.equal((await Job.get(job.id)).state(), 'complete')
      })
    })

    describe('pause and resume', () => {
      it('takes no job while paused, and takes them again when resumed', async () => {
        const queue = t.queue()
        const paused = deferred()
        const order = gather(2)
        const [one, two] = await queue.addBulk([{ type: 'a' }, { type: 'a' }])
        queue.process('a', (job, ctx, done) => {
          order.push(job.id)
          if (job.id === one.id) ctx.pause(() => paused.resolve(ctx))
          done()
        })
        const ctx = await paused.promise
        await one.finished()
        assert.equal((await Job.get(two.id)).state(), 'inactive')
        ctx.resume()
        await two.finished()
        assert.deepEqual([...order], [one.id, two.id])
      })

      it('never runs more than n jobs however often it is paused and resumed', async () => {
        const queue = t.queue()
        let running = 0
        let most = 0
        const over = gather(60)
        queue.process('a', 3, (job, ctx, done) => {
          most = Math.max(most, ++running)
          setTimeout(() => {
            ctx.pause(1000, () => {})
            ctx.resume()
            running--
            over.push(job.id)
            done()
          }, job.id % 3)
        })
        const jobs = await queue.addBulk(Array.from({ length: 60 }, () => ({ type: 'a' })))
        await Promise.all(jobs.map((job) => job.finished()))
        assert.equal(most, 3)
        assert.equal(new Set(over).size, 60)
        assert.equal(over.length, 60)
      })

      it('frees a slot whose processor put its job back and said nothing, as flows of Kue do', async () => {
        const queue = t.queue()
        const gaveBack = deferred()
        const ran = gather(2)
        let runs = 0
        queue.process('a', (job, ctx, done) => {
          if (++runs === 1) return void job.inactive(() => gaveBack.resolve(ctx))
          ran.push(job.id)
          done()
        })
        const one = await queue.add('a')
        const ctx = await gaveBack.promise
        const paused = new Promise((resolve) => ctx.pause(0, resolve))
        ctx.resume()
        await paused
        const two = await queue.add('a')
        await Promise.all([one.finished(), two.finished()])
        assert.deepEqual([...ran], [one.id, two.id])
        assert.deepEqual(t.errors, [])
      })

      it('frees a slot whose job another worker took meanwhile', async () => {
        const queue = t.queue()
        const other = t.queue({ name: 'other' })
        const gaveBack = deferred()
        const hold = deferred()
        const taken = deferred()
        let runs = 0
        queue.process('a', (job, ctx, done) => {
          if (++runs > 1) return done(null, 'free again')
          job.inactive(() => gaveBack.resolve(job))
        })
        const one = await queue.add('a')
        const job = await gaveBack.promise
        const [worker] = queue.workers
        worker.shutdown(0)
        other.process('a', async ({ id }) => (taken.resolve(id), hold.promise))
        assert.equal(await taken.promise, one.id)
        const aborted = new Promise((resolve) => job.signal.addEventListener('abort', resolve))
        worker.resume()
        await aborted
        const two = await queue.add('a')
        assert.equal(await two.finished(), 'free again')
        hold.resolve('theirs')
        assert.equal(await one.finished(), 'theirs')
        assert.deepEqual(t.errors, [])
      })

      it('keeps a slot that is at work when it is resumed', async () => {
        const queue = t.queue()
        const hold = deferred()
        const started = deferred()
        let running = 0
        queue.process('a', async (job) => {
          running++
          if (job.id > 1) return running
          started.resolve()
          await hold.promise
          running--
        })
        const one = await queue.add('a')
        const two = await queue.add('a')
        await started.promise
        const [worker] = queue.workers
        worker.shutdown(0)
        worker.resume()
        await queue.stats()
        assert.equal(running, 1)
        hold.resolve()
        await one.finished()
        assert.equal(await two.finished(), 1)
      })

      it('shutdown of a type waits for its jobs and leaves other types at work', async () => {
        const queue = t.queue()
        const hold = deferred()
        const [one, two] = await queue.addBulk([{ type: 'a' }, { type: 'b' }])
        const started = deferred()
        queue.process('a', () => (started.resolve(), hold.promise))
        queue.process('b', async () => 'b')
        await started.promise
        let over = false
        const down = new Promise((resolve) => queue.shutdown(5000, 'a', resolve)).then(
          () => (over = true)
        )
        assert.equal(await two.finished(), 'b')
        assert.equal(over, false)
        hold.resolve('a')
        await down
        assert.equal((await Job.get(one.id)).state(), 'complete')
        assert.equal(await (await queue.add('b')).finished(), 'b')
      })
    })
  })
}
