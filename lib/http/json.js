'use strict'

const { briefOf } = require('./brief')
const { create } = require('./create')
const Job = require('../queue/job')
const { STATES } = require('../queue/states')

/**
 * Kue's JSON API: what each route answers. As in Kue, a job that is not there is no error of HTTP:
 * the answer is `{ error }` with status 200.
 *
 * @typedef {import('./routes').Request} Request
 * @typedef {import('./routes').Answer} Answer
 */

/** Errors that are an answer. */
const ANSWERS = new Set(['ERR_JOB_NOT_FOUND', 'ERR_JOB_DATA', 'ERR_INVALID_ARG'])

/**
 * @param {any} body
 * @returns {Answer}
 */
const ok = (body) => ({ status: 200, body })

/**
 * @param {string} error
 * @returns {Answer}
 */
const refuse = (error) => ({ status: 400, body: { error } })

/**
 * A place that the query names, counted from 0; null where it is none.
 * @param {URLSearchParams} query
 * @param {string} name
 */
function place(query, name) {
  const text = query.get(name) ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

/**
 * Jobs of a list, in brief for who asks for no more than so many characters of each part.
 * @param {any[]} jobs
 * @param {URLSearchParams} query
 */
function listed(jobs, query) {
  const most = place(query, 'brief')
  return most === null ? jobs : jobs.map((job) => briefOf(job, most))
}

/**
 * What comes of a call, or what Kue would say of its error.
 * @param {() => any} call that gives a promise
 * @returns {Promise<Answer>}
 */
async function tell(call) {
  try {
    return ok(await call())
  } catch (error) {
    const { code, message } = /** @type {any} */ (error)
    if (!ANSWERS.has(code)) throw error
    return ok({ error: message })
  }
}

/**
 * Kue takes any text for a state, also one out of which no job ever comes.
 * @param {string} state
 * @param {() => Promise<Answer>} answer
 */
async function inState(state, answer) {
  if (STATES.includes(state)) return answer()
  const error = `there is no state ${JSON.stringify(state)}; the states are ${STATES.join(', ')}`
  return { status: 400, body: { error } }
}

/** @param {any} start @returns {Promise<any>} what Kue's callback gets */
const answerOf = (start) =>
  new Promise((resolve, reject) =>
    start((/** @type {any} */ error, /** @type {any} */ value) =>
      error ? reject(error) : resolve(value)
    )
  )

/** @param {Request} request */
const stats = ({ queue }) =>
  tell(async () => {
    const { inactive, complete, active, failed, delayed, workTime } = await queue.stats()
    return {
      inactiveCount: inactive,
      completeCount: complete,
      activeCount: active,
      failedCount: failed,
      delayedCount: delayed,
      workTime
    }
  })

/** @param {Request} request */
const types = ({ queue }) => tell(() => answerOf((/** @type {any} */ done) => queue.types(done)))

/** @param {Request} request */
const jobRange = ({ params: { from, to, order }, query }) =>
  tell(async () => listed(await Job.range(parseInt(from, 10), parseInt(to, 10), order), query))

/**
 * A type is any text, and not every text comes through a path: proxies make a slash of %2F, browsers
 * take `..` for a step. So it may stand in the query.
 * @param {Request} request
 */
const jobStateRange = ({ params: { state, from, to, order }, query }) =>
  inState(state, () =>
    tell(async () => {
      const type = query.get('type')
      const [first, last] = [parseInt(from, 10), parseInt(to, 10)]
      const jobs = type
        ? await Job.rangeByType(type, state, first, last, order)
        : await Job.rangeByState(state, first, last, order)
      return listed(jobs, query)
    })
  )

/** @param {Request} request */
const jobTypeRange = ({ params: { type, state, from, to, order }, query }) =>
  inState(state, () =>
    tell(async () => {
      const [first, last] = [parseInt(from, 10), parseInt(to, 10)]
      return listed(await Job.rangeByType(type, state, first, last, order), query)
    })
  )

/** @param {Request} request */
const jobTypeStateStats = ({ queue, params: { type, state } }) =>
  inState(state, () => tell(() => countOf(queue, state, type)))

/** As the route above, with the type in the query, or of all types. @param {Request} request */
const jobStateStats = ({ queue, params: { state }, query }) =>
  inState(state, () => tell(() => countOf(queue, state, query.get('type'))))

/** @param {any} queue @param {string} state @param {string | null} type */
async function countOf(queue, state, type) {
  const count = await answerOf((/** @type {any} */ done) =>
    type ? queue.cardByType(type, state, done) : queue.card(state, done)
  )
  return { count }
}

/** @param {Request} request */
const job = ({ params: { id } }) => tell(() => Job.get(id))

/**
 * Who has the first lines already asks for those `from` there on.
 * @param {Request} request
 */
function log({ queue, params: { id }, query }) {
  if (!query.has('from')) return tell(() => Job.log(id))
  const from = place(query, 'from')
  if (from === null) return refuse('from must be a whole number from 0, the first line wanted')
  const logOf = { id, from }
  return tell(() => answerOf((/** @type {any} */ done) => queue._ask({ logOf }, done)))
}

/** @param {Request} request */
const inactive = ({ params: { id } }) =>
  tell(async () => {
    const job = await Job.get(id)
    await answerOf((/** @type {any} */ done) => job.inactive(done))
    return { message: `job ${id} inactive` }
  })

/** @param {Request} request */
const remove = ({ params: { id } }) =>
  tell(async () => {
    await Job.remove(id)
    return { message: `job ${id} removed` }
  })

/**
 * What a text names as a priority; null where it is none. The whole text counts: of `1e3`, Kue takes
 * the 1.
 * @param {string} text
 */
function levelOf(text) {
  if (Object.hasOwn(Job.priorities, text)) return Job.priorities[text]
  const level = /^[+-]?\d+$/.test(text) ? Number(text) : NaN
  return Number.isSafeInteger(level) ? level : null
}

/** @param {Request} request */
function updatePriority({ queue, params: { id, priority } }) {
  const level = levelOf(priority)
  if (level === null) {
    const most = Number.MAX_SAFE_INTEGER
    const names = Object.keys(Job.priorities).join(', ')
    return refuse(`priority must be a whole number from -${most} to ${most}, or one of ${names}`)
  }
  return tell(async () => {
    // Nothing else is written: a worker may be changing the job's data.
    const update = { id, priority: level, delay: null, fields: [] }
    await answerOf((/** @type {any} */ done) => queue._ask({ update }, done))
    return { message: 'updated priority' }
  })
}

/** @param {Request} request */
const updateState = ({ params: { id, state } }) =>
  inState(state, () =>
    tell(async () => {
      const job = await Job.get(id)
      await answerOf((/** @type {any} */ done) => job.state(state, done))
      return { message: 'updated state' }
    })
  )

/**
 * As in Kue, the ids are texts here. Of many hits a page is not to fetch all: with `from` and `to` the
 * answer is `{ total, jobs }`, with the jobs of these places in the order of their ids.
 * @param {Request} request
 */
function search({ queue, query }) {
  const text = query.get('q') ?? ''
  if (!query.has('from') && !query.has('to')) {
    return tell(async () => (await queue.search(text)).map(String))
  }
  const [from, to] = [place(query, 'from'), place(query, 'to')]
  if (from === null || to === null) {
    return refuse('from and to must both be whole numbers from 0, counted among all that is found')
  }
  const find = { words: text, newest: query.get('order') === 'desc', from, to }
  return tell(async () => {
    const { total, jobs } = await answerOf((/** @type {any} */ done) => queue._ask({ find }, done))
    // One may have been removed since it was found.
    const read = jobs.filter(Boolean).map((/** @type {any} */ one) => Job._read(one)[1])
    return { total, jobs: listed(read, query) }
  })
}

/** @param {Request} request */
async function createJob({ queue, body }) {
  const isObject = body !== null && typeof body === 'object'
  if (body === undefined || body === '' || (isObject && Object.keys(body).length === 0)) {
    return { status: 204 }
  }
  if (!isObject) {
    return {
      status: 400,
      body: { error: 'the body must be a job, { type, data }, or a list of jobs' }
    }
  }
  if (!Array.isArray(body)) return create(queue, body)
  // Saved in one tick they leave in one batch, with ids in this order. One that cannot be stored
  // does not hold up the others.
  const answers = await Promise.all(body.map((entry) => create(queue, entry)))
  const failed = answers.find(({ status }) => status !== 200)
  return { status: failed ? failed.status : 200, body: answers.map(({ body }) => body) }
}

module.exports = {
  stats,
  types,
  jobRange,
  jobStateRange,
  jobTypeRange,
  jobTypeStateStats,
  jobStateStats,
  job,
  log,
  inactive,
  remove,
  updatePriority,
  updateState,
  search,
  createJob
}
