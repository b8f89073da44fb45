'use strict'

const { createError, invalidArg, checkCallback, toNumber } = require('../errors')
const { nextTick } = require('./untouched')
const { stateOfType, warnOfState, wrongState } = require('./states')
const { maybeTypeName } = require('./type-name')

/**
 * What Kue's Job finds and removes by itself, in the queue that was made last. Without a callback
 * each gives a promise. They work without their class in front, too.
 */

/** The class they are of, which takes them up while its file is being read. @type {any} */
let Job

/** How its jobs remove themselves, unless a program has put something of its own in the place of that. */
let ownRemove

/** @param {any} given the class */
function belongTo(given) {
  Job = given
  ownRemove = Job.prototype.remove
}

const noop = () => {}

/** For a range of all types or states; null may come from outside. */
const EVERY = Symbol('every')

/**
 * Ask the queue that was made last.
 * @param {unknown} call a `Call` of src/queue/protocol.rs
 * @param {(error: Error | null, value?: any) => void} callback
 */
function ask(call, callback) {
  const last = Job._queue
  const queue = last && !last._ends ? last : Job._reopen()
  if (queue) return void queue._ask(call, callback)
  const error = createError('ERR_INVALID_ARG', 'there is no queue: call createQueue() first', {
    argument: 'queue'
  })
  nextTick(callback, error)
}

/**
 * Read a job.
 * @param {any} id
 * @param {any} [type] as in Kue, not needed
 * @param {any} [fn]
 */
function get(id, type, fn) {
  if (typeof type === 'function') fn = type
  return answer(fn, (done) => {
    const text = idText(id, done)
    if (text === undefined) return
    ask({ get: [text] }, (error, found) => {
      if (error) return done(error)
      if (!found[0]) {
        return done(createError('ERR_JOB_NOT_FOUND', `job "${text}" doesnt exist`))
      }
      // What a Kue process writes of a job that was removed meanwhile is none.
      if (found[0].type === undefined) {
        return done(createError('ERR_JOB_NOT_FOUND', `job "${text}" is invalid`))
      }
      const [problem, read] = Job._read(found[0])
      // As in Kue, the id is what was asked for: programs that got a text hand on a text.
      if (typeof id === 'string') read.id = id
      done(problem, read)
    })
  })
}

/**
 * Remove a job.
 * @param {any} id
 * @param {(error: Error | null) => void} [fn]
 */
function remove(id, fn) {
  const removed = answer(fn, (done) => {
    const text = idText(id, done)
    if (text === undefined) return
    if (Job.prototype.remove === ownRemove) return ask({ remove: text }, (error) => done(error))
    // As in Kue, for those who keep track of jobs by it.
    get(id, (error, job) => (job ? job.remove(done) : done(error)))
  })
  // Those who await it hear of a failure. Programs for Kue call this and look no further; that the job
  // is gone already must not end them, as a rejection that nobody handles would.
  removed?.catch(noop)
  return removed
}

/**
 * Remove what is left of a job that cannot be read.
 * @param {any} id
 * @param {any} [_type] as in Kue, not needed: the sets are left by whoever claims next
 */
function removeBadJob(id, _type) {
  const text = idText(id, noop)
  if (text !== undefined) ask({ remove: text }, noop)
}

/**
 * Read a job's log.
 * @param {any} id
 * @param {(error: Error | null, lines?: string[]) => void} [fn]
 */
function log(id, fn) {
  return answer(fn, (done) => {
    const text = idText(id, done)
    if (text !== undefined) ask({ logOf: { id: text, from: 0 } }, done)
  })
}

/**
 * Find jobs; see `queue.search`.
 * @param {string} text
 * @param {(error: Error | null, ids?: number[]) => void} [fn]
 */
function search(text, fn) {
  return answer(fn, (done) => findText(ask, text, done))
}

/**
 * All jobs from one place to another, by id.
 * @param {any} from
 * @param {any} to
 * @param {any} order
 * @param {any} [fn]
 */
function range(from, to, order, fn) {
  return listed(EVERY, EVERY, from, to, order, fn)
}

/**
 * Jobs of a state.
 * @param {string} state
 * @param {any} from
 * @param {any} to
 * @param {any} order
 * @param {any} [fn]
 */
function rangeByState(state, from, to, order, fn) {
  const asked = stateOfType(state)
  return listed(asked.type ?? EVERY, asked.state, from, to, order, fn)
}

/**
 * Jobs of a type and a state.
 * @param {string} type
 * @param {string} state
 * @param {any} from
 * @param {any} to
 * @param {any} order
 * @param {any} [fn]
 */
function rangeByType(type, state, from, to, order, fn) {
  return listed(type, state, from, to, order, fn)
}

/**
 * @param {any} type
 * @param {any} state
 * @param {any} from
 * @param {any} to
 * @param {any} order
 * @param {any} fn
 */
function listed(type, state, from, to, order, fn) {
  if (typeof order === 'function') {
    fn = order
    order = 'asc'
  }
  return answer(fn, (done) => {
    const wrong = state === EVERY ? null : wrongState(state)
    if (wrong) {
      // Who awaits a promise cannot overlook it.
      if (fn) warnOfState(wrong)
      return done(wrong, [])
    }
    const [unnamed, name] = type === EVERY ? [null, null] : maybeTypeName(type)
    if (unnamed) return done(unnamed, [])
    for (const [name, value] of Object.entries({ from, to })) {
      if (!Number.isSafeInteger(toNumber(value)) || value === null || value === '') {
        return done(invalidArg(name, value, 'a whole number'))
      }
    }
    const range = {
      type: name,
      state: state === EVERY ? null : state,
      from: Number(from),
      to: Number(to)
    }
    ask({ range }, (error, found) => {
      if (error) return done(error)
      const jobs = found
        .filter((stored) => stored?.type !== undefined)
        .map((stored) => Job._read(stored)[1])
      jobs.sort((a, b) => a.id - b.id)
      done(null, order === 'desc' ? jobs.reverse() : jobs)
    })
  })
}

/**
 * Find jobs by words.
 * @param {(call: any, callback: any) => void} ask
 * @param {any} text
 * @param {(error: Error | null, ids?: number[]) => void} done
 */
function findText(ask, text, done) {
  if (typeof text !== 'string') return done(invalidArg('text', text, 'a text'))
  ask({ search: text }, done)
}

/**
 * Do something that ends with a callback; without one, give a promise.
 * @param {Function | undefined} fn
 * @param {(done: (error: Error | null, value?: any) => void) => void} work
 * @returns {any}
 */
function answer(fn, work) {
  checkCallback(fn)
  if (fn) return void work((error, value) => fn(error, value))
  return new Promise((resolve, reject) => {
    work((error, value) => (error ? reject(error) : resolve(value)))
  })
}

/**
 * The id of a job as text; undefined, and `done` hears of it, where it has none.
 * @param {any} id
 * @param {(error: Error) => void} done
 * @returns {string | undefined}
 */
function idText(id, done) {
  try {
    if (id !== null && id !== undefined && typeof id !== 'symbol') return String(id)
  } catch {
    // An object without a prototype.
  }
  done(invalidArg('id', id, 'the id of a job'))
}

module.exports = {
  answer,
  belongTo,
  findText,
  get,
  log,
  range,
  rangeByState,
  rangeByType,
  remove,
  removeBadJob,
  search
}
