'use strict'

/**
 * The processor of the demo, a process of its own: takes the jobs from Redis, two at a time.
 *
 * It ends when its parent says so or is gone, or on a signal; either way it finishes the jobs that
 * it has in hand first.
 */

const { setTimeout: sleep } = require('node:timers/promises')
const rekue = require('rekue')
const { TYPE, PREFIX, COMMAND_TIMEOUT_MS, BLACKLISTED } = require('./notifications')

/** A real service takes time; so does this one, so that there is something to see. */
const STEP_MS = 250

const CONCURRENCY = 2

/**
 * @param {import('rekue').Job<{ phoneNumber: string, message: string }>} job
 */
async function sendNotification(job) {
  const { phoneNumber, message } = job.data
  job.progress(0, 100)
  await sleep(STEP_MS)
  if (BLACKLISTED.includes(phoneNumber)) {
    throw new Error(`Phone number ${phoneNumber} is blacklisted`)
  }
  job.progress(50, 100)
  await sleep(STEP_MS)
  process.stdout.write(`Sending notification to ${phoneNumber}, with message: ${message}\n`)
}

const queue = rekue.createQueue({
  redis: process.env.REDIS_URL,
  prefix: PREFIX,
  commandTimeout: COMMAND_TIMEOUT_MS
})
// The creator tells of lost connections; both losing the same one is no news.
queue.on('error', () => {})
queue.process(TYPE, CONCURRENCY, sendNotification)

let ending = false

async function end() {
  if (ending) return
  ending = true
  await queue.close()
  if (process.connected) process.disconnect()
}

process.on('SIGTERM', end)
// A terminal sends Ctrl-C to both processes, and the creator knows what to do first.
process.on('SIGINT', () => {
  if (!process.connected) end()
})
process.on('message', end)
process.on('disconnect', end)
