// The public types of rekue/pagination, written by hand.

/// <reference types="node" />

/**
 * Where a page starts and ends in a list: `[(page - 1) * pageSize, page * pageSize]`. As in the
 * original exercise, nothing is checked.
 * @param page counted from 1
 */
export function indexRange(page: number, pageSize: number): [start: number, end: number]

/** A row as an object: its fields by column, all of them strings. */
export type Row = Record<string, string>

/** A value that a field is compared with. */
export type Scalar = string | number | bigint | boolean

/**
 * What a field has to be. A plain value stands for `{ eq: value }`; several operators must all
 * hold. A column of which every value is a decimal number compares as numbers, exactly up to 18
 * digits (as many behind the point counted as the value with the most has); any other by code
 * point. A number is never equal to, less or more than an operand that is none.
 */
export type Condition =
  | Scalar
  | {
      eq?: Scalar
      ne?: Scalar
      gt?: Scalar
      gte?: Scalar
      lt?: Scalar
      lte?: Scalar
      in?: Scalar[]
      /** Part of the field's text, in the same case. */
      contains?: Scalar
    }

export interface Query {
  /** Conditions by column; a row must pass all of them. */
  filter?: Record<string, Condition>
  /**
   * Columns, the first deciding first, each with `-` before it to descend: `'-Count,Rank'`. An
   * array where a column has a comma in its name. Equal rows stay in their order.
   */
  sort?: string | string[]
  /** The columns to give, in this order; all by default. */
  select?: string[]
}

export interface PageQuery {
  /** Counted from 1. Default 1. */
  page?: number
  /** Rows on a page. Default 10. */
  pageSize?: number
  /**
   * What `next_url` and `prev_url` are made from: its `page` and `page_size` are given anew, its
   * other parameters and its fragment kept. Default: a reference of a query alone, `?page=2&…`.
   */
  baseUrl?: string
}

export interface Page {
  /** Empty past the end. */
  data: Row[]
  /** As asked for. */
  page: number
  /** As asked for. */
  page_size: number
  /** Rows in all. */
  total: number
  total_pages: number
  /** `null` on the last page and past it. */
  next_url: string | null
  /** `null` on the first page. */
  prev_url: string | null
}

export interface CursorQuery {
  /** From an earlier page; left out or `null` for the first page. */
  cursor?: string | null
  /** Rows on a page. Default 10. */
  limit?: number
}

export interface CursorPage {
  data: Row[]
  /** Leads to the rows behind these; `null` where there are none. */
  next_cursor: string | null
  /** Leads to the rows before these; `null` where there are none. */
  prev_cursor: string | null
  /** Whether there are rows behind these. */
  has_more: boolean
}

export interface Hyper {
  /** Rows on this page: fewer than asked for on the last, 0 past the end. */
  page_size: number
  page: number
  data: string[][]
  next_page: number | null
  prev_page: number | null
  total_pages: number
}

export interface HyperIndex {
  /** As asked for. */
  index: number
  /** The next row that is left; `null` where there is none. */
  next_index: number | null
  /** Rows on this page. */
  page_size: number
  data: string[][]
}

/**
 * The rows of a query in its order, made by {@link Dataset.query}. It belongs to the version of the
 * data that it was made of, also after a `reload()`. Rows deleted from that version leave it.
 */
export class View {
  private constructor()
  /** Rows that are left. */
  readonly length: number
  /** See {@link Dataset.getPage}. */
  getPage(page?: number, pageSize?: number): string[][]
  /** See {@link Dataset.page}. */
  page(query?: PageQuery): Page
  /** See {@link Dataset.pageJson}. */
  pageJson(query?: PageQuery): Buffer
  /** See {@link Dataset.after}. */
  after(query?: CursorQuery): CursorPage
}

export interface OpenOptions {
  /** One ASCII character between fields, neither `"` nor a line end. Default `,`. */
  delimiter?: string
  /** Whether the first record names the columns; else they are `column_1`, … Default true. */
  header?: boolean
  /** Longest record in bytes. Default 1,048,576. */
  maxRecordBytes?: number
  /**
   * Keep the row index in a file, so that the next open of the same file need not read it: `true`
   * for the file's own name with `.rekue-index` behind, or a path. It is believed only while
   * device, inode, length and times of the file are those it was made for. Default false.
   */
  sidecar?: boolean | string
  /** Bytes of memory for what queries have found, to be used by later ones. Default 100,663,296. */
  cacheBytes?: number
  /**
   * Whether the columns of a file of 2 MB and more are read in spare time once it is open, where
   * all fit `cacheBytes`, so that the first query need not wait for that. Default true.
   */
  readAhead?: boolean
  /**
   * What cursors are signed with: at least 16 bytes that nobody can guess, the same in every
   * process that shall know them. Default: made up by the process, and gone with it.
   */
  cursorSecret?: string | Uint8Array
}

/**
 * A file of delimited text (RFC 4180), or rows in memory, that gives any page at once.
 *
 * Opening a file reads it once and keeps an index of about a quarter of a percent of its size; rows are read from
 * the file when asked for. Lines end with CR LF, LF or CR; empty lines are passed over; a byte
 * order mark is no part of the data; a quote in the middle of an unquoted field is itself. Fields
 * are strings. A second column of the same name gets a number behind it: `a`, `a_1`.
 *
 * @example
 * const { Dataset } = require('rekue/pagination')
 * const names = await Dataset.open('names.csv')
 * names.getPage(3, 20)
 * const girls = await names.query({ filter: { Gender: 'FEMALE' }, sort: '-Count,Rank' })
 * girls.page({ page: 2 })
 */
export class Dataset {
  private constructor()

  /**
   * Index a file, off the event loop.
   *
   * Rejects with `ERR_INVALID_ARG`, or with `ERR_CSV`, whose `reason` is
   * - `'read'`: it cannot be read, or is no regular file;
   * - `'ragged'`: a record has more or fewer fields than the first;
   * - `'encoding'`: bytes that are no UTF-8;
   * - `'too-long'`: a record is longer than `maxRecordBytes`;
   * - `'quote'`: a quote is never closed;
   * - `'too-many-rows'`: more than 4,294,967,294;
   * - `'changed'`: the file changed while it was read;
   *
   * and which has `line`, counted from 1 (0 where no line is meant), and `offset` in bytes.
   */
  static open(path: string | URL, options?: OpenOptions): Promise<Dataset>

  /**
   * A data set of rows in memory. Fields are kept as their text; `null` and `undefined` are empty.
   * Throws `ERR_INVALID_ARG` where a row is not as long as `columns`.
   */
  static fromRows(columns: string[], rows: unknown[][]): Dataset

  /** A copy of the columns' names. */
  readonly columns: string[]
  /** Rows that are left. */
  readonly length: number
  /** The same for the same content read in the same way, in any process; else another. */
  readonly version: string
  /** Bytes of memory that the row index takes. */
  readonly indexBytes: number

  /**
   * A page of rows as arrays; `[]` past the end. This and the other calls that give rows read a
   * few kilobytes from the file and throw `ERR_CSV` with the reason `'changed'` once the file is
   * not what it was when it was opened: a page is always of one version, or none.
   *
   * Throws `ERR_INVALID_PAGE` unless both are whole numbers from 1 to 2^53 - 1.
   * @param page counted from 1; default 1
   * @param pageSize default 10
   */
  getPage(page?: number, pageSize?: number): string[][]

  /** A page of rows as arrays, and where it stands. Throws as {@link getPage} does. */
  getHyper(page?: number, pageSize?: number): Hyper

  /**
   * Rows as arrays from an index on, and the index to go on with. A row keeps its index for good,
   * so a walk neither repeats nor misses rows when others are deleted on the way.
   *
   * Throws `ERR_INDEX_OUT_OF_RANGE` unless the index is from 0 to the last row that is left
   * (`ERR_INVALID_ARG` for what is no whole number), and `ERR_INVALID_PAGE`.
   * @param index default 0; that of a deleted row starts with the next one
   */
  getHyperIndex(index?: number, pageSize?: number): HyperIndex

  /**
   * Delete a row from this data set, not from the file; `reload()` brings it back.
   * Throws `ERR_INDEX_OUT_OF_RANGE`.
   * @returns whether it was there
   */
  delete(index: number): boolean

  /** A page of rows as objects, with the addresses of the pages beside it. */
  page(query?: PageQuery): Page

  /** What {@link page} gives, as UTF-8 JSON that never was an object. */
  pageJson(query?: PageQuery): Buffer

  /**
   * Rows from a cursor on. A cursor is signed, goes with one query and one version of the data, and
   * is not moved by deletions.
   *
   * Throws `ERR_INVALID_CURSOR`, whose `reason` is `'signature'` (bent, or made under another
   * secret) or `'query'` (of another filter or sort), and `ERR_STALE_CURSOR` (of another version).
   */
  after(query?: CursorQuery): CursorPage

  /**
   * The rows that pass a filter, in an order. Found off the event loop, and kept for the next time
   * within `cacheBytes`. Rejects with `ERR_INVALID_ARG`, `ERR_CSV`, `ERR_DATASET_CLOSED`.
   */
  query(query?: Query): Promise<View>

  /**
   * Read the file anew, off the event loop. Until that is done, and if it fails, all goes on with
   * the version before; then all rows of the new one are there, none of them deleted.
   */
  reload(): Promise<void>

  /** Let go of the file. Every later read fails with `ERR_DATASET_CLOSED`. */
  close(): void
}

export interface PaginateOptions {
  /**
   * How the pages are walked; the parameters of other styles are then refused. Left out, the
   * parameter that is given decides, and pages are by number where there is none.
   */
  style?: 'page' | 'index' | 'cursor'
  /** Default 10, or `maxPageSize` if that is less. */
  defaultPageSize?: number
  /** Default 100. */
  maxPageSize?: number
  /** As in {@link OpenOptions}, whose secret is the default. */
  cursorSecret?: string | Uint8Array
  /** Columns to sort by. Default: all. */
  sortable?: string[]
  /** Columns to filter by. Default: all. */
  filterable?: string[]
  /** Columns in `sort`. Default 4. */
  maxSortKeys?: number
  /** Conditions in all. Default 8. */
  maxFilters?: number
  /** Characters in the value of a condition. Default 256. */
  maxFilterLength?: number
}

/** A handler for Express 4 and 5, without a dependency on their types. */
export type RequestHandler = (req: any, res: any, next: (error?: any) => void) => void

/**
 * A handler that answers GET and HEAD with a page of a data set, and passes other methods on.
 *
 * Parameters: `page` (a number, or `last`), `index` or `cursor`, `page_size`, `sort`,
 * `filter[column]` and `filter[column][operator]` (`in` with commas between its values), `fields`
 * (columns with commas between them). Others are kept in the links and not looked at.
 *
 * Answers: `application/json` with `Link` (RFC 8288: first, prev, next, last), `ETag` and, to whom
 * has it, 304; `application/problem+json` (RFC 9457) with `code`, `parameter` and `allowed` for bad
 * input: 400, 410 for a cursor of an earlier version, 414 for a URL over 2,048 characters, 503 when
 * too many queries wait. Errors that are no fault of the client go to `next`.
 *
 * @example
 * app.get('/names', paginate(names, { maxPageSize: 50, filterable: ['Gender'] }))
 */
export function paginate(dataset: Dataset, options?: PaginateOptions): RequestHandler
