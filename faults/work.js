'use strict'

/**
 * A worker: takes the jobs of the suite, writes into the ledger what it does, and dies where it is
 * told to. Runs in a process of its own (process.js), in a worker thread (thread.js), or twice in
 * one process.
 */

const { setTimeout: sleep } = require('node:timers/promises')
const { Ledger } = require('./ledger')
const { TYPE, KINDS } = require('./jobs')

/**
 * @typedef {object} Plan
 * @property {object} options for createQueue
 * @property {string} ledger the file
 * @property {number} concurrency
 * @property {number} [workMs] how long a job takes, at the most
 * @property {{ step: Step, job: number }} [die] at which step of its how-manieth job
 * @property {{ job: number, ms: number }} [hang] which job blocks the event loop, and for how long
 *
 * The steps of a job's way:
 * @typedef {'claimed' | 'started' | 'worked' | 'told' | 'sent' | 'batch'} Step
 *   claimed: handed to the processor, which did nothing yet; started: in the midst of the work;
 *   worked: the work is done, the outcome not told; told: told, but it has not left the process;
 *   sent: it leaves; batch: those of all slots leave at once
 */

/** How long outcomes of a batch wait for those of the other slots. */
const BATCH_PATIENCE_MS = 200

/** The ops of a tick leave with the next turn of the event loop. @param {() => void} then */
function leaving(then) {
  setImmediate(() => setImmediate(then))
}

/** Nothing else happens for so long. @param {number} ms */
function block(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** This process ends here and now, as by an accident. */
function die() {
  process.kill(process.pid, 'SIGKILL')
  // The signal may come a moment later; nothing must happen in between.
  for (;;);
}

/**
 * @param {any} rekue
 * @param {Plan} plan
 * @returns {any} the queue
 */
function startWork(rekue, plan) {
  const ledger = new Ledger(plan.ledger)
  // Not createQueue: there may be two in one process.
  const queue = new rekue(plan.options)
  queue.on('error', ({ code, name, message }) =>
    ledger.write('W', code || name, message.split('\n')[0])
  )
  let taken = 0
  /** @type {(() => void)[]} outcomes that are held back until all slots have one */
  let held = []
  /** @type {NodeJS.Timeout | undefined} */
  let patience

  const tellHeld = () => {
    clearTimeout(patience)
    patience = undefined
    for (const one of held) one()
    held = []
    if (plan.die && taken >= plan.die.job) leaving(die)
  }

  const at = (/** @type {Step} */ step, /** @type {number} */ job) => {
    if (plan.die && plan.die.step === step && plan.die.job === job) die()
  }

  queue.process(TYPE, plan.concurrency, async (job, done) => {
    const count = ++taken
    at('claimed', count)
    const { n, kind } = job.data
    ledger.write('S', n, job.id)
    at('started', count)
    if (plan.hang?.job === count) block(plan.hang.ms)
    const ms = job.data.ms ?? ((plan.workMs ?? 0) * ((n % 7) + 1)) / 7
    if (ms > 0) await sleep(Math.ceil(ms))
    ledger.write('E', n, job.id)
    at('worked', count)
    const fails = job.toJSON().attempts.made < KINDS[kind].fails
    const tell = () => {
      done(fails ? new Error(`job ${n} fails as planned`) : null, fails ? undefined : { n })
      at('told', count)
    }
    if (plan.die?.step !== 'batch') {
      tell()
      leaving(() => at('sent', count))
      return
    }
    held.push(tell)
    // Where there are fewer jobs than slots, the batch is what there is.
    if (held.length >= plan.concurrency) tellHeld()
    else patience ??= setTimeout(tellHeld, BATCH_PATIENCE_MS)
  })
  return queue
}

module.exports = { startWork }
