'use strict'

/**
 * BullMQ over ioredis, its default driver, with its defaults; completed jobs are kept
 * (`removeOnComplete` off), as they are by the others. The worker is connected before the clock
 * starts (`autorun` off).
 */

/** @type {import('./index').Adapter} */
module.exports = {
  package: 'bullmq',
  bulk: true,
  waiting: (queue) => ['LLEN', `bull:${queue}:wait`],
  completed: (queue) => ['ZCARD', `bull:${queue}:completed`],

  async creator({ port, queue: name }) {
    const { Queue } = require('bullmq')
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } })
    await queue.waitUntilReady()
    return {
      save(data, acknowledged) {
        queue.add('job', data).then((job) => acknowledged(null, job), acknowledged)
      },
      saveBulk: (list) => queue.addBulk(list.map((data) => ({ name: 'job', data })))
    }
  },

  async worker({ port, queue: name, concurrency, handle }) {
    const { Worker } = require('bullmq')
    const worker = new Worker(name, async (job) => handle(job.data), {
      connection: { host: '127.0.0.1', port },
      concurrency,
      autorun: false
    })
    await worker.waitUntilReady()
    return {
      start() {
        worker.run()
      }
    }
  }
}
