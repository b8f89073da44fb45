'use strict'

const { isStores } = require('./blame')

/**
 * A job that somebody sent over HTTP.
 */

/** Errors that are the sender's. */
const SENDERS = new Set(['ERR_INVALID_ARG', 'ERR_JOB_DATA'])

/**
 * Create the job of one entry of `POST /job`.
 * @param {any} queue
 * @param {any} entry `{ type, data?, options? }`
 * @returns {Promise<{ status: number, body: any }>}
 */
async function create(queue, entry) {
  const refuse = (/** @type {string} */ error) => ({ status: 400, body: { error } })
  if (!entry?.type) return refuse('Must provide job type')
  const { type, data, options } = entry
  if (typeof type !== 'string') return refuse('type must be a string')
  if (options !== undefined && options !== null && typeof options !== 'object') {
    return refuse('options must be an object')
  }
  const { attempts, priority, delay, searchKeys, backoff, removeOnComplete, ttl } = options || {}
  // Kue stores any text here and runs it in the workers.
  if (backoff && backoff !== true && (typeof backoff !== 'object' || Array.isArray(backoff))) {
    return refuse('backoff must be true or an object { type, delay }, never a text')
  }
  for (const [name, value] of Object.entries({ attempts, priority, delay, ttl })) {
    // One made of JSON may not even become a text.
    if (value !== null && typeof value === 'object') {
      return refuse(`${name} must be a number, not an object`)
    }
  }
  const tries = parseInt(attempts, 10)
  if (attempts && Number.isNaN(tries)) return refuse('attempts must be a number')
  const job = queue.create(type, data || {})
  if (attempts) job.attempts(tries)
  if (priority) job.priority(priority)
  if (delay) job.delay(delay)
  if (searchKeys) job.searchKeys(searchKeys)
  if (backoff) job.backoff(backoff)
  if (removeOnComplete) job.removeOnComplete(removeOnComplete)
  if (ttl) job.ttl(ttl)
  const error = await new Promise((resolve) => job.save(resolve))
  if (!error) return { status: 200, body: { message: 'job created', id: job.id } }
  const status = SENDERS.has(error.code) ? 400 : isStores(error) ? 503 : 500
  return { status, body: { error: error.message } }
}

module.exports = { create }
