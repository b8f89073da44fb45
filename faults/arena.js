'use strict'

/**
 * Where a scenario plays: a store of its own, a ledger beside it, the processes that work on it, and
 * the audit at the end.
 *
 *   const arena = await openArena('redis', random)
 *   await arena.worker({ concurrency: 5 })
 *   await arena.add(200)
 *   await arena.audit()
 *   await arena.close()
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const rekue = require('..')
const { startRedis } = require('../test-support/redis-server')
const { audit } = require('./audit')
const { Clocks } = require('./clock')
const { jobOf } = require('./jobs')
const { Ledger, readLedger } = require('./ledger')
const { Member, ThreadMember } = require('./member')

/** Short, so that what a dead worker held comes back while a scenario lasts; long enough for a busy
 * machine to renew it in time. */
const LEASE_MS = 1500
/** No job of the suite is to fail because too many of its workers were killed. */
const MAX_LOST = 1000
const COMMAND_TIMEOUT_MS = 3000

class Arena {
  /**
   * @param {'redis' | 'sqlite'} name
   * @param {(below: number) => number} random
   */
  constructor(name, random) {
    this.name = name
    this.random = random
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-faults-'))
    this.ledgerFile = path.join(this.folder, 'ledger')
    this.ledger = new Ledger(this.ledgerFile)
    /** @type {import('../test-support/redis-server').RedisServer | undefined} */
    this.redis = undefined
    /** Where the scenario asked for them. @type {Clocks | undefined} */
    this.clocks = undefined
    /** @type {import('./clock').Clock | undefined} */
    this.serverClock = undefined
    /** @type {Member[]} */
    this.members = []
    /** @type {any[]} */
    this.queues = []
    /** @type {(() => any)[]} */
    this.tidying = []
    this.lastJob = 0
  }

  /** @param {string[]} [redisArgs] @param {boolean} [clocks] with clocks that can be set */
  async open(redisArgs, clocks) {
    if (clocks) {
      this.clocks = await Clocks.build(this.folder)
      this.serverClock = this.clocks.make(0)
    }
    if (this.name !== 'redis') return
    this.redis = await startRedis({ args: redisArgs, env: this.serverClock?.env })
  }

  /** The server, where the store has one. */
  get server() {
    if (!this.redis) throw new Error(`${this.name} has no server`)
    return this.redis
  }

  get store() {
    return this.redis ? this.redis.url : `sqlite:${path.join(this.folder, 'jobs.db')}`
  }

  /** What createQueue gets. @param {object} [more] */
  options(more) {
    return {
      store: this.store,
      lease: { duration: LEASE_MS, maxLost: MAX_LOST },
      commandTimeout: COMMAND_TIMEOUT_MS,
      promotion: { interval: 200 },
      ...more
    }
  }

  /** A queue in this process. @param {object} [more] */
  queue(more) {
    const queue = new rekue(this.options(more))
    queue.on('error', (error) => {
      this.ledger.write('W', error.code || error.name, error.message.split('\n')[0])
    })
    this.queues.push(queue)
    return queue
  }

  /** @param {Partial<import('./work').Plan> & { closeMs?: number }} plan */
  plan(plan) {
    return { options: this.options(), ledger: this.ledgerFile, concurrency: 5, ...plan }
  }

  /**
   * A worker in a process of its own.
   * @param {Partial<import('./work').Plan> & { closeMs?: number }} [plan]
   * @param {NodeJS.ProcessEnv} [env]
   */
  async worker(plan = {}, env) {
    const member = new Member(this.plan(plan), env)
    this.members.push(member)
    await member.ready
    return member
  }

  /**
   * A worker in a thread of this process.
   * @param {Partial<import('./work').Plan>} [plan]
   */
  async thread(plan = {}) {
    const member = new ThreadMember(this.plan(plan))
    this.later(() => member.kill())
    await member.ready
    return member
  }

  /**
   * Add so many jobs, in the ways there are: one by one, at once, in bulk. Waits for all answers.
   * @param {number} count
   * @param {any} [queue]
   * @param {object} [more] for their data
   * @returns {Promise<any[]>} the jobs that were acknowledged
   */
  async add(count, queue = (this.queues[0] ??= this.queue()), more = {}) {
    const numbers = Array.from({ length: count }, () => ++this.lastJob)
    const jobs = []
    while (numbers.length > 0) {
      const part = numbers.splice(0, 1 + this.random(20))
      jobs.push(...(await this.addPart(part, queue, more)))
    }
    return jobs
  }

  /** @param {number[]} numbers @param {any} queue @param {object} more */
  async addPart(numbers, queue, more) {
    for (const n of numbers) this.ledger.write('T', n)
    const noted = (/** @type {number} */ n, /** @type {Promise<any>} */ adding) =>
      adding.then(
        (job) => {
          this.ledger.write('A', n, job.id)
          return job
        },
        (error) => void this.ledger.write('X', n, error.code || error.message)
      )
    const add = (/** @type {number} */ n) => {
      const { type, data, options } = jobOf(n, more)
      return noted(n, queue.add(type, data, options))
    }
    const way = this.random(3)
    if (way === 0) {
      const added = await Promise.all(numbers.map(add))
      return added.filter(Boolean)
    }
    if (way === 1) {
      const added = []
      for (const n of numbers) added.push(await add(n))
      return added.filter(Boolean)
    }
    const bulk = queue.addBulk(numbers.map((n) => jobOf(n, more)))
    const added = await Promise.all(
      numbers.map((n, i) =>
        noted(
          n,
          bulk.then((jobs) => jobs[i])
        )
      )
    )
    return added.filter(Boolean)
  }

  /** What the ledger says so far. */
  told() {
    return readLedger(this.ledgerFile)
  }

  /** Have something done at the end. @param {() => any} tidy */
  later(tidy) {
    this.tidying.push(tidy)
  }

  /**
   * Wait for the end of all work, close everything, and check that the store holds what it should.
   * @param {{ once?: boolean, close?: boolean, clear?: boolean }} [rules] see audit.js
   */
  audit(rules) {
    return audit(this, rules)
  }

  /** @param {boolean} [keep] leave the ledger and an embedded store where they are */
  async close(keep = false) {
    for (const member of this.members) {
      if (!member.running) continue
      member.signal('SIGCONT')
      await member.kill()
    }
    for (const tidy of this.tidying.reverse()) await tidy()
    await Promise.all(this.queues.map((queue) => queue.close(100)))
    await this.redis?.stop()
    this.ledger.close()
    if (!keep) fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

/**
 * @param {'redis' | 'sqlite'} name
 * @param {(below: number) => number} random
 * @param {{ redisArgs?: string[], clocks?: boolean }} [needs]
 */
async function openArena(name, random, { redisArgs, clocks } = {}) {
  const arena = new Arena(name, random)
  await arena.open(redisArgs, clocks)
  return arena
}

module.exports = { openArena, Arena, LEASE_MS, MAX_LOST, COMMAND_TIMEOUT_MS }
