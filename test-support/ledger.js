'use strict'

/**
 * A thousand jobs, and a record of what became of them that is kept outside the store.
 *
 *   const ledger = new Ledger(1000)
 *   ledger.work(queue, 10)
 *   await ledger.addAll(queue, { meanwhile: () => master.kill() })
 *   await ledger.check(command)
 */

const assert = require('node:assert/strict')
const { setTimeout: sleep } = require('node:timers/promises')

const TYPE = 'ledger'
const FINAL = ['complete', 'failed']
/** Jobs that are being added at one time. */
const ADDERS = 20
/** Every so many jobs fail for good, or once before they succeed. */
const FAILING = 50
const RETRIED = 20
const POLL_MS = 20
/** How many jobs have ended when it happens, and how many are not added before it has. */
const BEFORE = 0.3
const AFTER = 0.3

/** All jobs of a set, and what is stored of them. */
const READ_SET = `
local jobs = {}
for _, member in ipairs(redis.call('ZRANGE', KEYS[1] .. ARGV[1], 0, -1)) do
  local id = string.match(member, '|(.*)$')
  local job = redis.call('HMGET', KEYS[1] .. 'job:' .. id, 'data', 'state')
  jobs[#jobs + 1] = { id, job[1] or '', job[2] or '' }
end
return jobs`

class Ledger {
  /** @param {number} count */
  constructor(count) {
    this.count = count
    /** Job numbers by the ids that the store acknowledged. @type {Map<string, number>} */
    this.acknowledged = new Map()
    /** How often each number was started. @type {Map<number, number>} */
    this.starts = new Map()
    this.ends = 0
    /** @type {{ at: number, resolve: (value?: unknown) => void }[]} */
    this.waiting = []
  }

  /** Work the jobs off. @param {any} queue @param {number} concurrency @param {string} [type] */
  work(queue, concurrency, type = TYPE) {
    queue.process(type, concurrency, async (job) => {
      const { i } = job.data
      const starts = (this.starts.get(i) || 0) + 1
      this.starts.set(i, starts)
      await sleep(i % 5)
      this.ends++
      for (const { resolve } of this.waiting.filter(({ at }) => at <= this.ends)) resolve()
      if (i % FAILING === 0) throw new Error('meant to fail')
      if (i % RETRIED === 1 && starts === 1) throw new Error('fails once')
      return i
    })
  }

  /**
   * Add all, some at a time, every one acknowledged.
   * @param {any} queue
   * @param {object} [options]
   * @param {() => Promise<any>} [options.meanwhile] happens once some have ended and while others
   *   are being added; the last ones are added after it
   */
  async addAll(queue, { meanwhile = async () => {} } = {}) {
    const happening = this.reached(this.count * BEFORE).then(meanwhile)
    let next = 0
    const add = async () => {
      while (next < this.count) {
        const i = next++
        if (i >= this.count * (1 - AFTER)) await happening
        const attempts = i % FAILING === 0 ? 1 : 3
        const job = await queue.add(TYPE, { i }, { attempts })
        this.acknowledged.set(String(job.id), i)
      }
    }
    await Promise.all([happening, ...Array.from({ length: ADDERS }, add)])
    assert.equal(this.acknowledged.size, this.count)
  }

  /** Resolves once so many jobs have ended. @param {number} at */
  reached(at) {
    return new Promise((resolve) => {
      this.waiting.push({ at, resolve })
      if (this.ends >= at) resolve(undefined)
    })
  }

  /**
   * Wait until no job is left to do, and check that each is in exactly one final set, the one that
   * it belongs to, and in the store once.
   * @param {(...args: any[]) => Promise<any>} command asks the store, without any client
   * @param {string} [prefix]
   */
  async check(command, prefix = 'q') {
    const key = (/** @type {string} */ name) => `${prefix}:${name}`
    const count = (/** @type {string} */ set) => command('ZCARD', key(`jobs:${set}`))
    const left = async () => {
      const counts = await Promise.all(['inactive', 'active', 'delayed'].map(count))
      return counts.reduce((sum, each) => sum + each, 0)
    }
    while ((await left()) > 0) await sleep(POLL_MS)

    /** @param {string} set @returns {Promise<string[][]>} */
    const jobs = (set) => command('EVAL', READ_SET, 1, key(''), set)
    /** @type {Map<number, string>} */
    const found = new Map()
    for (const state of FINAL) {
      const stored = await jobs(`jobs:${state}`)
      assert.deepEqual(await ids(jobs(`jobs:${TYPE}:${state}`)), await ids(stored), state)
      for (const [id, data, of] of stored) {
        const { i } = JSON.parse(data)
        assert.equal(of, state, `job ${id}`)
        assert.ok(!found.has(i), `number ${i} is there twice: ${found.get(i)}, ${state} ${id}`)
        found.set(i, `${state} ${id}`)
      }
    }
    assert.equal((await jobs('jobs')).length, found.size, 'jobs that are in no final set')
    for (const [id, i] of this.acknowledged) {
      const state = i % FAILING === 0 ? 'failed' : 'complete'
      assert.equal(found.get(i), `${state} ${id}`, `job ${id}, number ${i}, was acknowledged`)
      assert.ok((this.starts.get(i) || 0) >= 1, `number ${i} was never started`)
    }
    assert.equal(await command('ZCARD', key('rekue:leases')), 0, 'leases on nothing')
  }

  /** How many runs there were beyond one for each job and each planned failure. */
  get extraRuns() {
    let extra = 0
    for (const [i, starts] of this.starts) {
      const planned = i % FAILING !== 0 && i % RETRIED === 1 ? 2 : 1
      extra += Math.max(0, starts - planned)
    }
    return extra
  }
}

/** @param {string[][] | Promise<string[][]>} jobs */
async function ids(jobs) {
  return (await jobs).map(([id]) => id).sort()
}

module.exports = { Ledger, TYPE }
