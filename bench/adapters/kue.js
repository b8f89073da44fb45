'use strict'

/**
 * Kue as it comes: search index off and job events on are its defaults. Its README's advice for
 * more than ten workers, a higher listener limit, is followed.
 */
const PREFIX = 'q'

async function connect({ url }) {
  const queue = require('kue').createQueue({ redis: url, prefix: PREFIX })
  queue.setMaxListeners(1000)
  queue.on('error', (err) => {
    throw err
  })
  await new Promise((resolve, reject) =>
    queue.client.ping((err) => (err ? reject(err) : resolve(undefined)))
  )
  return queue
}

/** @type {import('./index').Adapter} */
module.exports = {
  package: 'kue',
  bulk: false,
  slow: true,
  waiting: () => ['ZCARD', `${PREFIX}:jobs:inactive`],
  completed: () => ['ZCARD', `${PREFIX}:jobs:complete`],

  async creator(connection) {
    const queue = await connect(connection)
    return {
      save(data, acknowledged) {
        const job = queue.create(connection.queue, data)
        job.save((err) => acknowledged(err, job))
      }
    }
  },

  async worker(connection) {
    const queue = await connect(connection)
    const { queue: type, concurrency, handle } = connection
    return {
      start() {
        queue.process(type, concurrency, (job, done) => {
          handle(job.data)
          done()
        })
      }
    }
  }
}
