'use strict'

/**
 * The queue program of test-support/peer.js: the same lines on Kue and on rekue.
 *
 * A job says itself what its processor is to do: `data.attempts` holds a list of steps for each
 * attempt (the last one serves for later attempts too). A step is one of
 *   { progress: [complete, total, data?] }, { log: [...args] }, { wait: ms },
 *   { hold: true } (until `go` is called), { done: value }, { done: undefined as {} },
 *   { fail: message }, { failWith: string }, { hang: true } (no outcome at all).
 */

const [implementation, options] = process.argv.slice(2)
const lib = require(implementation === 'rekue' ? '..' : implementation)
const queue = lib.createQueue(JSON.parse(options))

const tell = (told) => process.connected && process.send({ told })

queue.on('error', (error) => tell({ error: String(error.stack || error) }))

/** What job objects heard, by the name in their data. @type {Record<string, any[][]>} */
const heard = {}
const jobs = {}

const EVENTS = [
  'enqueue',
  'start',
  'promotion',
  'progress',
  'failed attempt',
  'failed',
  'complete',
  'remove'
]

/** @type {(() => void)[]} */
let held = []
let mayGo = false

function build({ type, data, priority, attempts, delay, ttl, backoff, removeOnComplete }) {
  const job = queue.create(type, data)
  if (priority !== undefined) job.priority(priority)
  if (attempts !== undefined) job.attempts(attempts)
  if (delay !== undefined) job.delay(delay)
  if (ttl !== undefined) job.ttl(ttl)
  if (backoff !== undefined) job.backoff(backoff)
  if (removeOnComplete !== undefined) job.removeOnComplete(removeOnComplete)
  return job
}

function follow(job) {
  const list = (heard[job.data.name] ??= [])
  for (const event of EVENTS) job.on(event, (...args) => list.push([event, ...args]))
}

const save = (job) =>
  new Promise((resolve, reject) => job.save((error) => (error ? reject(error) : resolve(job.id))))

/** A callback of Kue's as a promise. */
const answer = (start) =>
  new Promise((resolve, reject) =>
    start((error, value) => (error ? reject(error) : resolve(value)))
  )

function run(job, steps, done) {
  const [step, ...rest] = steps
  const next = () => run(job, rest, done)
  if (!step || 'done' in step) return done(null, step?.done)
  if ('fail' in step) return done(new Error(step.fail))
  if ('failWith' in step) return done(step.failWith)
  if ('hang' in step) return
  if ('wait' in step) return void setTimeout(next, step.wait)
  if ('progress' in step) job.progress(...step.progress)
  if ('log' in step) job.log(...step.log)
  if ('hold' in step && !mayGo) return void held.push(next)
  next()
}

const program = {
  ready: async () => {},

  /** Save jobs one after the other, so that ids follow the order. */
  async create(specs) {
    const ids = []
    for (const spec of specs) {
      const job = build(spec)
      follow(job)
      ids.push(await save(job))
      jobs[job.id] = job
    }
    return ids
  },

  /** Save jobs at once, without listening to them. */
  createAll: (specs) => Promise.all(specs.map((spec) => save(build(spec)))),

  async process(type, n) {
    queue.process(type, n, (job, done) => {
      const made = job.toJSON().attempts.made
      tell({ ran: job.data.name, attempt: made + 1, id: job.id })
      const lists = job.data.attempts || [[]]
      run(job, lists[Math.min(made, lists.length - 1)], (error, result) => {
        tell({ ended: job.data.name, attempt: made + 1 })
        done(error, result)
      })
    })
  },

  /** Let the jobs go on that wait at `hold`. */
  async go() {
    mayGo = true
    const waiting = held
    held = []
    for (const next of waiting) next()
  },

  heard: async () => heard,

  /** Hear the queue's own events. */
  async listen() {
    const list = (heard['the queue'] ??= [])
    for (const event of EVENTS) {
      queue.on(`job ${event}`, (...args) => list.push([`job ${event}`, ...args]))
    }
  },

  /** Resolves when all that was sent before has been done by the server. */
  flush: () => answer((done) => queue.setting('nothing', done)),

  counts: async () => {
    const counts = {}
    for (const state of ['inactive', 'active', 'complete', 'failed', 'delayed']) {
      counts[state] = await answer((done) => queue.card(state, done))
    }
    return counts
  },

  /** A job as another process reads it. */
  read: (id) => answer((done) => lib.Job.get(id, (error, job) => done(error, job?.toJSON()))),

  log: (id) => answer((done) => lib.Job.log(id, done)),

  /** Run a function of the test over here; it gets the library, the queue and what else it needs. */
  run: async (source, ...args) =>
    new Function(`return (${source}).apply(null, arguments)`)(
      { lib, queue, build, save, answer, require },
      ...args
    ),

  shutdown: () => new Promise((resolve) => queue.shutdown(5000, () => resolve()))
}

process.on('message', ({ call, name, args }) => {
  program[name](...args).then(
    (value) => process.send({ call, value }),
    (error) => process.send({ call, error: String(error.stack || error) })
  )
})
process.on('disconnect', () => process.exit())
