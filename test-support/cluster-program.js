'use strict'

/**
 * Kue's README on clusters, as a program: the primary serves the web application and creates jobs,
 * the workers process them. It prints what came of it as one line of JSON.
 */

const cluster = require('node:cluster')
const http = require('node:http')

const { IMPL, REDIS_URL, JOBS } = process.env
const lib = require(IMPL === 'kue' ? 'kue' : '..')
const queue = lib.createQueue({ redis: REDIS_URL, promotion: { interval: 50 } })

function primary() {
  /** @type {Set<string>} */
  const processes = new Set()
  let over = 0
  const server = lib.app.listen(0, '127.0.0.1', () => {
    for (let i = 0; i < 2; i++) cluster.fork()
    // As soon as both listen, so that each gets some.
    let online = 0
    cluster.on('message', () => ++online === 2 && create())
  })

  function create() {
    for (let n = 0; n < Number(JOBS); n++) {
      queue
        .create('email', { title: `email ${n}` })
        .on('complete', (/** @type {{ pid: string }} */ result) => {
          processes.add(result.pid)
          if (++over === Number(JOBS)) report()
        })
        .save()
    }
  }

  function report() {
    const { port } = server.address()
    http.get({ host: '127.0.0.1', port, path: '/stats' }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      res.on('end', () => {
        const { completeCount, inactiveCount } = JSON.parse(text)
        console.log(JSON.stringify({ processes: processes.size, completeCount, inactiveCount }))
        // Each leaves by itself: to one that has left, nothing more may be written.
        const all = Object.values(cluster.workers || {})
        const workers = all.filter((worker) => worker?.isConnected() && !worker.isDead())
        let left = workers.length
        const leave = () => {
          if (left > 0) return
          server.close()
          queue.shutdown(1000, () => process.exit())
        }
        cluster.on('exit', () => {
          left--
          leave()
        })
        for (const worker of workers) worker?.send('end')
        leave()
      })
    })
  }
}

function worker() {
  queue.process(
    'email',
    2,
    (/** @type {any} */ job, /** @type {(error: null, result: object) => void} */ done) => {
      job.log('sending!')
      job.progress(1, 2)
      setTimeout(() => done(null, { pid: String(process.pid) }), 10)
    }
  )
  process.on('message', () => queue.shutdown(1000, () => process.exit()))
  process.send?.('online')
}

if (cluster.isPrimary) primary()
else worker()
