'use strict'

const fs = require('node:fs')
const { setTimeout: sleep } = require('node:timers/promises')

/** Names of the library's own threads in this process. */
function ownThreads() {
  if (process.platform !== 'linux') return []
  return fs
    .readdirSync('/proc/self/task')
    .map((task) => {
      try {
        return fs.readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim()
      } catch {
        return 'gone'
      }
    })
    .filter((name) => name.startsWith('rekue-'))
}

/** Worker threads with queues that are terminated in the midst of their work. */
module.exports = {
  name: 'worker_threads terminated',
  stores: ['redis', 'sqlite'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    await arena.add(150)
    for (let i = 0; i < 3; i++) {
      const threads = await Promise.all(
        Array.from({ length: 3 }, () => arena.thread({ concurrency: 4, workMs: 40 }))
      )
      await sleep(100 + arena.random(200))
      await Promise.all(threads.map((thread) => thread.kill()))
    }
    await Promise.all(arena.queues.splice(0).map((queue) => queue.close()))
    const deadline = Date.now() + 5000
    while (ownThreads().length > 0 && Date.now() < deadline) await sleep(20)
    const left = ownThreads()
    if (left.length > 0) throw new Error(`threads are left: ${left.join(', ')}`)
    await arena.worker()
    await arena.add(20)
    return arena.audit()
  }
}
