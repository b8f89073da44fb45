'use strict'

/**
 * The demo, which `npm start` runs: this process creates eleven jobs, another one processes them,
 * and Redis is all that they share.
 *
 *   REDIS_URL=redis://127.0.0.1:6379 node app/demo.js
 *
 * It ends by itself with exit code 0 when every job has its outcome, and leaves no job behind.
 */

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const readline = require('node:readline')
const rekue = require('rekue')
const { TYPE, PREFIX, COMMAND_TIMEOUT_MS, NOTIFICATIONS } = require('./demo/notifications')
const { viewOn } = require('./demo/view')

/** No run takes a tenth of this, unless something is broken that the demo should not wait for. */
const LONGEST_RUN_MS = 60_000

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/** @type {import('./demo/view').Row[]} */
const rows = NOTIFICATIONS.map(({ phoneNumber }) => ({
  phone: phoneNumber,
  percent: 0,
  state: 'new'
}))
const view = viewOn(process.stdout, rows)

const queue = rekue.createQueue({
  redis: process.env.REDIS_URL,
  prefix: PREFIX,
  commandTimeout: COMMAND_TIMEOUT_MS
})
// It tries again by itself, and says so each time; here the first time is enough.
queue.once('error', (error) => {
  view.line(`trouble: ${error.message}`)
  queue.on('error', () => {})
})

/**
 * Create a job and follow it to its outcome.
 * @param {{ phoneNumber: string, message: string }} notification
 * @param {import('./demo/view').Row} row
 * @returns {Promise<void>} settles with the outcome, whatever it is; rejects when nothing was stored
 */
function createJob(notification, row) {
  return new Promise((resolve, reject) => {
    const job = queue.create(TYPE, notification).save((error) => {
      if (error) return reject(error)
      row.id = job.id
      if (row.state === 'new') row.state = 'waiting'
      view.event(row, `Notification job created: ${job.id}`)
    })
    job.on('start', () => {
      row.state = 'active'
      view.event(row, `Notification job ${job.id} started`)
    })
    job.on('progress', (percent) => {
      row.percent = percent
      view.event(row, `Notification job ${job.id} ${percent}% complete`)
    })
    job.on('complete', () => {
      row.state = 'complete'
      view.event(row, `Notification job ${job.id} completed`)
      resolve()
    })
    job.on('failed', (message) => {
      row.state = 'failed'
      row.error = message
      view.event(row, `Notification job ${job.id} failed: ${message}`)
      resolve()
    })
  })
}

/** Start the other process. @returns the process, and a promise of its end */
function startProcessor() {
  const child = fork(path.join(__dirname, 'demo', 'processor.js'), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const stdout = /** @type {import('node:stream').Readable} */ (child.stdout)
  readline.createInterface({ input: stdout }).on('line', (line) => view.heard(line))
  return { child, ended: once(child, 'close') }
}

/** @param {ReturnType<typeof startProcessor>} processor */
async function stopProcessor({ child, ended }) {
  if (child.connected) child.send('end')
  await ended
}

/** Take away what this run has stored; what is left are a counter and statistics. */
async function removeJobs() {
  await Promise.all(
    rows.map(async (row) => {
      if (row.id === undefined) return
      try {
        if (row.state === 'waiting' || row.state === 'active') {
          // Its last event may still be on the way.
          const job = await rekue.Job.get(row.id)
          row.state = job.state() === 'complete' ? 'complete' : 'removed'
        }
        await rekue.Job.remove(row.id)
      } catch {
        // Without a connection it stays; the next run's processor takes it.
      }
    })
  )
}

/** @param {number} startedAt */
function summarize(startedAt) {
  const count = (/** @type {string} */ state) => rows.filter((row) => row.state === state).length
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  view.line('')
  view.line(
    `${rows.length} jobs in ${seconds} s: ${count('complete')} completed, ${count('failed')} failed ` +
      '(blacklisted numbers, as intended).'
  )
  view.line('')
  view.line('What to try next:')
  view.line('  npm test                          the test suites')
  view.line('  npm run bench -- --quick          rekue beside Kue, Bull, BullMQ and bee-queue')
  view.line('  REDIS_URL=redis://… npm start     this demo on a Redis of yours')
  view.line("  require('rekue')                  instead of require('kue'): README.md")
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const startedAt = performance.now()
  view.line('Two processes, one Redis: this one creates jobs, the other sends two at a time.')
  view.line('')
  const processor = startProcessor()
  const interrupted = new Promise((resolve) => {
    let asked = false
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        // The second one means it.
        if (asked) process.exit(130)
        asked = true
        resolve(signal)
      })
    }
  })
  let timer
  const tooLong = new Promise((resolve, reject) => {
    const message = `not all jobs were done after ${LONGEST_RUN_MS / 1000} s`
    timer = setTimeout(() => reject(new Error(message)), LONGEST_RUN_MS)
  })
  const lost = processor.ended.then(([code, signal]) => {
    throw new Error(`the processor ended (${signal ?? `exit code ${code}`}) before its jobs`)
  })
  lost.catch(() => {})
  const all = Promise.all(NOTIFICATIONS.map((data, i) => createJob(data, rows[i])))
  all.catch(() => {})
  try {
    const signal = await Promise.race([all, interrupted, tooLong, lost])
    const done = typeof signal !== 'string'
    if (!done) view.line(`${signal}: finishing what is in hand …`)
    await stopProcessor(processor)
    await removeJobs()
    view.end()
    if (done) summarize(startedAt)
    else view.line('Ended early; the jobs of this run are removed.')
    return 0
  } catch (error) {
    await stopProcessor(processor)
    await removeJobs()
    view.end()
    process.stderr.write(`The demo could not go on: ${/** @type {Error} */ (error).message}\n`)
    return 1
  } finally {
    clearTimeout(timer)
    await queue.close()
  }
}

main().then((code) => {
  process.exitCode = code
})
