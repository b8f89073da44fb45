'use strict'

/**
 * Validation (zod): each route declares what it takes, and its handler finds in `req.valid` what
 * was read from it. The same schemas make the OpenAPI description, so the two cannot differ.
 */

const { z } = require('zod')
const { Problem } = require('./problems')

/** zod's own texts, by our locales. */
const MESSAGES = new Map(
  Object.entries({ en: z.locales.en, fr: z.locales.fr, es: z.locales.es, ar: z.locales.ar }).map(
    ([locale, texts]) => [locale, texts().localeError]
  )
)

/**
 * @param {{ params?: import('zod').ZodType, query?: import('zod').ZodType, body?: import('zod').ZodType }} schemas
 * @returns {import('express').RequestHandler}
 */
function validate(schemas) {
  const parts = /** @type {('params' | 'query' | 'body')[]} */ (Object.keys(schemas))
  return (req, _res, next) => {
    const error = MESSAGES.get(/** @type {any} */ (req).locale)
    /** @type {Record<string, unknown>} */
    const valid = {}
    /** @type {object[]} */
    const errors = []
    for (const part of parts) {
      const read = /** @type {import('zod').ZodType} */ (schemas[part]).safeParse(req[part], {
        error
      })
      if (read.success) valid[part] = read.data
      else errors.push(...read.error.issues.map((issue) => describe(part, issue, req)))
    }
    if (errors.length > 0) return next(new Problem('invalid-request', { errors }))
    Object.assign(req, { valid })
    next()
  }
}

/**
 * @param {string} part
 * @param {any} issue of zod's, or of our own: with the id of a message and what goes into it
 * @param {any} req
 */
function describe(part, { path, message, params }, req) {
  return { in: part, name: path.join('.'), reason: params?.id ? req.t(params.id, params) : message }
}

module.exports = { validate }
