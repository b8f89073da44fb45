'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const { rekue, setUp, saved, next, deferred, gather, sleep } = require('../../test-support/queues')

const { Job } = rekue

for (const store of stores) {
  describe(`events, ${store.name}`, () => {
    const t = setUp(store)

    describe('of a job', () => {
      it('tell enqueue to a listener attached right after save', async () => {
        const queue = t.queue()
        for (let i = 0; i < 5; i++) {
          const [type] = await next(queue.create('a').save(), 'enqueue')
          assert.equal(type, 'a')
        }
      })

      it('tell enqueue to a listener attached in the callback of save', async () => {
        const queue = t.queue()
        for (let i = 0; i < 5; i++) {
          const told = deferred()
          const job = queue.create('a')
          job.save(() => job.on('enqueue', told.resolve))
          assert.equal(await told.promise, 'a')
        }
      })

      it('tell everything to a listener attached after add', async () => {
        const queue = t.queue()
        queue.process('a', async (job) => {
          job.progress(1, 2, { half: true })
          return 7
        })
        const job = await queue.add('a')
        const events = gather(4)
        for (const event of ['enqueue', 'start', 'progress', 'complete']) {
          job.on(event, (...args) => events.push([event, ...args]))
        }
        const [enqueue, start, progress, complete] = await events.full
        assert.deepEqual(enqueue, ['enqueue', 'a'])
        assert.deepEqual(start.slice(0, 2), ['start', 'a'])
        assert.deepEqual(progress, ['progress', 50, { half: true }])
        assert.deepEqual(complete.slice(0, 2), ['complete', 7])
      })

      it('keep to their job', async () => {
        const queue = t.queue()
        const jobs = await queue.addBulk([1, 2, 3].map((n) => ({ type: 'a', data: { n } })))
        const results = Promise.all(jobs.map((job) => next(job, 'complete')))
        queue.process('a', 3, async (job) => job.data.n * 10)
        assert.deepEqual(
          (await results).map(([result]) => result),
          [10, 20, 30]
        )
      })

      it('deliver a string as the error', async () => {
        const queue = t.queue()
        const job = await queue.add('a', {}, { attempts: 2 })
        const [attempt, failed] = [next(job, 'failed attempt'), next(job, 'failed')]
        queue.process('a', async () => {
          throw Object.assign(new Error('words'), { extra: 1 })
        })
        assert.deepEqual(await attempt, ['words', 1])
        assert.equal((await failed)[0], 'words')
      })

      it('an error event needs no listener', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const failed = next(job, 'failed')
        queue.process('a', async () => {
          throw new Error('no')
        })
        await failed
      })

      it('give the error event its stack', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const [errors, failed] = [next(job, 'error'), next(job, 'failed')]
        queue.process('a', async () => {
          throw new Error('no')
        })
        assert.match((await errors)[0], /^Error: no\n {4}at /)
        await failed
      })

      it('do not come where they are switched off', async () => {
        const queue = t.queue()
        const quiet = queue.create('a').events(false)
        quiet.on('complete', () => assert.fail('it was switched off'))
        const loud = queue.create('a')
        const completed = next(loud, 'complete')
        await Promise.all([saved(quiet), saved(loud)])
        queue.process('a', async () => {})
        await completed
      })

      it('jobEvents: false switches them off for all jobs, unless one says otherwise', async () => {
        const queue = t.queue({ jobEvents: false })
        const quiet = queue.create('a').on('complete', () => assert.fail('it was switched off'))
        const loud = queue.create('a').events(true)
        const completed = next(loud, 'complete')
        await Promise.all([saved(quiet), saved(loud)])
        queue.process('a', async () => {})
        await completed
      })

      it('are heard by a job that was read', async () => {
        const queue = t.queue()
        const { id } = await queue.add('a')
        const job = await Job.get(id)
        const completed = next(job, 'complete')
        queue.process('a', async () => 'heard')
        assert.equal((await completed)[0], 'heard')
      })

      it('end after complete: the job is not held any more', async () => {
        const queue = t.queue()
        const jobs = await queue.addBulk(Array.from({ length: 20 }, () => ({ type: 'a' })))
        const completed = Promise.all(jobs.map((job) => next(job, 'complete')))
        queue.process('a', 5, async () => {})
        await completed
        assert.equal(queue._tracker.size, 0)
      })

      it('end with the last listener', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const heard = () => assert.fail('it was taken away')
        job.on('complete', heard).on('progress', heard).once('start', heard)
        assert.equal(queue._tracker.size, 1)
        job.off('progress', heard).removeListener('start', heard)
        assert.equal(queue._tracker.size, 1)
        job.removeAllListeners()
        assert.equal(queue._tracker.size, 0)
        const other = await Job.get(job.id)
        const completed = next(other, 'complete')
        queue.process('a', async () => {})
        await completed
      })

      it('are heard again by a job whose listeners come back', async () => {
        const queue = t.queue()
        const job = await queue.add('a')
        const heard = () => {}
        job.on('progress', heard).off('progress', heard)
        const completed = next(job, 'complete')
        queue.process('a', async () => 'heard')
        assert.equal((await completed)[0], 'heard')
      })

      it('end after remove: the job is not held any more', async () => {
        const queue = t.queue()
        const jobs = await queue.addBulk(Array.from({ length: 5 }, () => ({ type: 'a' })))
        const removed = Promise.all(jobs.map((job) => next(job, 'remove')))
        await Promise.all(jobs.map((job) => Job.remove(job.id)))
        await removed
        assert.equal(queue._tracker.size, 0)
      })

      it('a job that nobody listens to is not held', async () => {
        const queue = t.queue()
        await Promise.all(Array.from({ length: 20 }, () => saved(queue.create('a'))))
        await sleep(0)
        await queue.stats()
        assert.equal(queue._tracker.size, 0)
      })
    })

    describe('of the queue', () => {
      it('put the id first', async () => {
        const queue = t.queue()
        const told = gather(6)
        for (const event of [
          'enqueue',
          'start',
          'progress',
          'failed attempt',
          'complete',
          'remove'
        ]) {
          queue.on(`job ${event}`, (...args) => told.push([event, ...args]))
        }
        let calls = 0
        const other = t.queue()
        other.process('a', async (job) => {
          if (++calls === 1) throw new Error('first')
          job.progress(1, 4, 'data')
          return 'result'
        })
        const job = await queue.add('a', {}, { attempts: 2, removeOnComplete: true })
        await told.full
        while (told.length < 8) await sleep(2)
        const of = (event) => told.filter(([name]) => name === event).map(([, ...args]) => args)
        assert.deepEqual(of('failed attempt'), [[job.id, 'first', 1]])
        assert.deepEqual(of('progress'), [[job.id, 25, 'data']])
        assert.deepEqual(of('complete')[0].slice(0, 2), [job.id, 'result'])
        assert.deepEqual(of('remove')[0].slice(0, 2), [job.id, 'a'])
        assert.deepEqual(
          of('enqueue').map(([id, type]) => [id, type]),
          [
            [job.id, 'a'],
            [job.id, 'a']
          ]
        )
        assert.equal(of('start').length, 2)
      })

      it('tell of failures and promotions', async () => {
        const queue = t.queue()
        const [failed, promoted] = [next(queue, 'job failed'), next(queue, 'job promotion')]
        queue.process('a', async () => {
          throw new Error('no')
        })
        const job = await queue.add('a', {}, { delay: 20 })
        assert.deepEqual((await failed).slice(0, 2), [job.id, 'no'])
        assert.deepEqual(await promoted, [job.id])
      })

      for (const method of [
        'on',
        'once',
        'addListener',
        'prependListener',
        'prependOnceListener'
      ]) {
        it(`are heard through ${method}`, async () => {
          const queue = t.queue()
          const heard = deferred()
          queue[method]('job complete', (id) => heard.resolve(id))
          queue.process('a', async () => {})
          const job = await queue.add('a')
          assert.equal(await heard.promise, job.id)
        })
      }

      it('come of jobs of any kind and size', async () => {
        const queue = t.queue()
        const completed = next(queue, 'job complete')
        const result = { text: 'ä☃𝒳\u2028"\\'.repeat(1000), deep: [[[[null]]]] }
        queue.process('a "☃\\ b', async () => result)
        const job = await queue.add('a "☃\\ b')
        assert.deepEqual((await completed).slice(0, 2), [job.id, result])
      })
    })

    describe('across processes', () => {
      it('a job created here and processed there is heard of here', async () => {
        const child = t.child((rekue, options, tell) => {
          rekue.createQueue(options).process('a', async (job) => {
            job.progress(1, 2, { half: true })
            if (job.data.bad) throw new Error('bad there')
            return { pid: process.pid }
          })
          tell('ready')
        })
        await child.says('ready')
        const queue = t.queue()
        const events = gather(4)
        const job = queue.create('a')
        for (const event of ['enqueue', 'start', 'progress', 'complete']) {
          job.on(event, () => events.push(event))
        }
        const completed = next(job, 'complete')
        job.save()
        assert.deepEqual((await completed)[0], { pid: child.process.pid })
        assert.deepEqual(await events.full, ['enqueue', 'start', 'progress', 'complete'])
        const bad = await queue.add('a', { bad: true })
        assert.deepEqual((await next(bad, 'failed'))[0], 'bad there')
      })

      it('a job created there and processed here is heard of there, and by the queue here', async () => {
        const queue = t.queue()
        const heard = next(queue, 'job complete')
        queue.process('a', async (job) => job.data.x + 1)
        const child = t.child((rekue, options, tell) => {
          const queue = rekue.createQueue(options)
          const job = queue
            .create('a', { x: 1 })
            .on('complete', (result) => {
              tell([job.id, result])
              queue.shutdown(1000, () => tell('over'))
            })
            .save()
        })
        const [id, result] = await child.told()
        assert.equal(result, 2)
        assert.deepEqual((await heard).slice(0, 2), [id, 2])
        await child.says('over')
        assert.deepEqual(await child.ended, { code: 0, signal: null })
      })

      it('logs and progress of a job in another process are read here', async () => {
        const child = t.child((rekue, options) => {
          rekue.createQueue(options).process('a', (job, done) => {
            job.log('%s there', 'logged').progress(3, 4)
            done(null, job.data)
          })
        })
        const queue = t.queue()
        const job = await queue.add('a', { ä: '☃' })
        assert.deepEqual(await job.finished(), { ä: '☃' })
        assert.deepEqual(await Job.log(job.id), ['logged there'])
        assert.match((await Job.get(job.id)).workerId, new RegExp(`:${child.process.pid}:a:1$`))
      })
    })
  })
}
