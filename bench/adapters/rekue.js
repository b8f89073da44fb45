'use strict'

/**
 * rekue through its public surface only, on Kue's data layout, with events on (the default).
 * The worker's processor has Kue's callback signature, as in a program that came from Kue.
 */
const PREFIX = 'q'

async function connect({ url }) {
  const queue = require('../..').createQueue({ store: url, prefix: PREFIX })
  queue.on('error', fail)
  await queue.stats() // the first command: connected from here on
  return queue
}

function fail(err) {
  throw err
}

/** @type {import('./index').Adapter} */
module.exports = {
  package: 'rekue',
  bulk: true,
  waiting: () => ['ZCARD', `${PREFIX}:jobs:inactive`],
  completed: () => ['ZCARD', `${PREFIX}:jobs:complete`],

  async creator(connection) {
    const queue = await connect(connection)
    const { queue: type, types = 1 } = connection
    const typeOf = (i) => (types === 1 ? type : `${type}-${i % types}`)
    return {
      save(data, acknowledged) {
        const job = queue.create(type, data)
        job.save((err) => acknowledged(err, job))
      },
      saveBulk: (list) => queue.addBulk(list.map((data, i) => ({ type: typeOf(i), data })))
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
