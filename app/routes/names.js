'use strict'

/**
 * The flow of the whole system: language and zone detected, cache looked up, on a miss the data
 * queried and the page rendered and stored, a view queued for the analytics, and the answer.
 */

const { createHash } = require('node:crypto')
const { z } = require('zod')
const { Problem } = require('../http/problems')
const { pageAsHtml } = require('../names/html')
const { makePage } = require('../names/page')
const { namesQuery, parameters } = require('../names/query')

const Row = z.record(z.string(), z.string())
const Url = z.string().nullable()

const Page = z.strictObject({
  data: z.array(Row),
  page: z.int().optional(),
  index: z.int().optional(),
  next_index: z.int().nullable().optional(),
  next_cursor: z.string().nullable().optional(),
  prev_cursor: z.string().nullable().optional(),
  has_more: z.boolean().optional(),
  page_size: z.int(),
  total: z.int(),
  total_pages: z.int().optional(),
  next_url: Url,
  prev_url: Url,
  links: z.record(z.string(), Url),
  locale: z.string(),
  timezone: z.string(),
  labels: Row,
  display: z.array(Row),
  text: z.strictObject({
    title: z.string(),
    total: z.string(),
    place: z.string(),
    generated_at: z.string()
  })
})

/** OpenAPI's words for `filter[Gender]=MALE&filter[Count][gte]=100`. */
const FILTER_PARAMETER = {
  name: 'filter',
  in: 'query',
  style: 'deepObject',
  explode: true,
  description:
    'filter[column]=value or filter[column][operator]=value; operators: eq, ne, gt, gte, lt, lte, in, contains',
  schema: {
    type: 'object',
    properties: {
      Gender: { type: 'string', enum: ['FEMALE', 'MALE'] },
      Count: { type: 'integer' }
    },
    additionalProperties: false
  }
}

const TYPES = { json: 'application/json; charset=utf-8', html: 'text/html; charset=utf-8' }

/** @param {import('../service').Parts} parts @returns {import('../http/router').Route[]} */
function namesRoutes({ cache, i18n, names, recordView }) {
  const { dataset } = names

  /**
   * A page as it is stored: text, and what its headers say.
   * @param {import('../names/query').NamesQuery} query
   * @param {import('../names/page').Reader} reader
   * @param {'json' | 'html'} representation
   */
  async function render(query, reader, representation) {
    const page = await makePage(dataset, query, reader)
    const body = representation === 'json' ? JSON.stringify(page) : pageAsHtml(page, query, reader)
    const link = Object.entries(page.links)
      .filter(([relation, path]) => relation !== 'self' && path !== null)
      .map(([relation, path]) => `<${path}>; rel="${relation}"`)
    return { body, link: link.join(', '), etag: `W/"${digest(body)}"` }
  }

  return [
    {
      method: 'get',
      path: '/names',
      tag: 'names',
      summary: 'A page of names: filtered, sorted, in the words of the reader’s language',
      query: namesQuery(() => dataset.columns),
      queryShape: parameters.shape,
      queryExtra: [FILTER_PARAMETER],
      answers: {
        200: {
          description: 'The page; past the end an empty one',
          json: Page,
          types: ['text/html'],
          headers: {
            'X-Cache': 'hit or miss',
            Link: 'the pages beside this one',
            ETag: 'of the page'
          }
        },
        304: { description: 'The client has it' }
      },
      problems: ['not-acceptable', 'cursor-expired', 'unavailable'],
      async handler(req, res) {
        const startedAt = performance.now()
        const query = req.valid.query
        const representation = req.accepts(['json', 'html'])
        if (!representation) throw new Problem('not-acceptable')
        const reader = { i18n, locale: req.locale, timeZone: req.timeZone }
        // The version of the data is in it: pages of another one are never found.
        const key = digest(
          JSON.stringify([
            ...['/names', dataset.version, query],
            ...[reader.locale, reader.timeZone, representation]
          ])
        )
        const { value, hit } = await cache.fetch(key, () => render(query, reader, representation))
        res.set({
          'Content-Type': TYPES[representation],
          'Cache-Control': 'private, no-cache',
          'X-Cache': hit ? 'hit' : 'miss',
          ETag: value.etag,
          Link: value.link
        })
        res.vary('Accept')
        if (req.fresh) res.status(304).end()
        else res.send(value.body)
        recordView({
          route: '/names',
          locale: reader.locale,
          cache: hit ? 'hit' : 'miss',
          representation,
          ms: performance.now() - startedAt
        })
      }
    }
  ]
}

/** @param {string} text */
function digest(text) {
  return createHash('sha256').update(text).digest('base64url').slice(0, 27)
}

module.exports = { namesRoutes }
