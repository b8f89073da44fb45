'use strict'

/**
 * bee-queue as its README advises: a creator is no worker (`isWorker` off) but receives events, as
 * Kue's creators do; a worker does not listen for events (`getEvents` off) nor keep a map of jobs
 * (`storeJobs` off), but sends them. Delayed jobs are off and finished jobs are kept: its defaults.
 */
async function connect({ port, queue: name }, settings) {
  const Queue = require('bee-queue')
  const queue = new Queue(name, { redis: { host: '127.0.0.1', port }, ...settings })
  await queue.ready()
  return queue
}

/** @type {import('./index').Adapter} */
module.exports = {
  package: 'bee-queue',
  bulk: true,
  waiting: (queue) => ['LLEN', `bq:${queue}:waiting`],
  completed: (queue) => ['SCARD', `bq:${queue}:succeeded`],

  async creator(connection) {
    const queue = await connect(connection, { isWorker: false })
    return {
      save(data, acknowledged) {
        queue
          .createJob(data)
          .save()
          .then((job) => acknowledged(null, job), acknowledged)
      },
      async saveBulk(list) {
        const errors = await queue.saveAll(list.map((data) => queue.createJob(data)))
        for (const err of errors.values()) throw err
      }
    }
  },

  async worker(connection) {
    const queue = await connect(connection, { getEvents: false, storeJobs: false })
    const { concurrency, handle } = connection
    return {
      start() {
        queue.process(concurrency, async (job) => handle(job.data))
      }
    }
  }
}
