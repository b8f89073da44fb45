'use strict'

/** A thread that uses a shared cache until it is told, or made, to stop. */

const { parentPort, workerData } = require('node:worker_threads')
const { SharedCache } = require('../lib/cache')

const cache = SharedCache.open(workerData.name, workerData.options)
const { role } = workerData

if (role === 'once') {
  parentPort.postMessage(cache.get('from main'))
  cache.set('from worker', { worker: true })
  cache.close()
} else {
  parentPort.postMessage('running')
  for (let i = 0; ; i++) {
    const key = `key:${i % 5000}`
    cache.set(key, key.repeat(1 + (i % 40)))
    const value = cache.get(`key:${(i * 7) % 5000}`)
    if (value !== undefined && !value.startsWith(`key:${(i * 7) % 5000}`)) throw new Error(value)
  }
}
