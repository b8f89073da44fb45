'use strict'

/**
 * The compatibility suite: what programs rely on, tested on rekue, or with `IMPL=kue` on genuine
 * Kue. What rekue does otherwise on purpose is not in it, but in test-support/kue-differences.js.
 *
 *   const t = setUp()
 *   it('…', async () => {
 *     const queue = t.queue()
 *     …
 *   })
 */

const { startRedis } = require('./redis-server')

const implementation = process.env.IMPL === 'kue' ? 'kue' : 'rekue'
const lib = require(implementation === 'kue' ? 'kue' : '..')

/** Kue looks after delayed jobs and those with a ttl at this interval. */
const INTERVAL_MS = 50

class Fixture {
  constructor() {
    /** @type {any} */
    this.server = undefined
    /** @type {any} */
    this.current = undefined
    /** @type {Error[]} */
    this.errors = []
  }

  /** The queue of this test. @param {object} [more] options */
  queue(more) {
    this.current = lib.createQueue({
      redis: this.server.url,
      promotion: { interval: INTERVAL_MS },
      ...more
    })
    this.current.on('error', (/** @type {Error} */ error) => this.errors.push(error))
    return this.current
  }

  async end() {
    const { current } = this
    this.current = undefined
    if (current?.client) await new Promise((resolve) => current.shutdown(500, resolve))
    lib.Job.jobEvents = true
    await this.server.command('FLUSHALL')
    const errors = this.errors.splice(0)
    if (errors.length > 0) throw errors[0]
  }
}

/** Set the hooks of a suite. */
function setUp() {
  const fixture = new Fixture()
  before(async () => (fixture.server = await startRedis()))
  afterEach(() => fixture.end())
  after(() => fixture.server.stop())
  return fixture
}

/**
 * Call what ends with a callback: `ask(queue, 'card', 'failed')`.
 * @param {any} object
 * @param {string} method
 * @param {...any} args
 * @returns {Promise<any>}
 */
const ask = (object, method, ...args) =>
  new Promise((resolve, reject) => {
    object[method](...args, (/** @type {any} */ error, /** @type {any} */ value) =>
      error ? reject(error) : resolve(value)
    )
  })

/** Save a job and wait for it. @param {any} job @returns {Promise<any>} */
const saved = (job) => ask(job, 'save').then(() => job)

/** The arguments of the next event of this name. @param {any} emitter @param {string} event @returns {Promise<any[]>} */
const next = (emitter, event) =>
  new Promise((resolve) => emitter.once(event, (/** @type {any[]} */ ...args) => resolve(args)))

/** Wait until something holds that no event tells of. @param {() => any} check */
async function until(check) {
  for (;;) {
    const value = await check()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

module.exports = { lib, implementation, setUp, ask, saved, next, until }
