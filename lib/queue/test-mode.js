'use strict'

/**
 * Kue's test mode: jobs are collected instead of stored.
 */

const jobs = []
let entered = false
let processing = false
/** Jobs that are in no store, for as long as somebody has them. @type {WeakSet<object>} */
const collected = new WeakSet()
/** As in Kue, ids in test mode are strings from a counter that is never reset. */
let lastId = 0

const testMode = {
  /** The jobs that were saved since `enter`, the very objects. */
  jobs,

  /** What `enter` was told. As in Kue, setting it changes nothing. */
  processQueue: false,

  /**
   * Collect jobs from now on.
   * @param {boolean} [process] whether they are stored and processed too
   */
  enter(process) {
    entered = true
    processing = !!process
    testMode.processQueue = processing
  },

  /** Store jobs again. */
  exit() {
    entered = false
  },

  /** Forget the collected jobs. */
  clear() {
    jobs.length = 0
  }
}

/**
 * Take a job that is being saved.
 * @param {import('./job')} job
 * @returns {boolean} whether that was all
 */
function take(job) {
  if (!entered) return false
  if (!processing) {
    job.id = String(++lastId)
    collected.add(job)
  }
  jobs.push(job)
  return !processing
}

/**
 * Whether a job was collected and is in no store, where its id may be another one's.
 * @param {object} job
 */
const isCollected = (job) => collected.has(job)

/** @returns {boolean} whether tests look on */
function isOn() {
  return entered
}

/** @returns {boolean} whether an update changes nothing in the store */
function skipsUpdates() {
  return entered && !processing
}

module.exports = { testMode, take, isOn, isCollected, skipsUpdates }
