'use strict'

/**
 * `View`: the rows of a query of a data set, page by page.
 */

const { createError, fromNative, invalidArg } = require('../errors')
const { DEFAULT_PAGE, DEFAULT_PAGE_SIZE, checkOptions, checkPage } = require('./check')
const { linkAround, safeUrl, split } = require('./links')

/** @import { PaginationView } from '../native' */

const PAGE_DEFAULTS = { page: DEFAULT_PAGE, pageSize: DEFAULT_PAGE_SIZE, baseUrl: undefined }
const AFTER_DEFAULTS = { cursor: undefined, limit: DEFAULT_PAGE_SIZE }

/** Only this library makes data sets and views. */
const OWN = Symbol('own')

/**
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
function calling(work) {
  try {
    return work()
  } catch (error) {
    throw fromNative(error)
  }
}

/**
 * Check `{ page, pageSize, baseUrl }`.
 * @param {unknown} query
 * @returns {[page: number, pageSize: number, before: string, after: string]}
 */
function pageArguments(query) {
  const { page, pageSize, baseUrl } = checkOptions('query', query, PAGE_DEFAULTS)
  const number = checkPage('page', page, DEFAULT_PAGE)
  const size = checkPage('pageSize', pageSize, DEFAULT_PAGE_SIZE)
  if (baseUrl === undefined) return [number, size, '?page=', `&page_size=${size}`]
  if (typeof baseUrl !== 'string') throw invalidArg('baseUrl', baseUrl, 'a string')
  const { before, after } = linkAround(split(safeUrl(baseUrl)), 'page', { page_size: size })
  return [number, size, before, after]
}

/** Where pages are written before they are copied out, each thread of JavaScript its own. */
const scratch = new Uint8Array(32 * 1024)

/**
 * A page as JSON, in a Buffer of its own. Small pages share the slabs that Node cuts small Buffers
 * from.
 * @param {PaginationView} view
 * @param {number} page
 * @param {number} size
 * @param {string} before
 * @param {string} after
 * @returns {Buffer}
 */
function pageJson(view, page, size, before, after) {
  // Many rows surely do not fit: render them once, where they stay.
  if (size > 256) return view.pageJson(page, size, before, after)
  const length = view.pageJsonInto(scratch, page, size, before, after)
  if (length > scratch.length) return view.pageJson(page, size, before, after)
  return Buffer.from(scratch.subarray(0, length))
}

/** The rows of a query, in its order. Made by `dataset.query()`. */
class View {
  /** @type {PaginationView} */ #native
  /** @type {Uint8Array | null} */ #secret

  /**
   * @param {symbol} own
   * @param {PaginationView} view
   * @param {Uint8Array | null} secret
   */
  constructor(own, view, secret) {
    if (own !== OWN) throw createError('ERR_INVALID_ARG', 'A View is made by dataset.query()')
    this.#native = view
    this.#secret = secret
  }

  /** Rows that are left. */
  get length() {
    return this.#native.length()
  }

  /**
   * A page of rows as arrays; `[]` past the end.
   * @param {number} [page] counted from 1
   * @param {number} [pageSize]
   * @returns {string[][]}
   */
  getPage(page, pageSize) {
    const number = checkPage('page', page, DEFAULT_PAGE)
    const size = checkPage('pageSize', pageSize, DEFAULT_PAGE_SIZE)
    return calling(() => JSON.parse(this.#native.getPage(number, size)))
  }

  /**
   * A page of rows as objects, and the addresses of the pages beside it.
   * @param {{ page?: number, pageSize?: number, baseUrl?: string }} [query]
   */
  page(query) {
    const [page, size, before, after] = pageArguments(query)
    return calling(() => JSON.parse(this.#native.page(page, size, before, after)))
  }

  /**
   * What `page` gives, as UTF-8 JSON.
   * @param {{ page?: number, pageSize?: number, baseUrl?: string }} [query]
   * @returns {Buffer}
   */
  pageJson(query) {
    const [page, size, before, after] = pageArguments(query)
    return calling(() => pageJson(this.#native, page, size, before, after))
  }

  /**
   * Rows from a cursor on; from the start without one.
   * @param {{ cursor?: string | null, limit?: number }} [query]
   */
  after(query) {
    const { cursor, limit } = checkOptions('query', query, AFTER_DEFAULTS)
    const size = checkPage('limit', limit, DEFAULT_PAGE_SIZE)
    const text = checkCursor(cursor)
    return calling(() => JSON.parse(this.#native.after(text, size, this.#secret)))
  }
}

/**
 * @param {unknown} cursor
 * @returns {string | null}
 */
function checkCursor(cursor) {
  if (cursor === undefined || cursor === null) return null
  if (typeof cursor !== 'string') throw invalidArg('cursor', cursor, 'a string or null')
  return cursor
}

module.exports = { View, OWN, calling, pageJson }
