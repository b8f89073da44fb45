'use strict'

/**
 * Bull with its defaults; completed jobs are kept (`removeOnComplete` off), as they are by the
 * others. ioredis's automatic pipelining stays off: Bull's documents do not ask for it.
 */
async function connect({ url, queue: name }) {
  const Queue = require('bull')
  const queue = new Queue(name, url)
  await queue.isReady()
  return queue
}

/** @type {import('./index').Adapter} */
module.exports = {
  package: 'bull',
  bulk: true,
  waiting: (queue) => ['LLEN', `bull:${queue}:wait`],
  completed: (queue) => ['ZCARD', `bull:${queue}:completed`],

  async creator(connection) {
    const queue = await connect(connection)
    return {
      save(data, acknowledged) {
        queue.add(data).then((job) => acknowledged(null, job), acknowledged)
      },
      saveBulk: (list) => queue.addBulk(list.map((data) => ({ data })))
    }
  },

  async worker(connection) {
    const queue = await connect(connection)
    const { concurrency, handle } = connection
    return {
      start() {
        queue.process(concurrency, async (job) => handle(job.data))
      }
    }
  }
}
