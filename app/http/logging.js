'use strict'

/**
 * Logs (pino): a line of JSON for each request, with an id that the answer carries too
 * (X-Request-Id, and `instance` in problems), so that a user's complaint finds its line.
 */

const { randomUUID } = require('node:crypto')
const pino = require('pino')
const { pinoHttp } = require('pino-http')

/** An id from a proxy is kept, if it looks like one. */
const REQUEST_ID = /^[\w.:-]{1,100}$/

/** @param {import('../config').Config} config @param {import('pino').DestinationStream} [stream] */
function makeLogger({ logLevel }, stream) {
  return pino({ level: logLevel, base: { pid: process.pid } }, stream)
}

/**
 * @param {import('pino').Logger} log
 * @returns {import('express').RequestHandler}
 */
function logRequests(log) {
  return pinoHttp({
    logger: log,
    genReqId(req, res) {
      const given = String(req.headers['x-request-id'] || '')
      const id = REQUEST_ID.test(given) ? given : randomUUID()
      res.setHeader('X-Request-Id', id)
      return id
    },
    // Neither headers nor addresses: a cookie or a password must not end up in a log.
    serializers: {
      req: ({ id, method, url }) => ({ id, method, url }),
      res: ({ statusCode }) => ({ statusCode })
    },
    customLogLevel: (_req, res, error) => {
      if (error || res.statusCode >= 500) return 'warn'
      return 'info'
    },
    // Asked every few seconds by machines.
    autoLogging: { ignore: (req) => ['/healthz', '/readyz', '/metrics'].includes(req.url || '') }
  })
}

module.exports = { makeLogger, logRequests }
