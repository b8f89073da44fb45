'use strict'

const { goneWrong, handle } = require('./dispatch')
const { listen } = require('./listen')
const { Settings } = require('./settings')
const { createError, describe, invalidArg } = require('../errors')

/**
 * Kue's web application: a handler for Express 4 and 5, or for a server of its own.
 *
 *   server.use('/kue', rekue.app)
 *   rekue.app.listen(3000)
 *
 * It needs no Express itself: it has a dozen routes, and whoever has an Express app has its own
 * version of it.
 */

/** Methods of an Express app that make routes of one's own or render. */
const ROUTING = ['all', 'delete', 'engine', 'param', 'patch', 'post', 'put', 'render', 'route']

/**
 * @param {string} method
 * @param {any} path
 */
const noRoutes = (method, path) =>
  createError(
    'ERR_INVALID_ARG',
    `rekue.app is no Express app and takes no routes: ${method}(${describe(path)}, …) belongs to an ` +
      "Express app of your own, with rekue.app in it: app.use('/kue', rekue.app)",
    { argument: 'path' }
  )

/** @returns {any} a function `(req, res, next)` with Kue's and Express's methods on it */
function createApp() {
  const settings = new Settings()
  /** @type {Function[]} */
  const before = []
  /** @type {Function[]} */
  const onError = []

  /** @type {(req: any, res: any, next?: (error?: any) => void) => void} */
  const app = (req, res, next) => {
    // Where an error goes that is not for the app to answer.
    const raise =
      onError.length === 0
        ? next
        : (/** @type {any} */ error) => errorThrough(onError, error, req, res, next)
    through(before, req, res, (error) => {
      if (error && raise) return raise(error)
      handle(settings, req, res, { next, raise }, error)
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
    /**
     * Read a setting. Express has a route by this name; here it would never be asked.
     * @param {string} name
     * @param {...any} handlers
     */
    get(name, ...handlers) {
      if (handlers.length === 0) return settings.get(name)
      throw noRoutes('get', name)
    },
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
     * Have handlers called before the app's own, for all of its requests. Those of four parameters are
     * called where one of them fails, and where the app itself does.
     * @param {...Function} handlers `(req, res, next)` or `(error, req, res, next)`
     */
    use(...handlers) {
      for (const handler of handlers.flat()) {
        if (typeof handler === 'string') throw noRoutes('use', handler)
        if (typeof handler !== 'function') {
          throw invalidArg('handler', handler, 'a function (req, res, next)')
        }
        if (handler.length === 4) onError.push(handler)
        else before.push(handler)
      }
      return app
    },

    ...Object.fromEntries(
      ROUTING.map((name) => [
        name,
        (/** @type {any} */ path) => {
          throw noRoutes(name, path)
        }
      ])
    ),

    /**
     * Serve the app alone. Without an `authorize` setting, only to this machine.
     * @param {...any} args as those of Node's `server.listen`
     */
    listen: (...args) => listen(app, settings, args)
  })
}

/** For a handler that fails with nothing: that is no leave to go on. */
const nothingSaid = () => new Error('a handler failed and did not say why')

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
      if (typeof result?.then === 'function') {
        result.then(undefined, (/** @type {any} */ reason) => done(reason || nothingSaid()))
      }
    } catch (thrown) {
      done(thrown || nothingSaid())
    }
  }
  next(undefined)
}

/**
 * @param {Function[]} handlers `(error, req, res, next)`
 * @param {any} error
 * @param {any} req
 * @param {any} res
 * @param {((error: any) => void) | undefined} done where it goes that none of them answers
 */
function errorThrough(handlers, error, req, res, done) {
  let at = 0
  const next = (/** @type {any} */ other) => {
    if (other) error = other
    const handler = handlers[at++]
    if (!handler) return done ? done(error) : goneWrong(res, error)
    try {
      const result = handler(error, req, res, next)
      if (typeof result?.then !== 'function') return
      // It may have called next before, and failed behind that.
      const mine = at
      result.then(undefined, (/** @type {any} */ reason) => at === mine && next(reason))
    } catch (thrown) {
      next(thrown)
    }
  }
  next(undefined)
}

module.exports = { createApp }
