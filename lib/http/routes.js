'use strict'

const json = require('./json')

/**
 * Kue's routes, in Kue's order: the first one that fits is taken. What changes something has a
 * method that no link and no image of a page can send.
 */

/**
 * @typedef {object} Request what a route's function gets
 * @property {any} queue
 * @property {{ get: (name: string) => any }} settings of the app
 * @property {Record<string, string>} params
 * @property {URLSearchParams} query
 * @property {any} body
 *
 * @typedef {{ status: number, body?: any }} Answer
 *
 * @typedef {object} Route
 * @property {string[]} methods
 * @property {RegExp} path
 * @property {(request: Request) => Promise<Answer> | Answer} answer
 * @property {boolean} [takesBody]
 * @property {boolean} [refusesOthers] whether other methods are an error at its path, rather than
 *   somebody else's
 */

const READ = ['GET', 'HEAD']

/** @type {Route[]} */
const routes = [
  route(READ, '/stats', json.stats),
  // For the page: its title.
  route(READ, '/dashboard.json', ({ settings }) => ({
    status: 200,
    body: { title: settings.get('title') }
  })),
  route(READ, '/job/search', json.search),
  route(READ, '/jobs/:from..:to/:order?', json.jobRange),
  route(READ, '/jobs/:type/:state/:from..:to/:order?', json.jobTypeRange),
  route(READ, '/jobs/:type/:state/stats', json.jobTypeStateStats),
  route(READ, '/jobs/:state/:from..:to/:order?', json.jobStateRange),
  // For types that no path holds.
  route(READ, '/jobs/:state/stats', json.jobStateStats),
  route(READ, '/job/types', json.types),
  route(READ, '/job/:id', json.job),
  route(READ, '/job/:id/log', json.log),
  route(['PUT'], '/job/:id/state/:state', json.updateState),
  route(['PUT'], '/job/:id/priority/:priority', json.updatePriority),
  route(['DELETE'], '/job/:id', json.remove),
  { ...route(['POST'], '/job', json.createJob), takesBody: true },
  // A GET in Kue, so that a link to it restarts jobs. Who still sends one is told.
  { ...route(['POST', 'PUT'], '/inactive/:id', json.inactive), refusesOthers: true }
]

/**
 * @param {string[]} methods
 * @param {string} pattern `:name` is a part of the path, `/:name?` one that may be missing
 * @param {Route['answer']} answer
 * @returns {Route}
 */
function route(methods, pattern, answer) {
  const source = pattern
    .replaceAll('.', '\\.')
    .replace(/\/:(\w+)\?/g, '(?:/(?<$1>[^/]+?))?')
    // The first of two in one part has none of the dots between them: where it might, a path of dots
    // would be tried in every way.
    .replace(
      /:(\w+)(\\\.)?/g,
      (_, name, dot = '') => `(?<${name}>${dot ? '[^/.]+' : '[^/]+?'})${dot}`
    )
  // As in Express: letters of any case, and a slash may end it.
  return { methods, path: new RegExp(`^${source}/?$`, 'i'), answer }
}

/**
 * Find what answers a request.
 * @param {string} method
 * @param {string} path
 * @returns {{ route?: Route, params: Record<string, string>, allowed: string[] }} without a route,
 *   `allowed` are the methods that the path takes, if the request was meant for it
 * @throws {URIError} where the path is not well encoded
 */
function find(method, path) {
  /** @type {string[]} */
  const allowed = []
  for (const route of routes) {
    const matched = route.path.exec(path)
    if (!matched) continue
    if (!route.methods.includes(method)) {
      if (route.refusesOthers) allowed.push(...route.methods)
      continue
    }
    /** @type {Record<string, string>} */
    const params = {}
    for (const [name, value] of Object.entries(matched.groups || {})) {
      if (value !== undefined) params[name] = decodeURIComponent(value)
    }
    return { route, params, allowed }
  }
  return { params: {}, allowed }
}

/**
 * @param {string} path
 * @returns {string[]} the methods that it takes
 */
function methodsAt(path) {
  const fitting = routes.filter((route) => route.path.test(path))
  return [...new Set(fitting.flatMap((route) => route.methods))]
}

module.exports = { find, methodsAt }
