'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/** The type of exercise 8, so that its scripts and this service can work on each other's jobs. */
const TYPE = 'push_notification_code_3'

const CONCURRENCY = 2

/** Numbers that get no message, as in exercise 7. */
const BLACKLIST = new Set(['4153518780', '4153518781'])

/**
 * Send notifications, telling the progress of each. What a provider of messages would take is
 * played by pauses.
 * @param {import('./queue').AppQueue} queue
 * @param {{ stepMs: number, log: import('pino').Logger }} options
 */
function processNotifications(queue, { stepMs, log }) {
  queue.work(TYPE, CONCURRENCY, async (job) => {
    const { phoneNumber, message } = job.data || {}
    job.progress(0, 100)
    if (BLACKLIST.has(phoneNumber)) throw new Error(`Phone number ${phoneNumber} is blacklisted`)
    await sleep(stepMs, undefined, { signal: job.signal })
    job.progress(50, 100)
    log.info({ job: job.id, characters: String(message).length }, 'sending notification')
    await sleep(stepMs, undefined, { signal: job.signal })
    return { sent: true }
  })
}

module.exports = { TYPE, processNotifications }
