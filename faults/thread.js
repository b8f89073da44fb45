'use strict'

/** A worker in a thread, with the plan as its data. It is ended by `terminate`. */

const { parentPort, workerData } = require('node:worker_threads')
const rekue = require('..')
const { startWork } = require('./work')

startWork(rekue, workerData)
parentPort?.postMessage('ready')
