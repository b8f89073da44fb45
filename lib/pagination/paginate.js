'use strict'

/**
 * `paginate`: a data set as a resource of an Express 4 or 5 app.
 */

const { createHash } = require('node:crypto')
const { invalidArg } = require('../errors')
const { checkOptions, checkPage, checkSecret, isListOfStrings } = require('./check')
const { Dataset, internals } = require('./dataset')
const { queueLength } = require('./gate')
const { linkAround } = require('./links')
const { readNumber, readParameters } = require('./parameters')
const { Problem, badParameter, sendProblem } = require('./problem')
const { normalQuery } = require('./query')
const { calling, pageJson } = require('./view')

/** @import { PaginationView } from '../native' */

/**
 * @typedef {object} Limits
 * @property {import('./parameters').Style | undefined} style
 * @property {number} defaultPageSize
 * @property {number} maxPageSize
 * @property {Uint8Array | null} cursorSecret
 * @property {string[] | undefined} sortable
 * @property {string[] | undefined} filterable
 * @property {number} maxSortKeys
 * @property {number} maxFilters
 * @property {number} maxFilterLength
 */

const DEFAULTS = {
  style: undefined,
  defaultPageSize: 10,
  maxPageSize: 100,
  cursorSecret: undefined,
  sortable: undefined,
  filterable: undefined,
  maxSortKeys: 4,
  maxFilters: 8,
  maxFilterLength: 256
}

/** With this many queries waiting, a new one is told to come back. */
const MAX_QUEUE = 64

/**
 * @param {unknown} options
 * @returns {Limits}
 */
function readOptions(options) {
  const checked = checkOptions('options', options, DEFAULTS)
  const { style, cursorSecret } = checked
  if (style !== undefined && !['page', 'index', 'cursor'].includes(style)) {
    throw invalidArg('style', style, "'page', 'index', 'cursor' or left out")
  }
  const maxPageSize = checkPage('maxPageSize', checked.maxPageSize, 0)
  const limits = {
    ...checked,
    maxPageSize,
    // Where only the limit is given, and it is below the default, the limit is meant.
    defaultPageSize: Object.hasOwn(/** @type {object} */ (options || {}), 'defaultPageSize')
      ? checkPage('defaultPageSize', checked.defaultPageSize, 0)
      : Math.min(DEFAULTS.defaultPageSize, maxPageSize),
    cursorSecret: checkSecret('cursorSecret', cursorSecret)
  }
  if (limits.defaultPageSize > maxPageSize) {
    throw invalidArg(
      'defaultPageSize',
      limits.defaultPageSize,
      `at most maxPageSize, ${maxPageSize}`
    )
  }
  for (const name of /** @type {const} */ (['maxSortKeys', 'maxFilters', 'maxFilterLength'])) {
    if (!Number.isSafeInteger(limits[name]) || limits[name] < 0) {
      throw invalidArg(name, limits[name], 'a whole number from 0')
    }
  }
  for (const name of /** @type {const} */ (['sortable', 'filterable'])) {
    const list = /** @type {unknown} */ (limits[name])
    if (list !== undefined && !isListOfStrings(list)) {
      throw invalidArg(name, list, 'an array of columns')
    }
  }
  return limits
}

/**
 * @typedef {object} Answer
 * @property {Buffer} body
 * @property {[relation: string, value: string | null | undefined][]} relations null for the page
 *   that needs no value
 */

/**
 * A handler that answers GET and HEAD with a page of `dataset`, and passes other methods on.
 * @param {InstanceType<typeof Dataset>} dataset
 * @param {object} [options]
 * @returns {(req: any, res: any, next: (error?: unknown) => void) => void}
 */
function paginate(dataset, options) {
  const own = internalsOf(dataset)
  const limits = readOptions(options)

  /**
   * @param {any} req
   * @param {any} res
   */
  async function respond(req, res) {
    const state = own.state()
    const asked = readParameters(req, state.columns, limits)
    const etag = etagOf(state.table.state(), req, asked)
    res.setHeader('ETag', etag)
    if (req.fresh) {
      res.statusCode = 304
      res.end()
      return
    }
    const view = await viewOf(own, state, asked)
    const secret = limits.cursorSecret || own.secret()
    const { body, relations } = calling(() => render(view, asked, secret))
    const link = linkHeader(asked, relations)
    if (link) res.append('Link', link)
    res.setHeader('Content-Type', 'application/json; charset=utf-8')
    res.send(body)
  }

  return function pagination(req, res, next) {
    if (req.method !== 'GET' && req.method !== 'HEAD') return next()
    respond(req, res).catch((error) => {
      const problem = problemOf(error)
      if (!res.headersSent) res.removeHeader('ETag') // it is the page's, not the error's
      if (!problem || res.headersSent) return next(error)
      sendProblem(res, problem)
    })
  }
}

/**
 * @param {unknown} dataset
 * @returns {import('./dataset').Internals}
 */
function internalsOf(dataset) {
  const own = dataset instanceof Dataset ? internals.get(dataset) : undefined
  if (!own) throw invalidArg('dataset', dataset, 'a Dataset')
  return own
}

/**
 * What tells this answer from any other, without making it: the data, and all that is asked. Weak,
 * for what compresses the answer on its way may change its bytes.
 * @param {string} data
 * @param {any} req
 * @param {import('./parameters').Asked} asked
 */
function etagOf(data, req, { style, size }) {
  const hash = createHash('sha256')
  hash.update(`${data}\n${style}\n${size}\n${req.originalUrl || req.url}`)
  return `W/"${hash.digest('base64url').slice(0, 27)}"`
}

/**
 * @param {import('./dataset').Internals} own
 * @param {import('./dataset').State} state
 * @param {import('./parameters').Asked} asked
 * @returns {Promise<PaginationView>}
 */
async function viewOf(own, state, { filter, sort, select, style }) {
  if (style === 'index' && sort.length > 0) {
    const detail = 'sort does not go with index: an index counts rows as the data has them'
    throw badParameter('sort', 'ERR_INVALID_ARG', detail)
  }
  const text = JSON.stringify(normalQuery({ filter, sort }, state.columns))
  if (!state.orders.has(text) && queueLength() >= MAX_QUEUE) {
    throw new Problem(503, 'Too many queries are being answered', { retryAfter: 1 })
  }
  const order = await own.order(state, text)
  return select ? calling(() => order.select([...new Set(select)])) : order
}

/**
 * @param {PaginationView} view
 * @param {import('./parameters').Asked} asked
 * @param {Uint8Array | null} secret
 * @returns {Answer}
 */
function render(view, { style, place, size, parts }, secret) {
  const { before, after } = linkAround(parts, style)
  if (style === 'cursor') {
    const page = view.afterJson(place || null, size, secret, before, after)
    return { body: page.body, relations: relationsOf(null, page) }
  }
  if (style === 'index') {
    const index = place === undefined ? 0 : readIndex(place)
    const page = view.indexJson(index, size, before, after)
    return { body: page.body, relations: relationsOf('0', page) }
  }
  const pages = Math.ceil(view.length() / size)
  const last = Math.max(pages, 1)
  const page =
    place === undefined ? 1 : place === 'last' ? last : readNumber('page', place, { minimum: 1 })
  return {
    body: pageJson(view, page, size, before, after),
    relations: [
      ['first', '1'],
      ['prev', page > 1 ? String(page - 1) : undefined],
      ['next', page < pages ? String(page + 1) : undefined],
      ['last', String(last)]
    ]
  }
}

/** @param {string} text */
function readIndex(text) {
  return readNumber('index', text, { minimum: 0 }, 'ERR_INDEX_OUT_OF_RANGE')
}

/**
 * @param {string | null} first
 * @param {{ next?: string, previous?: string, last?: string }} page
 * @returns {Answer['relations']}
 */
function relationsOf(first, { next, previous, last }) {
  return [
    ['first', first],
    ['prev', previous],
    ['next', next],
    ['last', last]
  ]
}

/**
 * The addresses of the pages beside this one (RFC 8288).
 * @param {import('./parameters').Asked} asked
 * @param {Answer['relations']} relations
 */
function linkHeader({ parts, style }, relations) {
  const { before, after } = linkAround(parts, style)
  const links = []
  for (const [relation, value] of relations) {
    if (value === undefined) continue
    // The first page of a walk by cursor is the one without a cursor.
    const url = value === null ? withoutPlace(parts, style) : before + value + after
    links.push(`<${url}>; rel="${relation}"`)
  }
  return links.join(', ')
}

/**
 * @param {import('./links').Parts} parts
 * @param {string} place
 */
function withoutPlace({ path, query }, place) {
  const rest = query.filter((piece) => piece !== place && !piece.startsWith(`${place}=`))
  // With the parameter left empty, so that the style is still told by it.
  return `${path}?${[...rest, `${place}=`].join('&')}`
}

/**
 * The answer to an error that is the client's doing; undefined for any other.
 * @param {any} error
 * @returns {InstanceType<typeof Problem> | undefined}
 */
function problemOf(error) {
  if (error instanceof Problem) return error
  const { code, message } = error || {}
  switch (code) {
    case 'ERR_INVALID_CURSOR':
      return badParameter('cursor', code, message)
    case 'ERR_STALE_CURSOR':
      return new Problem(410, message, { code, parameter: 'cursor' })
    case 'ERR_INDEX_OUT_OF_RANGE':
      return badParameter('index', code, message, { minimum: 0, maximum: error.last ?? 0 })
    case 'ERR_INVALID_PAGE':
      return badParameter('page_size', code, message)
    default:
      return undefined
  }
}

module.exports = { paginate }
