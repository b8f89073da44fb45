'use strict'

/**
 * Errors as problem+json (RFC 9457), in the user's language and without inner detail: no message,
 * stack or code of a library reaches a client, all of it reaches the log.
 */

const { RESET_MS } = require('../breakers')

/** What a client should wait before it tries again what failed for lack of a dependency. */
const RETRY_AFTER_S = Math.ceil(RESET_MS / 1000)

/** All problems that the service tells, and their status. The texts are in locales/LOCALE/app.ftl. */
const STATUS = {
  'invalid-request': 400,
  'invalid-json': 400,
  'malformed-request': 400,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  'cursor-expired': 410,
  'too-large': 413,
  'unsupported-media-type': 415,
  'rate-limited': 429,
  'client-closed': 400,
  unauthorized: 401,
  forbidden: 403,
  'forbidden-proxied': 403,
  'forbidden-host': 403,
  internal: 500,
  unavailable: 503
}

/** @typedef {keyof typeof STATUS} ProblemType */

class Problem extends Error {
  /**
   * @param {ProblemType} type
   * @param {object} [options]
   * @param {object[]} [options.errors] what is wrong, one by one
   * @param {Record<string, string>} [options.headers]
   * @param {unknown} [options.cause] for the log
   */
  constructor(type, { errors, headers = {}, cause } = {}) {
    super(type, { cause })
    this.type = type
    this.status = STATUS[type]
    this.errors = errors
    this.headers = headers
  }
}

/** Codes of rekue, and what they are to a client. */
const BY_CODE = new Map(
  /** @type {[string, ProblemType][]} */ ([
    ['ERR_STORE_UNAVAILABLE', 'unavailable'],
    ['ERR_STORE_FULL', 'unavailable'],
    ['ERR_CSV', 'unavailable'],
    ['ERR_DATASET_CLOSED', 'unavailable'],
    ['ERR_JOB_NOT_FOUND', 'not-found'],
    ['ERR_STALE_CURSOR', 'cursor-expired'],
    ['ERR_INVALID_CURSOR', 'invalid-request'],
    ['ERR_INVALID_PAGE', 'invalid-request'],
    ['ERR_INDEX_OUT_OF_RANGE', 'invalid-request'],
    // Of opossum: the dependency is known to be away, or took too long.
    ['EOPENBREAKER', 'unavailable'],
    ['ETIMEDOUT', 'unavailable'],
    // Of the file system, under the embedded store's reservations and counters.
    ['ENOSPC', 'unavailable'],
    ['EDQUOT', 'unavailable'],
    ['EROFS', 'unavailable'],
    ['EIO', 'unavailable'],
    ['EMFILE', 'unavailable'],
    // Of rekue/redis.
    ['NR_CLOSED', 'unavailable'],
    ['UNCERTAIN_STATE', 'unavailable'],
    ['CONNECTION_BROKEN', 'unavailable'],
    // Of body-parser.
    ['entity.parse.failed', 'invalid-json'],
    ['encoding.unsupported', 'unsupported-media-type'],
    ['charset.unsupported', 'unsupported-media-type'],
    ['entity.too.large', 'too-large'],
    ['request.aborted', 'client-closed'],
    ['request.size.invalid', 'malformed-request']
  ])
)

/** Which parameter the library's complaint is about, and the message that says why. */
const PARAMETER = new Map([
  ['ERR_INVALID_CURSOR', { name: 'cursor', says: 'reason-cursor' }],
  ['ERR_INDEX_OUT_OF_RANGE', { name: 'index', says: 'reason-index' }],
  ['ERR_INVALID_PAGE', { name: 'page', says: 'reason-page' }]
])

/**
 * @param {any} error
 * @returns {Problem}
 */
function toProblem(error) {
  if (error instanceof Problem) return error
  const known = BY_CODE.get(error?.code) || BY_CODE.get(error?.type)
  if (known) {
    const about = PARAMETER.get(error.code)
    const errors = about && [{ in: 'query', ...about }]
    return new Problem(known, { cause: error, errors })
  }
  // Express and its parsers: a URL that cannot be decoded, and the like.
  if (error?.status >= 400 && error?.status < 500) {
    return new Problem('malformed-request', { cause: error })
  }
  return new Problem('internal', { cause: error })
}

/**
 * Answer with a problem.
 * @param {any} req
 * @param {any} res
 * @param {Problem} problem
 */
function sendProblem(req, res, problem) {
  const { type, status, errors, headers } = problem
  if (type === 'unavailable') res.set('Retry-After', String(RETRY_AFTER_S))
  res.set(headers)
  res.set('Cache-Control', 'no-store')
  res.status(status)
  const id = `problem-${type}`
  res.type('application/problem+json').send(
    JSON.stringify({
      type: `/problems/${type}`,
      title: req.t(id),
      status,
      detail: req.t(`${id}.detail`),
      instance: `/requests/${req.id}`,
      ...(errors ? { errors: errors.map((each) => inWords(each, req)) } : {})
    })
  )
}

/** @param {any} error of which `says` is the id of a message @param {any} req */
function inWords({ says, ...error }, req) {
  return says ? { ...error, reason: req.t(says) } : error
}

/**
 * The last handler of the app.
 * @returns {import('express').ErrorRequestHandler}
 */
function answerErrors() {
  return (error, req, res, next) => {
    const problem = toProblem(error)
    if (problem.status >= 500) {
      const level = problem.status === 503 ? 'warn' : 'error'
      req.log[level]({ err: problem.cause || problem }, `problem: ${problem.type}`)
    }
    // The answer has begun: all that is left is to break it off, which Express does.
    if (res.headersSent) return next(error)
    // What a route set for its own answer is not true of this one.
    for (const name of ['ETag', 'Link', 'X-Cache', 'Last-Modified']) res.removeHeader(name)
    sendProblem(req, res, problem)
  }
}

module.exports = { Problem, STATUS, RETRY_AFTER_S, answerErrors, sendProblem, toProblem }
