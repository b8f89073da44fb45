'use strict'

/**
 * Rate limiting (express-rate-limit): so many requests per address and window, told in the
 * standard headers RateLimit and RateLimit-Policy; beyond it 429 with Retry-After.
 *
 * With a Redis all instances count together; while it is away, requests pass uncounted, for a
 * limit protects the service and must not become its outage.
 */

const { createHash } = require('node:crypto')
const { ipKeyGenerator, rateLimit } = require('express-rate-limit')
const { RedisStore } = require('rate-limit-redis')
const { Problem } = require('./problems')

const PREFIX = 'rekue-app:rate:'

/** What machines ask for at their own pace, and must get when the service is under load. */
const UNCOUNTED = new Set(['/healthz', '/readyz', '/metrics'])

/**
 * The scripts of rate-limit-redis, sent by their text. Its way is SCRIPT LOAD when the service
 * starts, which leaves it useless for good where Redis comes up later.
 * @param {import('../stores/redis').AppRedis} redis
 */
function sendCommandOf(redis) {
  /** @type {Map<string, string>} */
  const scripts = new Map()
  return async (/** @type {string[]} */ name, /** @type {string[]} */ ...args) => {
    if (name === 'SCRIPT' && args[0] === 'LOAD') {
      const digest = createHash('sha1').update(args[1]).digest('hex')
      scripts.set(digest, args[1])
      return digest
    }
    if (name === 'EVALSHA') return redis.command('EVAL', scripts.get(args[0]), ...args.slice(1))
    return redis.command(name, ...args)
  }
}

/**
 * @param {object} options
 * @param {import('pino').Logger} options.log
 * @param {import('../config').Config['rateLimit']} options.rateLimit
 * @param {import('../stores/redis').AppRedis} [options.redis]
 * @returns {import('express').RequestHandler}
 */
function limitRate({ log, rateLimit: { limit, windowMs }, redis }) {
  return rateLimit({
    limit,
    windowMs,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'requests',
    passOnStoreError: true,
    // Its own would write a stack for each request of an outage; the breaker tells of it once.
    logger: {
      error: (error) => log.debug({ code: error?.code }, 'request passed uncounted'),
      warn: (...details) => log.warn({ details }, 'rate limit')
    },
    store: redis && new RedisStore({ prefix: PREFIX, sendCommand: sendCommandOf(redis) }),
    skip: (req) => UNCOUNTED.has(req.path),
    keyGenerator: (req) => ipKeyGenerator(req.ip || 'unknown'),
    handler: (req, res, next) => next(new Problem('rate-limited'))
  })
}

module.exports = { limitRate }
