'use strict'

/**
 * Routes as data: what a route takes and gives stands beside its handler, and is used three times:
 * to validate requests, to describe the service (openapi.js), and by the tests to check answers.
 */

const { Problem } = require('./problems')
const { validate } = require('./validation')

/**
 * @typedef {object} Answer
 * @property {string} description
 * @property {import('zod').ZodType} [json]
 * @property {string[]} [types] other media types, where the answer is not or not only JSON
 * @property {Record<string, string>} [headers] and what they say
 */

/**
 * @typedef {object} Route
 * @property {'get' | 'post'} method
 * @property {string} path
 * @property {string} summary
 * @property {string} tag
 * @property {boolean} [acts] a GET that changes something, as the exercises have it: no HEAD
 * @property {import('zod').ZodType} [params]
 * @property {import('zod').ZodType} [query]
 * @property {Record<string, import('zod').ZodType>} [queryShape] the parameters one by one, where
 *   `query` is more than an object of them
 * @property {object[]} [queryExtra] parameters that only OpenAPI has words for
 * @property {import('zod').ZodType} [body]
 * @property {unknown} [example] of the body
 * @property {Record<number, Answer>} answers
 * @property {import('./problems').ProblemType[]} [problems] beside those that any route has
 * @property {(req: any, res: import('express').Response) => unknown} handler
 */

/**
 * @param {import('express').Express} app
 * @param {Route[]} routes
 */
function mountRoutes(app, routes) {
  /** @type {Map<string, Set<string>>} */
  const methods = new Map()
  for (const { method, path, params, query, body, acts, handler } of routes) {
    const schemas = Object.fromEntries(
      Object.entries({ params, query, body }).filter(([, schema]) => schema)
    )
    app[method](path, ...(acts ? [refuseHead] : []), validate(schemas), handler)
    const known = methods.get(path) || new Set(['OPTIONS'])
    known.add(method.toUpperCase())
    if (method === 'get' && !acts) known.add('HEAD')
    methods.set(path, known)
  }
  for (const [path, known] of methods) {
    app.route(path).all(refuseOthers([...known].sort().join(', ')))
  }
}

/** Express answers HEAD with the handler of GET, which here would do what GET does. */
function refuseHead(req, _res, next) {
  next(req.method === 'HEAD' ? 'route' : undefined)
}

/** @param {string} allow @returns {import('express').RequestHandler} */
function refuseOthers(allow) {
  return (req, res, next) => {
    res.set('Allow', allow)
    if (req.method === 'OPTIONS') return void res.status(204).end()
    next(new Problem('method-not-allowed'))
  }
}

module.exports = { mountRoutes }
