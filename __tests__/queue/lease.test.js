'use strict'

const assert = require('node:assert/strict')
const { setTimeout: sleep } = require('node:timers/promises')
const { stores } = require('../../test-support/stores')
const { rekue, setUp, next, deferred, gather } = require('../../test-support/queues')

const { Job } = rekue

/** Short enough for a test, long enough for a busy machine to renew it in time. */
const lease = { duration: 300 }

/** A process that takes one job and holds it, until `done` is said to all by a job of type end. */
function holder(rekue, options, tell) {
  const queue = rekue.createQueue(options)
  queue.on('error', (error) => tell(['error', error.code]))
  let finish
  queue.process('a', (job, done) => {
    finish = done
    job.signal.addEventListener('abort', () => tell(['aborted', job.signal.reason.code]))
    tell(['started', job.id])
  })
  process.on('SIGUSR2', () => finish(null, 'too late'))
}

for (const store of stores) {
  describe(`leases, ${store.name}`, () => {
    const t = setUp(store)

    it('a job whose process was killed goes to another one', async () => {
      const child = t.child(holder, { lease })
      const queue = t.queue({ lease })
      const job = await queue.add('a')
      await child.says(['started', job.id])
      assert.equal((await queue.stats()).active, 1)
      const at = Date.now()
      child.kill('SIGKILL')
      await child.ended
      queue.process('a', async () => 'elsewhere')
      assert.equal(await job.finished(), 'elsewhere')
      assert.ok(Date.now() - at < 3000)
      const stored = await Job.get(job.id)
      assert.equal(stored.toJSON().attempts.made, 1)
      assert.equal((await queue.stats()).active, 0)
    })

    it('an outcome of a job that was moved by hand is refused, and the error names what may have been', async () => {
      const queue = t.queue()
      queue.process('a', (job, done) => job.delayed(() => done()))
      const { id } = await queue.add('a')
      const { message } = await t.error('ERR_LEASE_LOST')
      assert.match(
        message,
        new RegExp(`^job "${id}" was taken .*somebody moved or removed the job$`)
      )
    })

    for (const ending of ['ends', 'is killed']) {
      it(`a job that was moved by hand and claimed elsewhere stays there when its first worker ${ending}`, async () => {
        const child = t.child(holder, { lease })
        const queue = t.queue({ lease })
        const job = await queue.add('a')
        await child.says(['started', job.id])
        const release = deferred()
        const started = next(await Job.get(job.id), 'start')
        queue.process('a', () => release.promise)
        await new Promise((resolve, reject) =>
          job.inactive((error) => (error ? reject(error) : resolve(null)))
        )
        await started
        if (ending === 'ends') {
          child.kill('SIGUSR2')
          await child.says(['error', 'ERR_LEASE_LOST'])
        } else {
          child.kill('SIGKILL')
          await child.ended
          // Longer than the lease and the pause between two looks at the leases of others.
          await sleep(lease.duration * 2)
        }
        assert.equal((await Job.get(job.id)).state(), 'active')
        release.resolve('here')
        assert.equal(await job.finished(), 'here')
      })
    }

    it('a job keeps its place in the order when it comes back', async () => {
      const child = t.child(holder, { lease })
      const queue = t.queue({ lease })
      const [first, second] = [await queue.add('a'), await queue.add('a')]
      await child.says(['started', first.id])
      child.kill('SIGKILL')
      await child.ended
      queue.process('b', async () => {})
      await next(await Job.get(first.id), 'enqueue')
      const order = gather(2)
      queue.process('a', async (job) => void order.push(job.id))
      assert.deepEqual(await order.full, [first.id, second.id])
    })

    it('a job that outlives too many workers fails', async () => {
      const queue = t.queue({ lease: { duration: 300, maxLost: 1 } })
      const job = await queue.add('a', {}, { attempts: 5 })
      queue.process('b', async () => {})
      for (let i = 0; i < 2; i++) {
        const child = t.child(holder, { lease })
        await child.says(['started', job.id])
        child.kill('SIGKILL')
        await child.ended
      }
      await assert.rejects(job.finished(), { message: /worker was lost/ })
      assert.equal((await Job.get(job.id)).state(), 'failed')
      assert.deepEqual((await queue.stats()).active, 0)
    })

    it('a process frozen past its lease is told, and its outcome is refused', async () => {
      const child = t.child(holder, { lease })
      const queue = t.queue({ lease })
      const job = await queue.add('a')
      await child.says(['started', job.id])
      child.kill('SIGSTOP')
      const [hold, started] = [deferred(), deferred()]
      queue.process('a', () => (started.resolve(), hold.promise))
      await started.promise
      child.kill('SIGCONT')
      const told = [await child.told(), await child.told()].sort()
      assert.deepEqual(told, [
        ['aborted', 'ERR_LEASE_LOST'],
        ['error', 'ERR_LEASE_LOST']
      ])
      child.kill('SIGUSR2')
      hold.resolve('in time')
      assert.equal(await job.finished(), 'in time')
      assert.equal((await Job.get(job.id)).result, 'in time')
      child.kill('SIGKILL')
      await child.ended
    })

    it('a frozen process that speaks up at once is refused all the same', async () => {
      const child = t.child(holder, { lease })
      const queue = t.queue({ lease })
      const job = await queue.add('a')
      await child.says(['started', job.id])
      child.kill('SIGSTOP')
      queue.process('a', async () => 'in time')
      assert.equal(await job.finished(), 'in time')
      // The signal is delivered when the process goes on, together with everything else.
      child.kill('SIGUSR2')
      child.kill('SIGCONT')
      while ((await child.told())[1] !== 'ERR_LEASE_LOST');
      const stored = await Job.get(job.id)
      assert.equal(stored.result, 'in time')
      assert.equal(stored.state(), 'complete')
    })

    it('a process that is busy keeps its lease', async () => {
      const child = t.child(
        (rekue, options, tell) => {
          const queue = rekue.createQueue(options)
          queue.on('error', (error) => tell(error.code))
          queue.process('a', async () => {
            tell('busy')
            const end = Date.now() + 1000
            while (Date.now() < end);
            return 'mine'
          })
        },
        { lease }
      )
      const queue = t.queue({ lease })
      const job = await queue.add('a')
      await child.says('busy')
      queue.process('a', async () => 'stolen')
      assert.equal(await job.finished(), 'mine')
      assert.deepEqual(child.messages, [])
    })

    it('a process whose event loop hangs loses its jobs, and is told when it goes on', async () => {
      const child = t.child(
        (rekue, options, tell) => {
          const queue = rekue.createQueue(options)
          queue.on('error', (error) => tell(error.code))
          queue.process('a', async (job) => {
            job.signal.addEventListener('abort', () => tell(job.signal.reason.code))
            tell('hangs')
            const end = Date.now() + 3000
            while (Date.now() < end);
            return 'too late'
          })
        },
        { lease: { duration: 300, hungAfter: 400 } }
      )
      const queue = t.queue({ lease })
      const job = await queue.add('a')
      await child.says('hangs')
      queue.process('a', async () => 'elsewhere')
      assert.equal(await job.finished(), 'elsewhere')
      assert.deepEqual(child.messages, [])
      await child.says('ERR_LEASE_LOST')
      assert.equal((await Job.get(job.id)).result, 'elsewhere')
      // It works again.
      child.messages.length = 0
      await queue.close()
    })

    it('a hung event loop is given no more jobs', async () => {
      const child = t.child(
        (rekue, options, tell) => {
          const queue = rekue.createQueue(options)
          queue.process('a', 2, async (job) => {
            if (job.data.hang) {
              tell('hangs')
              for (;;);
            }
          })
        },
        { lease: { duration: 300, hungAfter: 400 } }
      )
      const queue = t.queue({ lease })
      const hung = await queue.add('a', { hang: true })
      await child.says('hangs')
      // What it claimed before anybody could know goes to others with the lease.
      queue.process('b', async () => {})
      const jobs = await queue.addBulk([{ type: 'a' }, { type: 'a' }])
      await next(await Job.get(hung.id), 'enqueue')
      const later = await queue.add('a')
      queue.process('a', 4, async () => 'elsewhere')
      for (const job of [hung, ...jobs, later]) assert.equal(await job.finished(), 'elsewhere')
    })

    it('a job that runs longer than the lease stays with its worker', async () => {
      const [queue, other] = [t.queue({ lease: { duration: 150 } }), t.queue({ lease })]
      const job = await queue.add('a')
      const [started, hold] = [deferred(), deferred()]
      queue.process('a', () => (started.resolve(), hold.promise))
      await started.promise
      other.process('a', async () => 'stolen')
      setTimeout(hold.resolve, 600, 'mine')
      assert.equal(await job.finished(), 'mine')
    })
  })
}
