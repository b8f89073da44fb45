'use strict'

/** Processes jobs and does nothing with them, except for noting when a dated one has started. */

const { now } = require('../clock')
const { usage } = require('./usage')

/** @param {import('../../adapters').Adapter} adapter @param {any} task */
async function worker(adapter, task) {
  let handled = 0
  const latencies = []
  const handle = (data) => {
    handled++
    if (data.at !== undefined) latencies.push(now() - data.at)
  }
  const worker = await adapter.worker({ ...task, handle })
  const before = usage()
  return {
    go() {
      const startedAt = now()
      worker.start()
      return { startedAt }
    },
    report() {
      const { rss, cpuUs } = usage()
      return { handled, latencies, rss, cpuUs: cpuUs - before.cpuUs }
    }
  }
}

module.exports = worker
