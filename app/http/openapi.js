'use strict'

/**
 * The OpenAPI description, made from the routes themselves: from the same schemas that validate
 * requests, and that the tests hold answers against.
 */

const { z } = require('zod')
const { STATUS } = require('./problems')
const { version } = require('../package.json')

/** A problem (RFC 9457). */
const ProblemBody = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  errors: z
    .array(
      z.strictObject({
        in: z.string().optional(),
        name: z.string(),
        reason: z.string().optional()
      })
    )
    .optional()
})

const STREAM = 'text/event-stream'

const TAGS = [
  { name: 'names', description: 'The data set, a page at a time' },
  { name: 'exercises', description: 'The routes of the original exercises, with their bodies' },
  { name: 'notifications', description: 'Jobs, and their progress' },
  { name: 'operations', description: 'What operators and their machines ask' }
]

/**
 * @param {import('zod').ZodType} schema
 * @param {'input' | 'output'} io
 */
function jsonSchema(schema, io) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}

/**
 * @param {Record<string, any>} shape
 * @param {'path' | 'query'} place
 */
function parametersOf(shape, place) {
  return Object.entries(shape).map(([name, schema]) => {
    const optional = place === 'query' && schema.isOptional?.()
    return { name, in: place, required: !optional, schema: parameterSchema(schema) }
  })
}

/** What a parameter is, where zod sees text because that is what a URL has. @param {any} schema */
function parameterSchema(schema) {
  for (let inner = schema; inner; inner = inner.def?.innerType) {
    const described = inner.meta?.()?.openapi
    if (described) return described
  }
  return jsonSchema(schema, 'input')
}

/** @param {import('./router').Answer} answer */
function answerOf({ description, json, types = [], headers = {} }) {
  const content = Object.fromEntries(
    // A stream has no schema here: OpenAPI 3.1 has words for the whole of it only, not for an event.
    types.map((type) => [type, type === STREAM ? {} : { schema: { type: 'string' } }])
  )
  if (json) content['application/json'] = { schema: jsonSchema(json, 'output') }
  return {
    description,
    ...(Object.keys(content).length > 0 ? { content } : {}),
    ...(Object.keys(headers).length > 0
      ? {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [
              name,
              { description: text, schema: { type: 'string' } }
            ])
          )
        }
      : {})
  }
}

/** @param {import('./router').Route} route */
function operationOf({
  summary,
  tag,
  params,
  query,
  queryShape,
  queryExtra = [],
  body,
  example,
  ...route
}) {
  const problems = new Set(/** @type {string[]} */ (route.problems || []))
  problems.add('rate-limited').add('internal')
  if (params || query || body) problems.add('invalid-request')
  /** @type {Record<string, any>} */
  const responses = Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer)])
  )
  for (const type of problems) {
    const status = STATUS[/** @type {keyof typeof STATUS} */ (type)]
    responses[status] ??= { $ref: `#/components/responses/problem${status}` }
  }
  const parameters = [
    ...parametersOf(params ? /** @type {any} */ (params).shape : {}, 'path'),
    ...parametersOf(queryShape || {}, 'query'),
    ...queryExtra
  ]
  return {
    summary,
    tags: [tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body, 'input'), example } }
          }
        }
      : {}),
    responses
  }
}

/** @param {string} path Express's @returns {string} OpenAPI's */
const pathTemplate = (path) => path.replace(/:(\w+)/g, '{$1}')

/** @param {import('./router').Route[]} routes */
function describeService(routes) {
  /** @type {Record<string, any>} */
  const paths = {}
  for (const route of routes) {
    paths[pathTemplate(route.path)] ??= {}
    paths[pathTemplate(route.path)][route.method] = operationOf(route)
  }
  const problem = {
    content: { 'application/problem+json': { schema: jsonSchema(ProblemBody, 'output') } }
  }
  const responses = Object.fromEntries(
    [...new Set(Object.values(STATUS))].map((status) => {
      const types = Object.entries(STATUS).filter(([, each]) => each === status)
      const description = types.map(([type]) => type).join(', ')
      return [`problem${status}`, { description, ...problem }]
    })
  )
  return {
    openapi: '3.1.0',
    info: {
      title: 'rekue app',
      version,
      description:
        'Every request may carry locale and timezone in its query, or Accept-Language. Errors are problems (RFC 9457). Kue’s JSON API is under /kue.',
      license: { name: 'MIT', identifier: 'MIT' }
    },
    tags: TAGS,
    paths,
    components: { responses }
  }
}

module.exports = { describeService, ProblemBody }
