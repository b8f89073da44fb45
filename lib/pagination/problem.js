'use strict'

/**
 * Answers to requests that cannot be met, as `application/problem+json` (RFC 9457). They name the
 * parameter and what it may be, and hold nothing of the system.
 */

const TITLES = new Map([
  [400, 'Bad Request'],
  [410, 'Gone'],
  [414, 'URI Too Long'],
  [503, 'Service Unavailable']
])

/** A request that cannot be met, on its way to the answer. */
class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} detail for the client's developer
   * @param {{ code?: string, parameter?: string, allowed?: object, retryAfter?: number }} [more]
   */
  constructor(status, detail, more = {}) {
    super(detail)
    this.status = status
    this.more = more
  }
}

/**
 * @param {string} parameter
 * @param {string} code
 * @param {string} detail
 * @param {object} [allowed]
 */
function badParameter(parameter, code, detail, allowed) {
  return new Problem(400, detail, { code, parameter, allowed })
}

/**
 * @param {import('http').ServerResponse & { req: import('http').IncomingMessage }} res
 * @param {Problem} problem
 */
function sendProblem(res, { status, message, more }) {
  const { retryAfter, ...members } = more
  const body = Buffer.from(
    JSON.stringify({
      type: 'about:blank',
      title: TITLES.get(status),
      status,
      detail: message,
      ...members
    })
  )
  res.statusCode = status
  res.setHeader('Content-Type', 'application/problem+json; charset=utf-8')
  res.setHeader('Content-Length', body.length)
  if (retryAfter !== undefined) res.setHeader('Retry-After', String(retryAfter))
  res.end(res.req.method === 'HEAD' ? undefined : body)
}

module.exports = { Problem, badParameter, sendProblem }
