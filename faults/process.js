'use strict'

/**
 * A worker in a process of its own: `node faults/process.js PLAN` with the plan as JSON. SIGTERM
 * closes the queue; the process must then end by itself.
 */

const rekue = require('..')
const { startWork } = require('./work')

const plan = JSON.parse(process.argv[2])
const queue = startWork(rekue, plan)
process.once('SIGTERM', () => {
  queue.close(plan.closeMs).catch((error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exitCode = 1
  })
})
process.stdout.write(`${Date.now()}\n`)
