'use strict'

/**
 * Redis at work for a queue of Kue's layout with no queue in front of it: what its own thread
 * needs, whoever asks.
 */

const fs = require('node:fs')
const path = require('node:path')
const Redis = require('ioredis')
const { now } = require('../lib/clock')
const { payload } = require('../workload')

const SCRIPT = fs.readFileSync(path.join(__dirname, 'bare.lua'), 'utf8')
const TYPE = 'notify'
/** Jobs in one transaction of adds, as many as rekue puts into one. */
const ADDS = 100
/** Calls that are under way at any time, so that Redis never waits for this side. */
const CALLS = 4

/** @param {number} id */
const member = (id) => `${String(String(id).length).padStart(2, '0')}|${id}`

/** One transaction that adds jobs, as rekue writes it. */
function adds(client, first, count) {
  const at = String(Date.now())
  const ids = Array.from({ length: count }, (_, i) => first + i)
  const scored = ids.flatMap((id) => ['0', member(id)])
  const multi = client.multi()
  for (const id of ids) {
    const fields = ['max_attempts', '1', 'type', TYPE, 'created_at', at, 'promote_at', at]
    fields.push('updated_at', at, 'priority', '0', 'data', JSON.stringify(payload(id)))
    multi.hset(`q:job:${id}`, ...fields, 'state', 'inactive')
  }
  multi.sadd('q:job:types', TYPE).zadd('q:jobs', ...scored)
  multi.zadd('q:jobs:inactive', ...scored).zadd(`q:jobs:${TYPE}:inactive`, ...scored)
  multi.lpush(`q:${TYPE}:jobs`, ...ids.map(() => '1'))
  for (const id of ids) {
    multi.publish('q:events', `{"id":${id},"event":"enqueue","args":["enqueue","${TYPE}"]}`)
  }
  return multi.exec()
}

/**
 * @param {import('../lib/store').Store} store
 * @param {number} jobs
 * @param {() => Promise<void>} work
 * @returns {Promise<{ redisUs: number, wallUs: number }>} per job
 */
async function measured(store, jobs, work) {
  const before = await store.cpuUs()
  const started = now()
  await work()
  const wallUs = ((now() - started) * 1000) / jobs
  return { redisUs: ((await store.cpuUs()) - before) / jobs, wallUs }
}

/** Add `jobs` jobs. */
function add(store, port, jobs) {
  const client = new Redis({ host: '127.0.0.1', port })
  return measured(store, jobs, async () => {
    let sent = 0
    const lane = async () => {
      while (sent < jobs) {
        const first = sent + 1
        sent += ADDS
        await adds(client, first, Math.min(ADDS, jobs - first + 1))
      }
    }
    await Promise.all(Array.from({ length: CALLS }, lane))
    client.disconnect()
  })
}

/** Claim and complete the jobs that wait, `batch` in a call: each call completes what one claimed. */
function settle(store, port, jobs, batch) {
  const client = new Redis({ host: '127.0.0.1', port })
  return measured(store, jobs, async () => {
    const hash = await client.script('LOAD', SCRIPT)
    const lane = async () => {
      let ids = []
      do {
        const reply = await client.evalsha(hash, 1, 'q:ids', 'q:', TYPE, Date.now(), batch, ...ids)
        ids = reply.filter((_, i) => i % 2 === 0)
      } while (ids.length > 0)
    }
    await Promise.all(Array.from({ length: CALLS }, lane))
    const completed = await client.zcard('q:jobs:complete')
    client.disconnect()
    if (completed !== jobs) throw new Error(`${completed} of ${jobs} jobs are complete`)
  })
}

module.exports = { add, settle }
