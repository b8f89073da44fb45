'use strict'

/**
 * A worker of rekue for the scaling plots: several types, and before the clock starts some jobs of a
 * type of its own, so that V8 is warm.
 */

const { now, sleep } = require('../clock')
const { payload } = require('../../workload')

const WARM_UP = 3000

/** @param {any} _adapter @param {any} task */
async function scaled(_adapter, { url, queue: type, types, concurrency, first }) {
  const queue = require('../../..').createQueue({ store: url })
  queue.on('error', (err) => {
    throw err
  })
  await warmUp(queue, concurrency)
  /** When the first job started, and the one numbered `first`. @type {number[]} */
  const marks = []
  let handled = 0
  const done = () => {
    if (++handled === 1 || handled === first) marks.push(now())
  }
  return {
    go() {
      const startedAt = now()
      const names = types === 1 ? [type] : Array.from({ length: types }, (_, i) => `${type}-${i}`)
      for (const name of names) {
        queue.process(name, Math.max(1, concurrency / types), (job, end) => {
          done()
          end()
        })
      }
      return { startedAt }
    },
    report() {
      return { handled, marks }
    }
  }
}

async function warmUp(queue, concurrency) {
  const type = `warm-${process.pid}`
  await queue.addBulk(Array.from({ length: WARM_UP }, (_, n) => ({ type, data: payload(n) })))
  await new Promise((resolve) => {
    let left = WARM_UP
    queue.process(type, concurrency, (job, end) => {
      end()
      if (--left === 0) resolve(undefined)
    })
  })
  // Their completions must not be counted among those that come.
  const recorded = () =>
    new Promise((resolve, reject) =>
      queue.cardByType(type, 'complete', (err, count) => (err ? reject(err) : resolve(count)))
    )
  while ((await recorded()) < WARM_UP) await sleep(5)
}

module.exports = scaled
