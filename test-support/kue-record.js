'use strict'

/**
 * What a queue program left and published, without that which is never twice the same: times,
 * durations, hosts and process ids.
 */

/** Fields of a job that hold a time or a duration. */
const TIMES = ['created_at', 'updated_at', 'started_at', 'failed_at', 'duration']

/** The keys of Kue's timers: there for a moment whenever a Kue process looks after its jobs. */
const LOCKS = new Set(['promotion:lock', 'activeJobsTTL:lock'])

/** Which of a type's workers gets a job is chance, in Kue as well. */
const WORKER = /^kue:[^:]+:\d+:(.+):\d+$/

/** A time that is one by its size: a score below is a priority (Kue's own rule). */
const isTime = (/** @type {any} */ value) => /^\d{13,}(\.\d+)?$/.test(String(value))

/**
 * Only the first line of a stack is the program's own.
 * @param {any} text
 */
const firstLine = (text) => (typeof text === 'string' ? text.split('\n')[0] : text)

/** @param {Record<string, string>} hash */
function normaliseJob(hash) {
  const job = { ...hash }
  for (const field of TIMES) {
    if (field in job) job[field] = isTime(job[field]) || field === 'duration' ? 'time' : job[field]
  }
  if (job.workerId) job.workerId = job.workerId.replace(WORKER, 'kue:HOST:PID:$1:N')
  if (job.error !== undefined) job.error = firstLine(job.error)
  // It counts from the creation, or, with a backoff, from the last failure but one.
  if (isTime(job.promote_at)) {
    job.promote_at = hash.failed_at
      ? 'time'
      : `created_at + ${Number(hash.promote_at) - Number(hash.created_at)}`
  }
  return job
}

/**
 * @param {Record<string, any>} keyspace from readKeyspace
 * @returns {Record<string, any>}
 */
function normaliseKeyspace(keyspace) {
  /** @type {Record<string, any>} */
  const result = {}
  for (const [key, value] of Object.entries(keyspace)) {
    if (LOCKS.has(key)) continue
    if (/:rekue:lease:/.test(key)) {
      result[key.replace(/[^:]*$/, 'HOLDER')] = Object.keys(value).sort()
    } else if (key.endsWith(':rekue:leases')) result[key] = Object.keys(value).map(() => 'HOLDER')
    else if (/:job:\d+$/.test(key)) result[key] = normaliseJob(value)
    else if (key.endsWith(':stats:work-time')) result[key] = Number(value) > 0 ? 'time' : value
    else if (/:jobs(:|$)/.test(key) && !Array.isArray(value)) {
      result[key] = Object.fromEntries(
        Object.entries(value).map(([member, score]) => [member, isTime(score) ? 'time' : score])
      )
    } else result[key] = value
  }
  return result
}

/**
 * @param {any[]} args of an event, its name first
 * @returns {any[]}
 */
function normaliseEvent(args) {
  return args[0] === 'error' ? [args[0], firstLine(args[1]), ...args.slice(2)] : args
}

/**
 * Without the starts that came to nothing: a job that was given back unstarted is queued again
 * with nothing in between, and no failed attempt is told.
 * @param {any[][]} events
 */
function withoutFalseStarts(events) {
  const names = events.map(([event]) => event)
  const givenBack = (/** @type {number} */ i) =>
    names[i] === 'start' && names[i + 1] === 'enqueue' && names[i + 2] !== 'failed attempt'
  return events.filter((_, i) => !givenBack(i) && !givenBack(i - 1))
}

/**
 * The events of each job by the job's name; those of jobs without one by their id.
 * @param {Map<any, any[][]>} byJob
 * @param {Map<any, string>} names
 */
function normaliseEvents(byJob, names) {
  return Object.fromEntries(
    [...byJob].map(([id, events]) => [names.get(id) ?? id, events.map(normaliseEvent)])
  )
}

module.exports = { normaliseKeyspace, normaliseEvents, withoutFalseStarts }
