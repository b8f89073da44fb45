'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { runInNewContext } = require('node:vm')
const { stores } = require('../../test-support/stores')
const { rekue, setUp, saved, ask, deferred, gather, next } = require('../../test-support/queues')

const { Job } = rekue

for (const store of stores) {
  describe(`the queue, ${store.name}`, () => {
    const t = setUp(store)

    describe('the export', () => {
      it('is the function Queue with Kue’s properties', () => {
        assert.equal(typeof rekue, 'function')
        assert.equal(typeof rekue.createQueue, 'function')
        assert.equal(rekue.Job, Job)
        assert.match(rekue.version, /^\d+\.\d+\.\d+$/)
        assert.deepEqual(Job.priorities, {
          low: 10,
          normal: 0,
          medium: -5,
          high: -10,
          critical: -15
        })
        assert.ok(Array.isArray(rekue.workers))
      })

      it('createQueue gives one queue until it is closed, then a new one', async () => {
        const options = store.options()
        const queue = rekue.createQueue(options)
        assert.ok(queue instanceof rekue)
        assert.ok(queue instanceof EventEmitter)
        assert.equal(rekue.createQueue({ prefix: 'ignored' }), queue)
        await queue.add('a')
        await queue.close()
        const again = rekue.createQueue(options)
        assert.notEqual(again, queue)
        assert.equal(await ask(again, 'inactiveCount'), 1)
        await new Promise((resolve) => again.shutdown(1000, resolve))
        const third = rekue.createQueue(options)
        assert.notEqual(third, again)
        await third.close()
      })

      it('new rekue twice gives two queues that know nothing of each other', async () => {
        const [one, two] = [t.queue({ prefix: 'one' }), t.queue({ prefix: 'two' })]
        const [a, b] = [await one.add('a', { of: 1 }), await two.add('a', { of: 2 })]
        assert.deepEqual([a.id, b.id], [1, 1])
        const seen = gather(2)
        one.process('a', async (job) => void seen.push(['one', job.data.of]))
        two.process('a', async (job) => void seen.push(['two', job.data.of]))
        await Promise.all([a.finished(), b.finished()])
        assert.deepEqual((await seen.full).sort(), [
          ['one', 1],
          ['two', 2]
        ])
        await two.close()
        assert.equal((await one.stats()).complete, 1)
        assert.equal(await (await one.add('a', { of: 3 })).finished(), null)
      })

      it('new Job belongs to the queue that was made last', async () => {
        const queue = t.queue()
        const job = await saved(new Job('a', { x: 1 }))
        assert.deepEqual((await queue.stats()).inactive, 1)
        assert.equal(job.id, 1)
      })
    })

    describe('counts', () => {
      it('stats, card, cardByType and the counts named for states agree', async () => {
        const queue = t.queue()
        const jobs = await queue.addBulk([
          ...['a', 'a', 'b', 'b', 'b'].map((type) => ({ type })),
          { type: 'a', options: { delay: 60_000 } }
        ])
        await ask(jobs[0], 'failed')
        await ask(jobs[2], 'complete')
        await ask(jobs[3], 'active')
        const stats = await queue.stats()
        assert.deepEqual(stats, {
          inactive: 2,
          active: 1,
          complete: 1,
          failed: 1,
          delayed: 1,
          workTime: 0
        })
        for (const state of ['inactive', 'active', 'complete', 'failed', 'delayed']) {
          assert.equal(await ask(queue, 'card', state), stats[state])
          assert.equal(await ask(queue, `${state}Count`), stats[state])
          const [a, b] = [
            await ask(queue, 'cardByType', 'a', state),
            await ask(queue, `${state}Count`, 'b')
          ]
          assert.equal(a + b, stats[state])
        }
        assert.deepEqual(await ask(queue, 'inactive'), [2, 5])
        assert.deepEqual(await ask(queue, 'failed'), [1])
        assert.deepEqual(await ask(queue, 'state', 'delayed'), [6])
        assert.deepEqual((await ask(queue, 'types')).sort(), ['a', 'b'])
        assert.equal(await ask(queue, 'workTime'), 0)
        assert.equal(await ask(queue, 'setting', 'nothing'), null)
      })

      it('are 0 for a type that is not set, as in Kue', async () => {
        const queue = t.queue()
        await queue.add('a')
        for (const type of [undefined, null, '']) {
          for (const state of ['inactive', 'active', 'complete', 'failed', 'delayed']) {
            assert.equal(await ask(queue, `${state}Count`, type), 0)
            assert.equal(await ask(queue, 'cardByType', type, state), 0)
          }
        }
        const queueAgain = await new Promise((resolve) => {
          const returned = queue.inactiveCount(undefined, () => resolve(returned))
        })
        assert.equal(queueAgain, queue)
      })

      it('return the queue', () => {
        const queue = t.queue()
        const nothing = () => {}
        assert.equal(queue.card('failed', nothing), queue)
        assert.equal(queue.inactiveCount(nothing), queue)
        assert.equal(queue.types(nothing), queue)
        assert.equal(queue.watchStuckJobs(), queue)
        assert.equal(queue.promote(), queue)
        assert.equal(
          queue.process('a', async () => {}),
          queue
        )
      })
    })

    describe('TYPE:STATE, as in the keys of Kue', () => {
      it('is answered by what asks for a state', async () => {
        const queue = t.queue()
        await queue.addBulk([{ type: 'a:b' }, { type: 'a:b' }, { type: 'c' }])
        assert.equal(await ask(queue, 'card', 'a:b:inactive'), 2)
        assert.equal(await ask(queue, 'card', 'b:inactive'), 0)
        assert.deepEqual(await ask(queue, 'state', 'c:inactive'), [3])
        const jobs = await ask(Job, 'rangeByState', 'a:b:inactive', 0, -1, 'asc')
        assert.deepEqual(
          jobs.map(({ id }) => id),
          [1, 2]
        )
        for (const state of [':inactive', 'a:done', 'inactive:']) {
          await assert.rejects(ask(queue, 'card', state), { code: 'ERR_INVALID_ARG' }, state)
        }
      })
    })

    describe('what programs for Kue do with its objects', () => {
      it('they find the methods in a loop', () => {
        const queue = t.queue()
        const job = queue.create('a')
        const found = (object) => {
          const names = []
          for (const name in object) names.push(name)
          return names
        }
        for (const name of ['create', 'process', 'shutdown', 'inactiveCount']) {
          assert.ok(found(queue).includes(name), name)
        }
        for (const name of ['save', 'priority', 'on']) assert.ok(found(job).includes(name), name)
      })

      it('they put clients of their own in the place of the queue\u2019s', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const mine = {}
        queue.client = mine
        assert.equal(queue.client, mine)
        assert.equal(job.client, mine)
        job.client = null
        assert.equal(job.client, null)
        Job.client = mine
        assert.equal(Job.client, mine)
        Job.client = undefined
        queue.client = undefined
        queue.testMode = { mine }
        assert.deepEqual(queue.testMode, { mine })
      })

      it('they take create off the queue, and hand it on', async () => {
        const queue = t.queue()
        const { create, createJob } = queue
        const mine = { create, createJob }
        const jobs = [create('a', { n: 1 }), createJob('a'), mine.create('a'), mine.createJob('a')]
        await Promise.all(jobs.map(saved))
        assert.equal((await Job.get(jobs[0].id)).data.n, 1)
        assert.equal(await ask(queue, 'inactiveCount', 'a'), 4)
        await queue.close()
        for (const make of [create, createJob]) {
          assert.throws(() => make('a'), { code: 'ERR_INVALID_ARG', argument: 'queue' })
        }
      })

      it('they put one wrapper in the place of create and createJob', async () => {
        const queue = t.queue()
        const { create, createJob } = queue
        queue.create = queue.createJob = (type, data) =>
          createJob.call(queue, type, { ...data, tenant: 1 })
        assert.deepEqual(queue.create('a', { x: 1 }).data, { x: 1, tenant: 1 })
        assert.deepEqual(queue.createJob('a', { x: 2 }).data, { x: 2, tenant: 1 })
        queue.create = (type, data) => create.call(queue, type, data)
        const job = await queue.add('a', { x: 3 })
        assert.deepEqual(job.data, { x: 3 })
      })

      it('they call process without a function, and have the processor elsewhere', async () => {
        const queue = t.queue()
        /** @type {any[]} */
        const warnings = []
        const note = (/** @type {any} */ warning) => {
          if (warning.code === 'REKUE_NO_PROCESSOR') warnings.push(warning)
        }
        process.on('warning', note)
        t.later(() => process.off('warning', note))
        // Told once of a type, and both stores run this in one process.
        const type = `seat of ${store.name}`
        assert.equal(queue.process(type), queue)
        assert.equal(queue.process(type, undefined, undefined), queue)
        const job = await queue.add(type)
        assert.equal(await ask(queue, 'inactiveCount', type), 1)
        assert.equal(warnings.length, 1)
        assert.equal(warnings[0].name, 'RekueWarning')
        assert.match(warnings[0].message, new RegExp(`process\\("${type}"\\) did nothing`))
        queue.process(type, async () => 'here')
        assert.equal(await job.finished(), 'here')
      })

      it('they give process more than it asks for behind the function', async () => {
        const queue = t.queue()
        queue.process(
          'a',
          async () => 'first',
          () => {}
        )
        queue.process('b', async () => 'first', 5)
        const jobs = await queue.addBulk([{ type: 'a' }, { type: 'b' }])
        for (const job of jobs) assert.equal(await job.finished(), 'first')
      })

      it('they clone jobs, wrap them, and look through the prototype', async () => {
        const queue = t.queue()
        const job = queue.create('a', { n: 1 })
        const clone = Object.assign(Object.create(Object.getPrototypeOf(job)), job)
        assert.equal(clone.priority('high').attempts(2).priority(), -10)
        const wrapped = new Proxy(queue.create('a', { n: 2 }), {})
        await Promise.all([saved(clone), saved(wrapped)])
        assert.deepEqual([clone.id, wrapped.id, job.id], [1, 2, undefined])
        assert.equal((await Job.get(1)).data.n, 1)
        const stub = Object.create(Job.prototype)
        assert.equal(stub.state(), undefined)
        assert.ok(Job.prototype.signal instanceof AbortSignal)
        const heard = next(wrapped, 'complete')
        queue.process('a', async () => {})
        await heard
      })
    })

    describe('types', () => {
      it('that no store can hold as they are still find their processor', async () => {
        const queue = t.queue()
        queue.process('half \ud800', async (job) => job.type)
        const job = await queue.add('half \ud800')
        assert.equal(await job.finished(), 'half \ufffd')
        assert.equal(await ask(queue, 'cardByType', 'half \ud800', 'complete'), 1)
      })
    })

    describe('addBulk', () => {
      it('adds jobs in order, with their options', async () => {
        const queue = t.queue()
        const jobs = await queue.addBulk([
          { type: 'a', data: { n: 1 } },
          { type: 'b', data: { n: 2 }, options: { priority: 'high', attempts: 2 } },
          { type: 'a', options: { delay: 60_000 } }
        ])
        assert.deepEqual(
          jobs.map(({ id, type }) => [id, type]),
          [
            [1, 'a'],
            [2, 'b'],
            [3, 'a']
          ]
        )
        assert.equal((await Job.get(2)).priority(), -10)
        assert.equal((await Job.get(3)).state(), 'delayed')
      })

      it('of nothing is nothing', async () => {
        assert.deepEqual(await t.queue().addBulk([]), [])
      })

      it('of thousands is one batch', async () => {
        const queue = t.queue()
        const jobs = await queue.addBulk(
          Array.from({ length: 5000 }, (_, i) => ({ type: 'a', data: { i } }))
        )
        assert.equal(jobs.length, 5000)
        assert.equal(jobs[4999].id, 5000)
        assert.equal(await ask(queue, 'inactiveCount'), 5000)
        assert.deepEqual((await Job.get(5000)).data, { i: 4999 })
      })

      for (const [name, bad, says] of [
        ['no type', {}, /jobs\[1\]\.type/],
        ['an empty type', { type: '' }, /jobs\[1\]\.type/],
        ['null', null, /jobs\[1\]/],
        ['options that are no object', { type: 'a', options: 5 }, /jobs\[1\]\.options/],
        [
          'an unknown option',
          { type: 'a', options: { dealy: 5 } },
          /jobs\[1\]\.options\.dealy.*delay/
        ],
        ['a bad delay', { type: 'a', options: { delay: 'soon' } }, /jobs\[1\]\.options\.delay/],
        ['a bad priority', { type: 'a', options: { priority: 'urgent' } }, /priority/],
        ['a bad backoff', { type: 'a', options: { backoff: { type: 'linear' } } }, /backoff\.type/]
      ]) {
        it(`adds none where one has ${name}`, async () => {
          const queue = t.queue()
          await assert.rejects(queue.addBulk([{ type: 'a' }, bad, { type: 'a' }]), {
            name: 'TypeError',
            code: 'ERR_INVALID_ARG',
            message: says
          })
          assert.equal(await ask(queue, 'inactiveCount'), 0)
        })
      }

      it('wants an array', async () => {
        await assert.rejects(t.queue().addBulk({ type: 'a' }), {
          code: 'ERR_INVALID_ARG',
          message: /^jobs must be an array/
        })
      })
    })

    describe('wrong arguments', () => {
      const refused = (message) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG', message })

      for (const [name, type, data, options, says] of [
        [
          'type: nothing',
          undefined,
          undefined,
          undefined,
          /^type must be a non-empty string.*undefined/
        ],
        ['type: empty', '', {}, {}, /^type .*""/],
        ['type: number', 5, {}, {}, /^type .*number 5/],
        ['type: symbol', Symbol('s'), {}, {}, /^type .*symbol/],
        ['options: text', 'a', {}, 'fast', /^options .*"fast"/],
        ['options: array', 'a', {}, [1], /^options .*array/],
        ['options: misspelt', 'a', {}, { prioritiy: 1 }, /prioritiy.*did you mean priority/],
        ['options: misspelt', 'a', {}, { removeOncomplete: true }, /did you mean removeOnComplete/],
        ['options: unknown', 'a', {}, { colour: 1 }, /colour.*priority, attempts, backoff/],
        [
          'priority: unknown name',
          'a',
          {},
          { priority: 'urgent' },
          /priority .*low, normal.*"urgent"/
        ],
        ['priority: NaN', 'a', {}, { priority: NaN }, /priority .*NaN/],
        ['priority: object', 'a', {}, { priority: {} }, /priority .*object/],
        ['attempts: 0', 'a', {}, { attempts: 0 }, /attempts .*from 1.*0/],
        ['attempts: half', 'a', {}, { attempts: 1.5 }, /attempts .*1\.5/],
        ['attempts: text', 'a', {}, { attempts: 'x' }, /attempts .*"x"/],
        ['delay: negative', 'a', {}, { delay: -1 }, /delay .*-1/],
        ['delay: Infinity', 'a', {}, { delay: Infinity }, /delay .*Infinity/],
        ['delay: no date', 'a', {}, { delay: new Date(NaN) }, /delay/],
        ['ttl: text', 'a', {}, { ttl: 'long' }, /ttl .*"long"/],
        ['ttl: date', 'a', {}, { ttl: new Date() }, /ttl/],
        [
          'backoff: type',
          'a',
          {},
          { backoff: { type: 'linear' } },
          /backoff\.type .*'fixed' or 'exponential'.*"linear"/
        ],
        ['backoff: no type', 'a', {}, { backoff: {} }, /backoff\.type/],
        [
          'backoff: delay',
          'a',
          {},
          { backoff: { type: 'fixed', delay: -5 } },
          /backoff\.delay .*-5/
        ],
        [
          'backoff: delay',
          'a',
          {},
          { backoff: { type: 'fixed', delay: 'x' } },
          /backoff\.delay .*"x"/
        ]
      ]) {
        it(`add refuses ${name}`, async () => {
          const queue = t.queue()
          await assert.rejects(queue.add(type, data, options), refused(says))
          assert.equal(await ask(queue, 'inactiveCount'), 0)
        })
      }

      for (const [name, change, says] of [
        ['type', (queue) => queue.create(), /^type /],
        ['type', (queue) => queue.createJob(7), /^type /],
        ['priority', (queue) => queue.create('a').priority('urgent'), /^priority /],
        ['priority', (queue) => queue.create('a').priority(Symbol('s')), /^priority /],
        ['attempts', (queue) => queue.create('a').attempts('often'), /^attempts /],
        ['attempts', (queue) => queue.create('a').attempts(-1), /^attempts /],
        ['delay', (queue) => queue.create('a').delay(Infinity), /^delay /],
        ['ttl', (queue) => queue.create('a').ttl(Infinity), /^ttl /],
        ['backoff', (queue) => queue.create('a').backoff({ type: 'x' }), /^backoff\.type /]
      ]) {
        it(`save refuses a wrong ${name} through its callback`, async () => {
          const queue = t.queue()
          const job = change(queue)
          await assert.rejects(saved(job), refused(says))
          job.save()
          await t.error('ERR_INVALID_ARG')
          assert.equal(job.id, undefined)
          assert.equal(await ask(queue, 'inactiveCount'), 0)
        })
      }

      for (const [name, change, stored, says] of [
        [
          'attempts(1.5)',
          (job) => job.attempts(1.5),
          { max_attempts: '2' },
          /^attempts must be a whole number.*1\.5: it is taken for 2/
        ],
        [
          'backoff({})',
          (job) => job.backoff({}),
          { backoff: '{"type":"fixed"}' },
          /^backoff\.type must be 'fixed' or 'exponential'.*undefined: the job's delay is used/
        ]
      ]) {
        it(`${name} is saved, as in Kue, and the process is warned once`, async () => {
          const queue = t.queue()
          const warned = new Promise((resolve) => {
            const note = (/** @type {any} */ warning) => {
              if (says.test(warning.message)) resolve(warning)
            }
            process.on('warning', note)
            t.later(() => process.off('warning', note))
          })
          const job = await saved(change(queue.create('a').attempts(2).delay(60_000)))
          for (const [field, value] of Object.entries(stored)) {
            assert.equal(await ask(job, 'get', field), value)
          }
          await ask(job, 'inactive')
          const failed = next(job, 'failed attempt')
          queue.process('a', () => Promise.reject(new Error('once')))
          await failed
          // Once in a process, which runs this over each store.
          if (store !== stores[0]) return
          const { code } = await warned
          assert.equal(code, 'REKUE_JOB_OPTION')
        })
      }

      for (const [args, says] of [
        [[], /^type /],
        [['', async () => {}], /^type /],
        [[5, async () => {}], /^type /],
        [['a', null], /^fn /],
        [['a', 3], /^fn /],
        [['a', 3, 'fn'], /^fn .*"fn"/],
        [['a', 0, async () => {}], /^n .*from 1 to.*0/],
        [['a', -1, async () => {}], /^n .*-1/],
        [['a', 1.5, async () => {}], /^n .*1\.5/],
        [['a', 'many', async () => {}], /^n .*"many"/],
        [['a', Infinity, async () => {}], /^n .*Infinity/]
      ]) {
        it(`process refuses (${args.map(String).join(', ')})`, () => {
          assert.throws(() => t.queue().process(...args), refused(says))
        })
      }

      for (const [method, ...args] of [
        ['state', 'done'],
        ['state', undefined],
        ['state', 5],
        ['card', 'done'],
        ['cardByType', 'a', 'done']
      ]) {
        it(`${method}(${args.join(', ')}) hands an error to the callback, and the queue works on`, async () => {
          const queue = t.queue()
          await assert.rejects(ask(queue, method, ...args), refused(/^state .*inactive, active/))
          assert.equal((await queue.add('a')).id, 1)
        })
      }

      it('of who asks for a state that is none leave an empty answer beside the error, and a warning', async () => {
        const queue = t.queue()
        await queue.add('a')
        /** @type {any[]} */
        const warnings = []
        const note = (/** @type {any} */ warning) => {
          if (warning.code === 'REKUE_UNKNOWN_STATE') warnings.push(warning)
        }
        process.on('warning', note)
        t.later(() => process.off('warning', note))
        const state = `completed in ${store.name}`
        for (const [object, empty, method, ...args] of [
          [Job, [], 'rangeByType', 'a', state, 0, -1, 'asc'],
          [Job, [], 'rangeByState', state, 0, -1, 'asc'],
          [queue, [], 'state', state],
          [queue, 0, 'card', state],
          [queue, 0, 'cardByType', 'a', state]
        ]) {
          const [error, value] = await new Promise((resolve) =>
            object[method](...args, (...told) => resolve(told))
          )
          assert.equal(error.code, 'ERR_INVALID_ARG')
          assert.deepEqual(value, empty, method)
        }
        await new Promise(setImmediate)
        assert.equal(warnings.length, 1)
        assert.match(warnings[0].message, /one of inactive, active, complete, .*"completed in /)
      })

      it('addBulk refuses a list with holes', async () => {
        const queue = t.queue()
        await assert.rejects(queue.addBulk(new Array(2)), refused(/^jobs\[0\] .*undefined/))
        assert.equal(await ask(queue, 'inactiveCount'), 0)
      })

      it('a time of another realm is one, and a proxy that was revoked is nothing', async () => {
        const queue = t.queue()
        const later = runInNewContext('new Date(Date.now() + 60000)')
        const job = await queue.add('a', {}, { delay: later })
        assert.equal(await ask(queue, 'delayedCount'), 1)
        assert.ok(Number(job.delay()) > 50_000)
        await assert.rejects(
          queue.add('a', {}, { delay: runInNewContext('new Date(NaN)') }),
          refused(/^options\.delay .*valid Date/)
        )
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        await assert.rejects(
          queue.add('a', {}, { attempts: proxy }),
          refused(/^options\.attempts /)
        )
      })

      it('what has no text and no number is refused or nothing, and never a bare TypeError', async () => {
        const queue = t.queue()
        const bare = Object.create(null)
        const job = await queue.add('a')
        for (const call of [
          () => queue.process('a', bare, async () => {}),
          () => queue.setting(bare),
          () => job.set(bare, 1),
          () => job.set('a', bare),
          () => job.get(bare, () => {})
        ]) {
          assert.throws(call, { code: 'ERR_INVALID_ARG' }, String(call))
        }
        job.delay(bare).ttl(bare).progress(bare, 5)
        for (const change of [
          (other) => other.priority(bare),
          (other) => other.removeOnComplete(bare)
        ]) {
          await assert.rejects(saved(change(queue.create('a'))), { code: 'ERR_INVALID_ARG' })
        }
        await assert.rejects(ask(Job, 'range', bare, -1, 'asc'), { code: 'ERR_INVALID_ARG' })
      })

      it('cardByType wants a type', async () => {
        const queue = t.queue()
        await assert.rejects(ask(queue, 'cardByType', 5, 'failed'), refused(/^type /))
      })

      for (const [method, ...args] of [
        ['rangeByState', 'done', 0, -1, 'asc'],
        ['rangeByType', 'a', 'done', 0, -1, 'asc'],
        ['rangeByType', 5, 'failed', 0, -1, 'asc'],
        ['range', 'x', -1, 'asc'],
        ['range', 0, 1.5, 'asc'],
        ['range', 0, undefined, 'asc'],
        ['range', 0, Infinity, 'asc']
      ]) {
        it(`Job.${method}(${args.join(', ')}) hands an error to the callback`, async () => {
          const queue = t.queue()
          await assert.rejects(ask(Job, method, ...args), refused(/^(state|type|from|to|order) /))
          assert.equal((await queue.add('a')).id, 1)
        })
      }

      it('a callback that is no function is refused at once', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const calls = {
          'queue.card': () => queue.card('failed', 5),
          'queue.types': () => queue.types('x'),
          'queue.shutdown': () => queue.shutdown(5, '', 'x'),
          'job.save': () => job.save('x'),
          'job.update': () => job.update({}),
          'job.remove': () => job.remove(1),
          'job.set': () => job.set('a', 'b', 'x'),
          'job.get': () => job.get('a', 'x'),
          'job.state': () => job.state('failed', 'x'),
          'job.inactive': () => job.inactive('x'),
          'job.subscribe': () => job.subscribe('x'),
          'Job.get': () => Job.get(1, 'a', 'x'),
          'Job.log': () => Job.log(1, 'x'),
          'Job.remove': () => Job.remove(1, 'x')
        }
        for (const [name, call] of Object.entries(calls)) {
          assert.throws(call, refused(/^fn must be a function/), name)
        }
        assert.equal((await queue.stats()).inactive, 1)
      })

      it('what needs a stored job says so', async () => {
        const job = t.queue().create('a')
        for (const method of ['update', 'remove', 'inactive']) {
          await assert.rejects(ask(job, method), refused(/save/))
        }
        await assert.rejects(ask(job, 'set', 'a', 1), refused(/job\.set .*save/))
        await assert.rejects(ask(job, 'get', 'a'), refused(/job\.get .*save/))
        await assert.rejects(ask(job, 'remove'), refused(/job\.remove /))
        assert.equal(job.log('x').progress(1, 2), job)
      })

      it('a job with an id of any kind does not hurt the queue', async () => {
        const queue = t.queue()
        for (const id of ['x"y', -1, 1.5, {}, 'ä', '00', 2 ** 60, NaN]) {
          const job = queue.create('a')
          job.id = id
          job.on('complete', () => {})
          await ask(job, 'remove').catch((error) => assert.match(error.code, /^ERR_/))
        }
        assert.equal((await queue.add('a')).id, 1)
      })

      for (const timeout of [-1, NaN, 'x', null]) {
        it(`close refuses ${String(timeout)}`, async () => {
          const queue = t.queue()
          await assert.rejects(queue.close(timeout), refused(/^timeoutMs /))
          assert.equal((await queue.add('a')).id, 1)
        })
      }

      for (const [args, says] of [
        [[], /^name /],
        [['', () => 1], /^name /],
        [['x', 5], /^fn /]
      ]) {
        it(`backoff refuses (${args.map(String).join(', ')})`, () => {
          assert.throws(() => t.queue().backoff(...args), refused(says))
        })
      }
    })

    describe('close and shutdown', () => {
      it('wait for jobs in hand and for what was said before', async () => {
        const queue = t.queue()
        const [started, hold] = [deferred(), deferred()]
        const job = await queue.add('a')
        queue.process('a', async (job) => {
          started.resolve()
          await hold.promise
          job.log('a last word')
          return 'done'
        })
        await started.promise
        let closed = false
        const closing = queue.close().then(() => (closed = true))
        await queue.add('b')
        assert.equal(closed, false)
        hold.resolve()
        await closing
        t.queue()
        const stored = await Job.get(job.id)
        assert.equal(stored.state(), 'complete')
        assert.equal(stored.result, 'done')
        assert.deepEqual(await Job.log(job.id), ['a last word'])
      })

      it('close twice is one close', async () => {
        const queue = t.queue()
        await Promise.all([queue.close(), queue.close(10)])
        await queue.close()
      })

      it('a second shutdown is told that one is on its way', async () => {
        const queue = t.queue()
        const first = new Promise((resolve) => queue.shutdown(100, resolve))
        const error = await new Promise((resolve) => queue.shutdown(100, resolve))
        assert.equal(error.message, 'Shutdown already in progress')
        assert.equal(await first, null)
      })

      it('a very long time-out is none', async () => {
        const queue = t.queue()
        const [started, hold] = [deferred(), deferred()]
        const job = await queue.add('a')
        queue.process('a', () => (started.resolve(), hold.promise))
        await started.promise
        const closing = queue.close(Number.MAX_SAFE_INTEGER)
        setTimeout(hold.resolve, 30, 'in time')
        await closing
        t.queue()
        assert.equal((await Job.get(job.id)).result, 'in time')
      })

      it('afterwards every call says that the queue is closed', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        await queue.close()
        const closed = { code: 'ERR_STORE_UNAVAILABLE', message: /closed/ }
        await assert.rejects(saved(queue.create('a')), closed)
        await assert.rejects(queue.add('a'), closed)
        await assert.rejects(queue.addBulk([{ type: 'a' }]), closed)
        await assert.rejects(queue.stats(), closed)
        await assert.rejects(ask(queue, 'card', 'failed'), closed)
        await assert.rejects(ask(job, 'update'), closed)
        await assert.rejects(ask(job, 'remove'), closed)
        await assert.rejects(ask(job, 'get', 'type'), closed)
        await assert.rejects(ask(job, 'set', 'x', 1), closed)
        await assert.rejects(job.finished(), closed)
        assert.throws(() => queue.process('a', async () => {}), closed)
        job.progress(1, 2).log('x')
        assert.deepEqual(queue.workers, [])
      })

      it('of one queue leaves another at work', async () => {
        const [one, two] = [t.queue(), t.queue()]
        one.process('a', async () => 'one')
        two.process('a', async () => 'two')
        await one.close()
        for (let i = 0; i < 5; i++) assert.equal(await (await two.add('a')).finished(), 'two')
        assert.equal(two.workers.length, 1)
      })

      it('leaves jobs that were claimed but not started to others', async () => {
        const [one, two] = [t.queue(), t.queue()]
        const jobs = await one.addBulk(Array.from({ length: 50 }, () => ({ type: 'a' })))
        one.process('a', 10, async () => 'one')
        const closing = one.close()
        two.process('a', 10, async () => 'two')
        const watching = await Promise.all(jobs.map((job) => Job.get(job.id)))
        await Promise.all(watching.map((job) => job.finished()))
        await closing
        assert.equal((await two.stats()).complete, 50)
      })
    })

    describe('callbacks that throw', () => {
      it('do not stop those after them, and reach uncaughtException', async () => {
        const child = t.child((rekue, options, tell) => {
          const queue = new rekue(options)
          const thrown = []
          process.on('uncaughtException', (error) => thrown.push(error.message))
          const fail = (what) => () => {
            throw new Error(what)
          }
          queue.on('error', fail('error listener'))
          queue.on('job complete', fail('queue listener'))
          queue.process('a', 2, async () => 1)
          const over = new Set()
          for (let i = 0; i < 4; i++) {
            queue
              .create('a')
              .on('complete', function () {
                over.add(this.id)
                if (over.size === 4) {
                  queue.card('failed', () => {
                    tell([...new Set(thrown)].sort())
                    queue.close()
                  })
                }
                throw new Error('job listener')
              })
              .save(fail('save'))
          }
          queue.card('failed', fail('card'))
          queue.create('a', () => {}).save()
        })
        assert.deepEqual(await child.told(), [
          'card',
          'error listener',
          'job listener',
          'queue listener',
          'save'
        ])
        assert.deepEqual(await child.ended, { code: 0, signal: null })
      })
    })

    describe('the process', () => {
      for (const [how, end] of [
        ['close', 'queue.close().then(() => tell("closed"))'],
        ['shutdown', 'queue.shutdown(1000, (error) => tell(error ? error.message : "closed"))']
      ]) {
        it(`stays alive with a queue, and ends by itself after ${how}`, async () => {
          const child = t.child(
            new Function(
              'rekue',
              'options',
              'tell',
              `const queue = rekue.createQueue(options)
               queue.on('job complete', () => {})
               queue.process('a', async (job) => {
                 if (job.data.end) setImmediate(() => ${end})
               })
               tell('ready')`
            )
          )
          await child.says('ready')
          const queue = t.queue()
          await (await queue.add('a')).finished()
          assert.equal(child.over, false)
          await queue.add('a', { end: true })
          await child.says('closed')
          const at = Date.now()
          assert.deepEqual(await child.ended, { code: 0, signal: null })
          assert.ok(Date.now() - at < 2000)
          assert.equal(child.stderr, '')
        })
      }

      it('ends by itself after close where the queue did nothing else', async () => {
        const child = t.child((rekue, options, tell) => {
          new rekue(options).close().then(() => tell('closed'))
        })
        await child.says('closed')
        assert.deepEqual(await child.ended, { code: 0, signal: null })
      })

      it('ends after two queues were closed, with jobs saved in the last moment', async () => {
        const child = t.child((rekue, options, tell) => {
          const [one, two] = [new rekue(options), new rekue({ ...options, prefix: 'other' })]
          one.create('a').save()
          two.create('a').save()
          Promise.all([one.close(), two.close()]).then(() => tell('closed'))
        })
        await child.says('closed')
        assert.deepEqual(await child.ended, { code: 0, signal: null })
        assert.equal((await t.queue().stats()).inactive, 1)
        assert.equal((await t.queue({ prefix: 'other' }).stats()).inactive, 1)
      })

      it('may call process.exit in the midst of work', async () => {
        const child = t.child((rekue, options) => {
          const queue = new rekue(options)
          queue.process('a', 5, async () => process.exit(7))
          for (let i = 0; i < 20; i++) queue.create('a').save()
        })
        assert.deepEqual(await child.ended, { code: 7, signal: null })
        assert.equal(child.stderr, '')
      })

      it('works in a worker thread, and survives its end', async () => {
        const child = t.child((rekue, options, tell) => {
          const { Worker } = process.getBuiltinModule('node:worker_threads')
          const file = process.argv[1].replace(/test-support.*$/, '')
          const source = `
            const { workerData, parentPort } = require('node:worker_threads')
            const rekue = require(workerData.file)
            const queue = new rekue(workerData.options)
            queue.process('a', async () => 'in a thread')
            queue.add('a').then((job) => job.finished()).then((result) => parentPort.postMessage(result))`
          const thread = new Worker(source, { eval: true, workerData: { file, options } })
          thread.on('message', (result) => {
            tell(result)
            thread.terminate().then(async () => {
              const queue = new rekue(options)
              queue.process('b', async () => 'in the main one')
              tell(await (await queue.add('b')).finished())
              await queue.close()
            })
          })
        })
        await child.says('in a thread')
        await child.says('in the main one')
        assert.deepEqual(await child.ended, { code: 0, signal: null })
      })
    })

    it('a queue that nobody listens to turns an error into a warning', async () => {
      const child = t.child((rekue, options, tell) => {
        const queue = new rekue(options)
        process.on('warning', (warning) => tell([warning.name, warning.code]))
        queue.create('a', () => {}).save()
        setTimeout(() => queue.close(), 50)
      })
      await child.says(['RekueWarning', 'ERR_JOB_DATA'])
      assert.deepEqual(await child.ended, { code: 0, signal: null })
    })

    it('an idle worker hears of a job at once', async () => {
      const queue = t.queue()
      queue.process('a', async () => Date.now())
      const other = t.queue()
      await queue.stats()
      for (let i = 0; i < 10; i++) {
        const at = Date.now()
        const job = await other.add('a')
        assert.ok((await job.finished()) - at < 1000)
      }
    })
  })
}
