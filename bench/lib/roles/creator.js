'use strict'

/** Adds jobs, each counted when its acknowledgement has arrived. Also fills queues for workers. */

const { payload } = require('../../workload')
const { now } = require('../clock')
const { usage } = require('./usage')

/**
 * Save `count` jobs with never more than `inFlight` of them unacknowledged.
 * @param {import('../../adapters').Creator} creator
 * @returns {Promise<object[]>} the saved jobs, if `hold` asks for them
 */
function flood(creator, { jobs: count, inFlight, hold, bytes }) {
  return new Promise((resolve, reject) => {
    /** @type {any[]} */
    const held = []
    let sent = 0
    let done = 0
    const next = () => {
      if (sent < count) creator.save(payload(sent++, bytes), acknowledged)
    }
    const acknowledged = (err, job) => {
      if (err) return reject(err)
      if (hold) held.push(job)
      if (++done === count) return resolve(held)
      next()
    }
    for (let i = 0; i < inFlight; i++) next()
  })
}

/** Save `count` jobs by bulk calls of `batch`, one call after the other. */
async function pour(creator, { jobs: count, batch, bytes }) {
  for (let sent = 0; sent < count; sent += batch) {
    const length = Math.min(batch, count - sent)
    await creator.saveBulk(Array.from({ length }, (_, i) => payload(sent + i, bytes)))
  }
}

/** @param {import('../../adapters').Adapter} adapter @param {any} task */
async function creator(adapter, task) {
  const creator = await adapter.creator(task)
  const before = usage()
  return {
    async go() {
      const started = now()
      const held = task.batch ? await pour(creator, task) : await flood(creator, task)
      const elapsedMs = now() - started
      const after = usage()
      return { elapsedMs, held: held?.length, rss: after.rss, cpuUs: after.cpuUs - before.cpuUs }
    }
  }
}

module.exports = creator
