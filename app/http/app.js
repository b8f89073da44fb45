'use strict'

/** The Express app: what every request goes through, in this order, and the routes. */

const path = require('node:path')
const express = require('express')
const rekue = require('rekue')
const { askPassword, guardAdmin } = require('./admin')
const { compressAnswers } = require('./compression')
const { logRequests } = require('./logging')
const { describeService } = require('./openapi')
const { Problem, answerErrors } = require('./problems')
const { limitRate } = require('./rate-limit')
const { mountRoutes } = require('./router')
const { secureHeaders } = require('./security')
const { namesRoutes } = require('../routes/names')
const { notificationRoutes } = require('../routes/notifications')
const { operationsRoutes } = require('../routes/operations')
const { pageRoutes } = require('../routes/pages')
const { productRoutes } = require('../routes/products')
const { seatRoutes } = require('../routes/seats')

/** A thousand notifications, with room to spare. */
const BODY_LIMIT = '1mb'

/** Files of the app do not change while it runs; a new version has to be seen within the hour. */
const STATIC_MAX_AGE = '1h'

/**
 * @param {import('../service').Parts} parts
 * @returns {import('express').Express}
 */
function makeApp(parts) {
  const { config, i18n, log, metrics, redis } = parts
  const routes = [
    ...pageRoutes(parts),
    ...namesRoutes(parts),
    ...productRoutes(parts),
    ...seatRoutes(parts),
    ...notificationRoutes(parts),
    ...operationsRoutes(parts)
  ]
  const description = describeService(routes)

  const app = express()
  app.disable('x-powered-by')
  // Routes tell their own ETags; to hash every other answer would cost more than it saves.
  app.disable('etag')
  // A proxy's rules for some addresses, like those in deploy/nginx.conf, must not miss /KUE.
  app.enable('case sensitive routing')
  app.set('trust proxy', config.trustProxy)
  // What the tests hold answers against.
  app.set('routes', routes)
  // Express's own last resort shows stacks anywhere else.
  app.set('env', 'production')

  app.use(logRequests(log))
  app.use(metrics.measureRequests())
  app.use(secureHeaders())
  app.use(i18n.middleware())
  app.use(compressAnswers())
  app.use('/static', express.static(path.join(__dirname, '../public'), { maxAge: STATIC_MAX_AGE }))
  app.use(limitRate({ rateLimit: config.rateLimit, redis, log }))
  app.use(['/kue', '/dashboard'], guardAdmin(config))
  app.use(['/metrics', '/analytics'], askPassword(config))
  // Kue's own JSON API, which reads bodies itself.
  app.use('/kue', rekue.app)
  // Not strict: `null` and `5` are JSON too, and validation says what is wanted in their place.
  app.use(express.json({ limit: BODY_LIMIT, strict: false }), refuseOtherBodies)
  app.get('/openapi.json', (_req, res) => void res.json(description))
  mountRoutes(app, routes)
  app.use((_req, _res, next) => next(new Problem('not-found')))
  app.use(answerErrors())
  return app
}

/** What is no JSON was not read, and would look like a body that is missing. */
function refuseOtherBodies(req, _res, next) {
  const unread = req.get('Content-Length') !== '0' && req.is('application/json') === false
  next(unread ? new Problem('unsupported-media-type') : undefined)
}

module.exports = { makeApp }
