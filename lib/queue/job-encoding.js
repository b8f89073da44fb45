'use strict'

const { toUSVString } = require('node:util')
const { createError, invalidArg, toText } = require('../errors')
const backoffs = require('./backoff')
const { searchText } = require('./search-text')
const sizes = require('./sizes')
const { typeName } = require('./type-name')
const warn = require('./warn')

/**
 * Between a Job object and what the store holds of it.
 */

/**
 * Write a value as JSON.
 * @param {any} value
 * @param {string} name for the error
 * @returns {string}
 */
function stringify(value, name) {
  let json
  try {
    json = JSON.stringify(value)
  } catch (cause) {
    throw createError('ERR_JOB_DATA', `${name} cannot be written as JSON: ${reason(cause)}`, {
      cause
    })
  }
  if (json === undefined) {
    throw createError('ERR_JOB_DATA', `${name} cannot be written as JSON: it is a ${typeof value}`)
  }
  if (json.length > sizes.longest) throw tooLong(name)
  return json
}

/**
 * The error for what is longer than a text can be.
 * @param {string} name
 */
function tooLong(name) {
  return createError(
    'ERR_JOB_DATA',
    `${name} cannot be written as JSON: that would be longer than ${sizes.longest} characters, about ` +
      'the longest text there is. Keep what is large elsewhere, and its place in the job'
  )
}

/**
 * Text as JSON that the engine can read: half a surrogate pair is no character, and becomes the
 * replacement character, as it does on Kue's way to Redis.
 * @param {string} text
 */
function quote(text) {
  return short(() => JSON.stringify(toUSVString(text)))
}

/** The same for a value with texts in it. @param {unknown} value */
function write(value) {
  const wellFormed = (_key, item) => (typeof item === 'string' ? toUSVString(item) : item)
  return short(() => JSON.stringify(value, wellFormed))
}

/** The same where all texts in it are JSON, which has no halves. @param {unknown} value */
function writeJson(value) {
  return short(() => JSON.stringify(value))
}

/**
 * Quoted, a text may become too long that was not.
 * @param {() => string} make
 */
function short(make) {
  let json
  try {
    json = make()
  } catch (error) {
    throw error instanceof RangeError ? tooLong('a text') : error
  }
  if (json.length > sizes.longest) throw tooLong('a text')
  return json
}

/** The first line of an error's message. @param {any} error */
function reason(error) {
  return failure(error).message.split('\n')[0]
}

/**
 * Read JSON that is there; anything unreadable is nothing.
 * @param {string | undefined} text
 */
function parse(text) {
  if (text === undefined || text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * A number of a job's options, or null where it is not set.
 * @param {any} value
 * @param {string} name
 * @param {string} allowed
 * @param {(n: number) => boolean} valid
 */
function number(value, name, allowed, valid) {
  if (value === undefined || value === null || value === '' || value === false) return null
  const n = typeof value === 'string' ? Number(value) : value
  if (typeof n !== 'number' || !Number.isFinite(n) || !valid(n))
    throw invalidArg(name, value, allowed)
  return n
}

/** The largest time in ms that counts exactly. */
const LONGEST = Number.MAX_SAFE_INTEGER

/** @param {any} job */
function options(job) {
  const priority = number(
    job._priority,
    'priority',
    'a number or one of low, normal, medium, high, critical',
    () => true
  )
  if (priority === null) {
    throw invalidArg(
      'priority',
      job._priority,
      'a number or one of low, normal, medium, high, critical'
    )
  }
  const removes = job._removeOnComplete
  return {
    priority,
    attempts: attempts(job),
    delay: delay(job),
    ttl: time(job._ttl, 'ttl'),
    backoff: backoffText(job._backoff),
    // One whose text is empty, as that of an empty list, is none for a worker either.
    removeOnComplete: (removes && toText(removes, 'removeOnComplete')) || undefined
  }
}

/** @param {any} value @param {string} name */
function time(value, name) {
  return number(value, name, 'a number of ms above 0', (n) => n >= 0 && n <= LONGEST)
}

/** @param {any} job */
function delay(job) {
  return time(job._delay, 'delay')
}

/**
 * How often a job may be tried; null where that is not set, and, as in Kue, for 0, or for what came of
 * making a number of nothing.
 * @param {any} job
 */
function attempts(job) {
  const wanted = job._max_attempts === Infinity ? Number.MAX_SAFE_INTEGER : job._max_attempts
  if (Number.isNaN(wanted)) return null
  const allowed = 'a whole number from 1'
  const most = number(wanted, 'attempts', allowed, (n) => n >= 0)
  if (most === null || Number.isInteger(most)) return most || null
  // Kue tries a job while the attempts that were made are below it.
  const whole = Math.ceil(most)
  tolerate(invalidArg('attempts', wanted, allowed), `it is taken for ${whole}`)
  return whole
}

/**
 * What a job was told by its methods is taken where Kue takes it and makes something of it; it is a
 * mistake all the same.
 * @param {Error} error
 * @param {string} instead
 */
function tolerate(error, instead) {
  warn('REKUE_JOB_OPTION', `${error.message}: ${instead}`)
}

/**
 * How a backoff is stored.
 * @param {any} backoff
 */
function backoffText(backoff) {
  if (backoff === null || typeof backoff !== 'object') return backoffs.toStored(backoff)
  // Without a type Kue stores it, and fails in the midst of a retry; a delay says what was meant, and
  // where there is none either, that of the job serves.
  const type = backoff.type ?? 'fixed'
  const wrong = wrongBackoffType(backoff)
  if (type !== 'fixed' && type !== 'exponential') throw wrong
  if (wrong) tolerate(wrong, "the job's delay is used")
  for (const key of ['delay', 'maxDelay']) {
    number(backoff[key], `backoff.${key}`, 'a number of ms', (n) => n >= 0)
  }
  return stringify(backoff.type === type ? backoff : { ...backoff, type }, 'backoff')
}

/**
 * What is wrong with the type of a backoff.
 * @param {any} backoff an object
 * @param {string} [where] before the name in the error
 * @returns {Error | undefined}
 */
function wrongBackoffType(backoff, where = '') {
  const { type, delay } = backoff
  // A delay alone says enough.
  const known = type === 'fixed' || type === 'exponential'
  if (known || ((type ?? undefined) === undefined && delay !== undefined)) return undefined
  return invalidArg(`${where}backoff.type`, type, "'fixed' or 'exponential'")
}

/** What the latest plain job was, as JSON: jobs saved one after the other are mostly alike. */
const latest = { type: '', priority: NaN, attempts: NaN, json: '' }

/** @param {any} job */
function isPlain(job) {
  return (
    job._delay === undefined &&
    job._ttl === undefined &&
    job._backoff === undefined &&
    job._removeOnComplete === undefined &&
    !job._queue?._indexes &&
    Number.isSafeInteger(job._priority) &&
    Number.isSafeInteger(job._max_attempts) &&
    job._max_attempts > 0
  )
}

/**
 * A job that is to be added but for its data, as `Spec` of src/queue/job.rs.
 * @param {any} job
 * @returns {string} JSON
 */
function spec(job) {
  const plain = isPlain(job) && typeof job.type === 'string'
  if (
    plain &&
    job.type === latest.type &&
    job._priority === latest.priority &&
    job._max_attempts === latest.attempts
  ) {
    return latest.json
  }
  const type = typeName(job.type)
  const { priority, attempts, delay, ttl, backoff, removeOnComplete } = options(job)
  let json = `{"type":${quote(type)},"priority":${priority}`
  if (attempts !== null) json += `,"attempts":${attempts}`
  if (delay !== null) json += `,"delay":${delay}`
  if (ttl !== null) json += `,"ttl":${ttl}`
  if (backoff !== undefined) json += `,"backoff":${quote(backoff)}`
  if (removeOnComplete !== undefined) json += `,"removeOnComplete":${quote(removeOnComplete)}`
  const search = searchText(job, () => dataOf(job))
  if (search !== undefined) json += `,"search":${quote(search)}`
  json += '}'
  if (plain) {
    Object.assign(latest, {
      type: job.type,
      priority: job._priority,
      attempts: job._max_attempts,
      json
    })
  }
  return json
}

/** @param {any} job @returns {string} JSON */
function dataOf(job) {
  return stringify(job.data, 'data')
}

/**
 * What an update writes, as `Call::Update` of src/queue/protocol.rs.
 * @param {any} job
 */
function changes(job) {
  const data = stringify(job.data, 'data')
  const { priority, delay, ttl, backoff, removeOnComplete } = options(job)
  const fields = [['data', data]]
  if (ttl !== null) fields.push(['ttl', String(ttl)])
  if (backoff !== undefined) fields.push(['backoff', backoff])
  if (removeOnComplete !== undefined) fields.push(['removeOnComplete', removeOnComplete])
  return {
    id: String(job.id),
    priority,
    delay: delay === null ? null : Math.trunc(delay),
    fields,
    search: searchText(job, () => data)
  }
}

/**
 * Fill a Job from a record of the store; types as Kue leaves them: texts but for the counts.
 * @param {any} job
 * @param {any} stored
 * @returns {Error | null} where data, result or progress data are no JSON
 */
function restore(job, stored) {
  job.id = stored.id
  job._ttl = stored.ttl
  job._delay = stored.delay
  job._priority = Number(stored.priority)
  job._progress = stored.progress
  job._attempts = Number(stored.attempts)
  job._max_attempts = Number(stored.max_attempts)
  job._state = stored.state
  job._error = stored.error
  job.created_at = stored.created_at
  job.promote_at = stored.promote_at
  job.updated_at = stored.updated_at
  job.failed_at = stored.failed_at
  job.started_at = stored.started_at
  job.duration = stored.duration
  job.workerId = stored.workerId
  job._removeOnComplete = stored.removeOnComplete
  if (stored.backoff) {
    job._backoff = backoffs.fromStored(stored.backoff).value
    Object.defineProperty(job, '_storedBackoff', { value: stored.backoff, configurable: true })
  }
  if (stored.badData === undefined) {
    if (stored.data !== undefined) job.data = stored.data
  }
  try {
    // What the engine did not take for JSON may still be some that is nested very deeply.
    if (stored.badData) job.data = JSON.parse(stored.badData)
    if (stored.result) job.result = JSON.parse(stored.result)
    if (stored.progress_data) job.progress_data = JSON.parse(stored.progress_data)
  } catch (cause) {
    return createError(
      'ERR_JOB_DATA',
      `job "${stored.id}" holds data that is no JSON: ${reason(cause)}`,
      { cause }
    )
  }
  return null
}

/**
 * The member of Kue's sorted sets.
 * @param {any} id
 */
function zid(id) {
  const text = String(id)
  return `${String(text.length).padStart(2, '0')}|${text}`
}

/**
 * What is stored of a failure, whatever was thrown, without ever throwing.
 * @param {any} err
 * @returns {{ error: string, summary: string, message: string }} as Kue: the stack (or message),
 *   its first line, and what listeners hear
 */
function failure(err) {
  if (typeof err === 'string') return { error: err, summary: '', message: err }
  const stack = peek(err, 'stack')
  const message = peek(err, 'message')
  let words = typeof message === 'string' && message !== '' ? message : undefined
  if (words === undefined) {
    try {
      words = String(err)
    } catch {
      words = 'the processor failed with something that has no text'
    }
  }
  const error = typeof stack === 'string' && stack !== '' ? stack : words
  return { error, summary: error.split('\n')[0], message: words }
}

/**
 * The message in what is stored of a failure: listeners hear it alone, the store keeps the stack.
 * @param {string | undefined} error
 */
function messageOf(error) {
  const text = String(error ?? '')
  const frames = text.search(/\n {4}at /)
  return frames < 0 ? text : text.slice(0, frames).replace(/^[\w$.]+(?: \[\w+\])?: /, '')
}

/** A property that may not be readable. @param {any} object @param {string} name */
function peek(object, name) {
  try {
    return object?.[name]
  } catch {
    return undefined
  }
}

module.exports = {
  stringify,
  tooLong,
  quote,
  write,
  writeJson,
  parse,
  spec,
  dataOf,
  attempts,
  delay,
  backoffText,
  wrongBackoffType,
  changes,
  restore,
  zid,
  failure,
  messageOf
}
