'use strict'

/** Adds dated jobs to an idle queue, one at a time with a pause after each. */

const { payload } = require('../../workload')
const { now, sleep } = require('../clock')

/** @param {import('../../adapters').Adapter} adapter @param {any} task */
async function prober(adapter, task) {
  const creator = await adapter.creator(task)
  const saved = (data) =>
    new Promise((resolve, reject) =>
      creator.save(data, (err) => (err ? reject(err) : resolve(undefined)))
    )
  return {
    async go() {
      for (let i = 0; i < task.jobs; i++) {
        await saved({ ...payload(i), at: now() })
        // Uneven pauses, or the samples would fall in step with somebody's timer.
        await sleep(task.gapMs + Math.random() * 2)
      }
      return { jobs: task.jobs }
    }
  }
}

module.exports = prober
