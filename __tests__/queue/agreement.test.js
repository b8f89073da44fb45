'use strict'

/**
 * Random operations: every store must leave the jobs as a naive model in memory has them, which
 * knows nothing of indexes, scripts or leases.
 *
 * A seed that fails is printed; `REKUE_SEED=…` runs it again alone.
 */

const assert = require('node:assert/strict')
const { rekue, setUp } = require('../../test-support/queues')
const { stores } = require('../../test-support/stores')

const STATES = ['inactive', 'active', 'complete', 'failed', 'delayed']
const TYPES = ['a', 'b']
const PRIORITIES = [-15, -1.5, 0, 0, 0, 10]
/** Far enough that nothing becomes due by itself. */
const DELAY_MS = 3_600_000
const OPERATIONS = 120

/** Numbers from a seed (mulberry32). @param {number} seed */
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The naive model: a list of jobs. */
class Model {
  constructor() {
    /** @type {any[]} */
    this.jobs = []
    this.ids = 0
  }

  add({ type, priority, delay, attempts }) {
    const state = delay ? 'delayed' : 'inactive'
    this.jobs.push({ id: ++this.ids, type, priority, delay, state, attempts, made: 0, log: [] })
  }

  find(id) {
    return this.jobs.find((job) => job.id === id)
  }

  remove(id) {
    this.jobs = this.jobs.filter((job) => job.id !== id)
  }

  /** Kue's order: by priority, then by id. */
  inOrder(of) {
    return this.jobs.filter(of).sort((a, b) => a.priority - b.priority || a.id - b.id)
  }

  /** Take the first job of a type; it succeeds, or fails and is tried again. */
  work(type, fails) {
    const [job] = this.inOrder((job) => job.type === type && job.state === 'inactive')
    if (!job) return undefined
    if (job.made < job.attempts) job.made++
    if (fails) job.log.push('')
    job.state = !fails ? 'complete' : job.made < job.attempts ? 'inactive' : 'failed'
    if (fails) job.error = 'no luck'
    return job
  }

  seen() {
    return this.jobs
      .map(({ id, type, priority, state, made, error, log, text }) => {
        return { id, type, priority, state, made, error, log, text }
      })
      .sort((a, b) => a.id - b.id)
  }
}

/** The same operations on a queue. */
class Real {
  /** @param {any} queue */
  constructor(queue) {
    this.queue = queue
  }

  ask(object, method, ...args) {
    return new Promise((resolve, reject) => {
      object[method](...args, (error, value) => (error ? reject(error) : resolve(value)))
    })
  }

  job(id) {
    return rekue.Job.get(id)
  }

  async seen(ids) {
    const found = []
    for (const id of ids) {
      const job = await this.job(id).catch(() => null)
      if (!job) continue
      found.push({
        id,
        type: job.type,
        priority: Number(job._priority),
        state: job._state,
        made: job.toJSON().attempts.made,
        error: job._error,
        log: await rekue.Job.log(id),
        text: (await this.ask(job, 'get', 'text')) ?? undefined
      })
    }
    return found
  }

  /** Take one job of a type, as a worker of its own that stops after it. */
  work(type, fails) {
    return new Promise((resolve) => {
      this.queue.process(type, 1, (job, ctx, done) => {
        ctx.shutdown(0, () => this.queue._ask('flush', () => resolve(job.id)))
        done(fails ? 'no luck' : null)
      })
    })
  }
}

describe('stores agree with a naive model', function () {
  this.timeout(60_000)
  const fixtures = stores.map((store) => setUp(store))
  const seeds = process.env.REKUE_SEED ? [Number(process.env.REKUE_SEED)] : [1, 2, 3, 4, 5, 6]
  if (!process.env.REKUE_SEED) seeds.push(Math.floor(Math.random() * 1e9))

  for (const seed of seeds) {
    it(`over random operations, seed ${seed}`, async () => {
      const random = randomFrom(seed)
      const pick = (list) => list[Math.floor(random() * list.length)]
      const model = new Model()
      const reals = fixtures.map((t) => new Real(t.queue()))
      // One after the other: `Job.get` and its kin ask the queue that was made or named last.
      const each = async (work) => {
        const answers = []
        for (const real of reals) {
          rekue.Job._queue = real.queue
          answers.push(await work(real))
        }
        return answers
      }

      const operations = {
        async add() {
          const jobs = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
            type: pick(TYPES),
            priority: pick(PRIORITIES),
            delay: random() < 0.2 ? DELAY_MS : undefined,
            attempts: pick([1, 1, 2, 3])
          }))
          jobs.forEach((job) => model.add(job))
          await each((real) =>
            real.queue.addBulk(jobs.map(({ type, ...options }) => ({ type, data: {}, options })))
          )
        },
        async work() {
          const type = pick(TYPES)
          const fails = random() < 0.4
          const job = model.work(type, fails)
          if (!job) return
          const ran = await each((real) => real.work(type, fails))
          assert.deepEqual(ran, Array(reals.length).fill(job.id), 'the same job has its turn')
        },
        async move() {
          const id = 1 + Math.floor(random() * (model.ids + 1))
          const job = model.find(id)
          // One that was never delayed would be due at once.
          const state = pick(job?.delay ? STATES : STATES.filter((name) => name !== 'delayed'))
          if (job) job.state = state
          await each(async (real) => {
            const found = await real.job(id).catch(() => null)
            assert.equal(!!found, !!job)
            if (found) await real.ask(found, 'state', state)
          })
        },
        async remove() {
          const id = 1 + Math.floor(random() * (model.ids + 1))
          const there = !!model.find(id)
          model.remove(id)
          const gone = await each(() =>
            rekue.Job.remove(id).then(
              () => true,
              (error) => (assert.equal(error.code, 'ERR_JOB_NOT_FOUND'), false)
            )
          )
          assert.deepEqual(gone, Array(reals.length).fill(there))
        },
        async update() {
          const job = pick(model.jobs)
          if (!job) return
          job.priority = pick(PRIORITIES)
          await each(async (real) => {
            const found = await real.job(job.id)
            found._delay = undefined
            await real.ask(found.priority(job.priority), 'update')
          })
        },
        async note() {
          const job = pick(model.jobs)
          if (!job) return
          const line = `line ${Math.floor(random() * 1000)} "ü"`
          job.log.push(line)
          job.text = line
          await each(async (real) => {
            const found = await real.job(job.id)
            found.log('%s', line)
            await real.ask(found, 'set', 'text', line)
          })
        }
      }

      const names = Object.keys(operations)
      const history = []
      try {
        for (let i = 0; i < OPERATIONS; i++) {
          const name = i < 5 ? 'add' : pick(names)
          history.push(name)
          await operations[name]()
          if (i % 10 !== 9 && i !== OPERATIONS - 1) continue
          const ids = Array.from({ length: model.ids }, (_, n) => n + 1)
          await each(async (real) => {
            assert.deepEqual(await real.seen(ids), model.seen())
            const stats = await real.queue.stats()
            for (const state of STATES) {
              const of = (job) => job.state === state
              assert.equal(stats[state], model.jobs.filter(of).length, state)
              const listed = await real.ask(real.queue, 'state', state)
              const expected = model.inOrder(of).map((job) => job.id)
              // Delayed and active jobs are listed by time, which no two stores share.
              const byTime = state === 'delayed' || state === 'active'
              const sort = (ids) => (byTime ? [...ids].sort((a, b) => a - b) : ids)
              assert.deepEqual(sort(listed), sort(expected), state)
              for (const type of TYPES) {
                const count = model.jobs.filter((job) => of(job) && job.type === type).length
                assert.equal(await real.ask(real.queue, 'cardByType', type, state), count)
              }
            }
          })
        }
      } catch (error) {
        error.message = `seed ${seed}, after ${history.join(' ')}: ${error.message}`
        throw error
      }
    })
  }
})
