'use strict'

/**
 * `Dataset`: a CSV file, or rows in memory, page by page.
 */

const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { getSystemErrorName } = require('node:util')
const { createError, fromNative, invalidArg } = require('../errors')
const native = require('../native')
const {
  DEFAULT_PAGE,
  DEFAULT_PAGE_SIZE,
  checkIndex,
  checkOptions,
  checkPage,
  checkSecret
} = require('./check')
const { throughGate } = require('./gate')
const { normalQuery, normalSelect } = require('./query')
const { csvText } = require('./text')
const { View, OWN, calling } = require('./view')

/** @import { PaginationTable, PaginationView } from '../native' */
/** @typedef {InstanceType<typeof View>} Rows */
/** @typedef {{ page?: number, pageSize?: number, baseUrl?: string }} PageQuery */

const OPEN_DEFAULTS = {
  delimiter: ',',
  header: true,
  /** The same as in src/pagination/dialect.rs, which says why. */
  maxRecordBytes: 1024 * 1024,
  /** false: none; true: beside the file, its name with `.rekue-index` behind; or a path */
  sidecar: false,
  /** Columns and orders of past queries, for the next: two thirds of it and one third. */
  cacheBytes: 96 * 1024 * 1024,
  /** Read columns before the first query that wants them, where all fit the cache. */
  readAhead: true,
  cursorSecret: undefined
}

/** What keeping an order costs beside its rows, about: small ones must not be kept without end. */
const ORDER_OVERHEAD_BYTES = 1024

const QUERY_DEFAULTS = { filter: undefined, sort: undefined, select: undefined }

/** The query that asks for everything needs no work. */
const NO_QUERY = JSON.stringify(normalQuery({}, []))

/**
 * One version of the data, and what queries of it have found.
 * @typedef {{ table: PaginationTable, columns: readonly string[], all: PaginationView, orders: Map<string, Promise<PaginationView>>, bytes: Map<string, number> }} State
 */

/** @param {PaginationTable} table */
function newState(table) {
  const columns = Object.freeze(table.columns())
  return { table, columns, all: table.view(), orders: new Map(), bytes: new Map() }
}

/** What `paginate` needs of a data set and users do not. @type {WeakMap<Dataset, Internals>} */
const internals = new WeakMap()

/**
 * @typedef {object} Internals
 * @property {() => State} state
 * @property {(state: State, text: string) => Promise<PaginationView>} order
 * @property {() => Uint8Array | null} secret
 */

/** A CSV file, or rows in memory, that gives any page at once. */
class Dataset {
  /** @type {State} */ #state
  /** @type {(() => Promise<PaginationTable>) | null} */ #open
  /** @type {Promise<void> | null} */ #reloading = null
  /** @type {Uint8Array | null} */ #secret
  /** @type {number} */ #orderBytes
  /** @type {Rows} */ #view
  #closed = false

  /**
   * @param {symbol} own
   * @param {PaginationTable} table
   * @param {(() => Promise<PaginationTable>) | null} open
   * @param {{ secret: Uint8Array | null, orderBytes: number }} options
   */
  constructor(own, table, open, options) {
    if (own !== OWN) {
      throw createError(
        'ERR_INVALID_ARG',
        'Use Dataset.open(path) or Dataset.fromRows(columns, rows)'
      )
    }
    this.#open = open
    this.#secret = options.secret
    this.#orderBytes = options.orderBytes
    this.#state = newState(table)
    this.#view = new View(OWN, this.#state.all, options.secret)
    internals.set(this, {
      state: () => this.#usable(),
      order: (state, text) => this.#order(state, text),
      secret: () => this.#secret
    })
  }

  /**
   * Index a file, off the event loop. Its rows stay in it and are read when asked for.
   * @param {string | URL} file
   * @param {{ delimiter?: string, header?: boolean, maxRecordBytes?: number, sidecar?: boolean | string, cacheBytes?: number, readAhead?: boolean, cursorSecret?: string | Uint8Array }} [options]
   * @returns {Promise<Dataset>}
   */
  static async open(file, options) {
    const checked = checkOptions('options', options, OPEN_DEFAULTS)
    const { delimiter, header, maxRecordBytes, sidecar, cacheBytes, readAhead, cursorSecret } =
      checked
    const name = nameOf(file)
    if (typeof delimiter !== 'string') throw invalidArg('delimiter', delimiter, 'a string')
    for (const [key, value] of Object.entries({ header, readAhead })) {
      if (typeof value !== 'boolean') throw invalidArg(key, value, 'true or false')
    }
    for (const [key, value] of Object.entries({ maxRecordBytes, cacheBytes })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw invalidArg(key, value, 'a whole number of bytes from 1')
      }
    }
    if (typeof sidecar !== 'boolean' && typeof sidecar !== 'string') {
      throw invalidArg('sidecar', sidecar, 'true, false or a path')
    }
    const secret = checkSecret('cursorSecret', cursorSecret)
    // A later chdir must not make reload() read another file.
    const absolute = path.resolve(name)
    const settings = {
      delimiter,
      header,
      maxRecordBytes,
      columnCacheBytes: Math.floor((cacheBytes * 2) / 3),
      readAhead,
      sidecar: sidecar === true ? `${absolute}.rekue-index` : sidecar || undefined
    }
    const open = async () => {
      try {
        return /** @type {PaginationTable} */ (await native.paginationOpen(absolute, settings))
      } catch (error) {
        throw naming(name, fromNative(error))
      }
    }
    const orderBytes = Math.floor(cacheBytes / 3)
    return new Dataset(OWN, await open(), open, { secret, orderBytes })
  }

  /**
   * A data set of rows that are in memory; each field is kept as its text.
   * @param {string[]} columns
   * @param {unknown[][]} rows each as long as `columns`; null and undefined are empty fields
   * @returns {Dataset}
   */
  static fromRows(columns, rows) {
    const { cacheBytes } = OPEN_DEFAULTS
    const text = csvText(columns, rows)
    const table = calling(() => native.paginationFromText(text, (cacheBytes * 2) / 3))
    return new Dataset(OWN, table, null, { secret: null, orderBytes: cacheBytes / 3 })
  }

  /** The columns' names; a name that stands twice has a number behind it the second time. */
  get columns() {
    return [...this.#state.columns]
  }

  /** Rows that are left. */
  get length() {
    return this.#state.all.length()
  }

  /** The same for the same content read in the same way, anywhere; another after a change. */
  get version() {
    return this.#state.table.version()
  }

  /** Bytes of memory that the row index takes. */
  get indexBytes() {
    return this.#state.table.indexBytes()
  }

  /**
   * A page of rows as arrays; `[]` past the end.
   * @param {number} [page] counted from 1
   * @param {number} [pageSize]
   */
  getPage(page, pageSize) {
    this.#usable()
    return this.#view.getPage(page, pageSize)
  }

  /**
   * A page of rows as arrays, and where it stands.
   * @param {number} [page] counted from 1
   * @param {number} [pageSize]
   * @returns {{ page_size: number, page: number, data: string[][], next_page: number | null, prev_page: number | null, total_pages: number }}
   */
  getHyper(page, pageSize) {
    const number = checkPage('page', page, DEFAULT_PAGE)
    const size = checkPage('pageSize', pageSize, DEFAULT_PAGE_SIZE)
    const { all } = this.#usable()
    return calling(() => JSON.parse(all.getHyper(number, size)))
  }

  /**
   * Rows as arrays from an index on, and the index to go on with. Deletions move no index.
   * @param {number} [index] from 0 to the last row that is left
   * @param {number} [pageSize]
   * @returns {{ index: number, next_index: number | null, page_size: number, data: string[][] }}
   */
  getHyperIndex(index = 0, pageSize) {
    const { all, table } = this.#usable()
    const size = checkPage('pageSize', pageSize, DEFAULT_PAGE_SIZE)
    const start = checkIndex(index, table.rows())
    return calling(() => JSON.parse(all.getHyperIndex(start, size)))
  }

  /**
   * Delete a row from this data set (the file keeps it). The others keep their index.
   * @param {number} index
   * @returns {boolean} whether it was there
   */
  delete(index) {
    const { table } = this.#usable()
    const row = checkIndex(index, table.rows())
    return calling(() => table.delete(row))
  }

  /**
   * A page of rows as objects, and the addresses of the pages beside it.
   * @param {PageQuery} [query]
   */
  page(query) {
    this.#usable()
    return this.#view.page(query)
  }

  /**
   * What `page` gives, as UTF-8 JSON.
   * @param {PageQuery} [query]
   */
  pageJson(query) {
    this.#usable()
    return this.#view.pageJson(query)
  }

  /**
   * Rows from a cursor on; from the start without one.
   * @param {{ cursor?: string | null, limit?: number }} [query]
   */
  after(query) {
    this.#usable()
    return this.#view.after(query)
  }

  /**
   * The rows that pass a filter, in an order, with some columns. Found off the event loop, and
   * kept for the next time.
   * @param {{ filter?: object, sort?: string | string[], select?: string[] }} [query]
   * @returns {Promise<Rows>}
   */
  async query(query) {
    const state = this.#usable()
    const { filter, sort, select } = checkOptions('query', query, QUERY_DEFAULTS)
    const text = JSON.stringify(normalQuery({ filter, sort }, state.columns))
    const columns = normalSelect(select, state.columns)
    const order = await this.#order(state, text)
    const view = columns ? calling(() => order.select(columns)) : order
    return new View(OWN, view, this.#secret)
  }

  /**
   * Read the file anew, off the event loop. Until that is done, and if it fails, everything goes
   * on with the version before; then every row of the new one is there, with none deleted.
   * Views keep to the version that they were made of.
   * @returns {Promise<void>}
   */
  reload() {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = null
    })
    return this.#reloading
  }

  async #reload() {
    const state = this.#usable()
    const table = this.#open ? await this.#open() : state.table.revived()
    if (this.#closed) {
      table.close()
      throw closedError()
    }
    state.table.retire()
    this.#state = newState(table)
    this.#view = new View(OWN, this.#state.all, this.#secret)
  }

  /** Let go of the file. Every later read fails with ERR_DATASET_CLOSED. */
  close() {
    this.#closed = true
    this.#state.table.close()
    this.#state.orders.clear()
    this.#state.bytes.clear()
  }

  #usable() {
    if (this.#closed) throw closedError()
    return this.#state
  }

  /**
   * The order that a query's text asks for; the same while it is kept.
   * @param {State} state
   * @param {string} text
   * @returns {Promise<PaginationView>}
   */
  async #order(state, text) {
    if (text === NO_QUERY) return state.all
    const { orders, bytes } = state
    const order = orders.get(text) || this.#newOrder(state, text)
    orders.delete(text)
    orders.set(text, order) // the most recently used last
    const view = await order
    if (orders.get(text) === order)
      bytes.set(text, view.bytes() + text.length + ORDER_OVERHEAD_BYTES)
    let total = 0
    for (const size of bytes.values()) total += size
    for (const [oldest] of orders) {
      if (total <= this.#orderBytes) break
      total -= bytes.get(oldest) || 0
      orders.delete(oldest)
      bytes.delete(oldest)
    }
    return view
  }

  /**
   * @param {State} state
   * @param {string} text
   * @returns {Promise<PaginationView>}
   */
  async #newOrder({ table, orders }, text) {
    try {
      return /** @type {PaginationView} */ (await throughGate(() => table.query(text)))
    } catch (error) {
      orders.delete(text)
      throw fromNative(error)
    }
  }
}

/**
 * @param {unknown} file
 * @returns {string}
 */
function nameOf(file) {
  let name = file
  try {
    if (file instanceof URL) name = fileURLToPath(file)
  } catch {
    // A URL of another scheme or another host, which is no name.
  }
  if (typeof name === 'string' && name !== '' && !name.includes('\0')) return name
  const given = file instanceof URL ? file.href : file
  throw invalidArg('path', given, 'a non-empty string or a file: URL')
}

/**
 * The error for a file that cannot be opened, with its name as the caller gave it and the code that
 * Node has for what the system said. Errors of later reads do without: they may end at a client.
 * @param {string} name
 * @param {any} error
 */
function naming(name, error) {
  const { code, reason, line, offset } = error
  if (code !== 'ERR_CSV' || reason !== 'read') return error
  const message = error.message
    .replace(/^The data set/, () => `The data set ${JSON.stringify(name)}`)
    .replace(/: ([^:]*) \(os error (\d+)\)$/, (whole, why, number) =>
      process.platform === 'win32' ? whole : `: ${getSystemErrorName(-number)}, ${why}`
    )
  return createError(code, message, { reason, line, offset })
}

function closedError() {
  return createError('ERR_DATASET_CLOSED', 'The data set is closed')
}

module.exports = { Dataset, internals }
