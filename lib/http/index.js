'use strict'

const { handle } = require('./dispatch')
const { listen } = require('./listen')
const { Settings } = require('./settings')
const { invalidArg } = require('../errors')

/**
 * Kue's web application: a handler for Express 4 and 5, or for a server of its own.
 *
 *   server.use('/kue', rekue.app)
 *   rekue.app.listen(3000)
 *
 * It needs no Express itself: it has a dozen routes, and whoever has an Express app has its own
 * version of it.
 */

/** @returns {any} a function `(req, res, next)` with Kue's and Express's methods on it */
function createApp() {
  const settings = new Settings()
  /** @type {Function[]} */
  const before = []

  /** @type {(req: any, res: any, next?: (error?: any) => void) => void} */
  const app = (req, res, next) => {
    through(before, req, res, (error) => {
      if (error && next) return next(error)
      handle(settings, req, res, next, error)
    })
  }

  return Object.assign(app, {
    locals: {},

    /**
     * Change a setting, or, with its name alone, read it.
     * @param {string} name
     * @param {any} [value]
     */
    set(name, value) {
      if (arguments.length === 1) return settings.get(name)
      settings.set(name, value)
      return app
    },
    /** @param {string} name */
    get: (name) => settings.get(name),
    /** @param {string} name */
    enable(name) {
      settings.set(name, true)
      return app
    },
    /** @param {string} name */
    disable(name) {
      settings.set(name, false)
      return app
    },
    /** @param {string} name */
    enabled: (name) => Boolean(settings.get(name)),
    /** @param {string} name */
    disabled: (name) => !settings.get(name),

    /**
     * Have handlers called before the app's own, for all of its requests.
     * @param {...Function} handlers `(req, res, next)`
     */
    use(...handlers) {
      for (const handler of handlers.flat()) {
        if (typeof handler !== 'function') {
          throw invalidArg(
            'handler',
            handler,
            'a function (req, res, next); for a path, mount rekue.app in an Express app of your own'
          )
        }
        before.push(handler)
      }
      return app
    },

    /**
     * Serve the app alone. Without an `authorize` setting, only to this machine.
     * @param {...any} args as those of Node's `server.listen`
     */
    listen: (...args) => listen(app, settings, args)
  })
}

/**
 * @param {Function[]} handlers
 * @param {any} req
 * @param {any} res
 * @param {(error?: any) => void} done
 */
function through(handlers, req, res, done) {
  let at = 0
  const next = (/** @type {any} */ error) => {
    const handler = handlers[at++]
    if (error || !handler) return done(error)
    try {
      const result = handler(req, res, next)
      if (typeof result?.then === 'function') result.then(undefined, done)
    } catch (thrown) {
      done(thrown)
    }
  }
  next(undefined)
}

module.exports = { createApp }
