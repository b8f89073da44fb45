'use strict'

/**
 * What the suites of the queue share: queues that are closed after their test, child processes
 * that are gone after it, and ways to wait for something that happens.
 *
 *   const t = setUp(store)
 *   it('…', async () => {
 *     const queue = t.queue()
 *     …
 *   })
 */

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const readline = require('node:readline')
const { setTimeout: sleep } = require('node:timers/promises')
const rekue = require('..')

const CHILD = path.join(__dirname, 'queue-child.js')

/** Between two questions about something that no event tells of. */
const POLL_MS = 5

/** A processor that fell out of its queue must not hold the next test. */
const CLOSE_MS = 300

/** A process of a test, with a queue. It runs a function given as source. */
class Child {
  /**
   * @param {object} options for createQueue
   * @param {Function} program `(rekue, options, tell)`, run there: it sees nothing from here
   */
  constructor(options, program) {
    this.process = spawn(process.execPath, [CHILD, JSON.stringify(options), program.toString()], {
      stdio: ['ignore', 'pipe', 'pipe']
    })
    /** @type {any[]} */
    this.messages = []
    this.stderr = ''
    /** @type {(() => void)[]} */
    this.waiting = []
    this.process.stderr.on('data', (chunk) => (this.stderr += chunk))
    readline.createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.messages.push(JSON.parse(line))
      for (const wake of this.waiting.splice(0)) wake()
    })
    /** @type {Promise<{ code: number | null, signal: string | null }>} */
    this.ended = once(this.process, 'close').then(([code, signal]) => {
      this.over = true
      for (const wake of this.waiting.splice(0)) wake()
      return { code, signal }
    })
    this.over = false
  }

  /** The next thing that it tells. */
  async told() {
    while (this.messages.length === 0) {
      if (this.over)
        throw new Error(`the child ended before it told anything more.\n${this.stderr}`)
      await new Promise((resolve) => this.waiting.push(() => resolve(undefined)))
    }
    return this.messages.shift()
  }

  /** Wait until it says this. @param {any} message */
  async says(message) {
    assert.deepEqual(await this.told(), message)
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.process.kill(signal)
  }
}

/** What a test works with. */
class Fixture {
  constructor(store) {
    this.store = store
    this.queues = []
    this.children = []
    this.tidying = []
    /** Errors that queues told of and no test asked for. @type {any[]} */
    this.errors = []
    this.uncaught = []
    this.errorWaiting = []
  }

  /** A queue on the store; its `error` events are collected in `errors`. @param {object} [more] */
  queue(more) {
    const queue = new rekue({ ...this.store.options(), ...more })
    this.queues.push(queue)
    queue.on('error', (error) => {
      this.errors.push(error)
      for (const wake of this.errorWaiting.splice(0)) wake()
    })
    return queue
  }

  /**
   * The next error event with this code; earlier ones of the same code count too.
   * @param {string} code
   */
  async error(code) {
    for (;;) {
      const at = this.errors.findIndex((error) => error.code === code)
      if (at >= 0) return this.errors.splice(at, 1)[0]
      await new Promise((resolve) => this.errorWaiting.push(resolve))
    }
  }

  /** These error events are part of the test, however often they come. @param {...string} codes */
  expectErrors(...codes) {
    this.errors = this.errors.filter((error) => !codes.includes(error.code))
  }

  /** @param {Function} program @param {object} [more] */
  child(program, more) {
    const child = new Child({ ...this.store.options(), ...more }, program)
    this.children.push(child)
    return child
  }

  /** Have something done after the test. @param {() => any} tidy */
  later(tidy) {
    this.tidying.push(tidy)
  }

  async tidy() {
    for (const child of this.children.splice(0)) {
      if (!child.over) child.kill('SIGKILL')
      await child.ended
    }
    const queues = this.queues.splice(0)
    await Promise.all(queues.map((queue) => queue.close(CLOSE_MS)))
    for (const tidy of this.tidying.splice(0).reverse()) await tidy()
    rekue.Job.jobEvents = true
    const errors = this.errors.splice(0)
    assert.deepEqual(errors, [], 'no error event beyond those that the test expects')
  }
}

/**
 * Set the hooks of a suite.
 * @param {{ name: string, start(): Promise<void>, clear(): Promise<void>, options(): object }} store
 */
function setUp(store) {
  const fixture = new Fixture(store)
  before(() => store.start())
  beforeEach(() => store.clear())
  afterEach(() => fixture.tidy())
  return fixture
}

/** Save a job and wait for it. @param {any} job */
function saved(job) {
  return new Promise((resolve, reject) => {
    job.save((error) => (error ? reject(error) : resolve(job)))
  })
}

/**
 * Call a function that ends with a callback: `ask(queue, 'card', 'failed')`.
 * @param {any} object
 * @param {string} method
 * @param {...any} args
 * @returns {Promise<any>}
 */
function ask(object, method, ...args) {
  return new Promise((resolve, reject) => {
    object[method](...args, (error, value) => (error ? reject(error) : resolve(value)))
  })
}

/** The arguments of the next event of this name. @param {any} emitter @param {string} event */
function next(emitter, event) {
  // Not events.once: that rejects on 'error', which is an ordinary event here.
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)))
}

/** Wait until something holds that no event tells of. @param {() => any} check */
async function until(check) {
  for (;;) {
    const value = await check()
    if (value) return value
    await sleep(POLL_MS)
  }
}

/** A promise with its ends. */
function deferred() {
  /** @type {any} */
  const parts = {}
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }))
  return parts
}

/**
 * Gather what is pushed until there are `count`.
 * @param {number} count
 * @returns {any[] & { full: Promise<any[]> }}
 */
function gather(count) {
  const { promise, resolve } = deferred()
  /** @type {any} */
  const list = []
  list.push = (...items) => {
    const length = Array.prototype.push.apply(list, items)
    if (length >= count) resolve([...list])
    return length
  }
  list.full = promise
  return list
}

module.exports = { rekue, setUp, saved, ask, next, until, deferred, gather, sleep }
