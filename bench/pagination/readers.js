'use strict'

/**
 * Each reader, brought to the same few calls: open a file, give a page as JSON, answer a query.
 * Each is used in the quickest way that its documentation shows.
 */

const fs = require('node:fs')

/**
 * @typedef {object} Opened
 * @property {(page: number, size: number) => unknown} page JSON of the rows as objects
 * @property {(query: Query) => unknown} query the result, and its first page as JSON
 * @property {(file: string) => Promise<Opened>} [reopen] a data set of which nothing was asked
 * @property {() => void} [close]
 * @typedef {{ column: string, above?: number, equals?: string }} Filter
 * @typedef {{ filter: Filter[], sort: { column: string, descending: boolean }[] }} Query
 */

/** Rows as arrays of strings, in the heap: what the three JavaScript parsers give. */
function overArrays(columns, rows) {
  const place = new Map(columns.map((column, at) => [column, at]))
  const asJson = (list, page, size) =>
    JSON.stringify(
      list.slice((page - 1) * size, page * size).map((row) => {
        const object = {}
        for (let at = 0; at < columns.length; at++) object[columns[at]] = row[at]
        return object
      })
    )
  return {
    page: (page, size) => asJson(rows, page, size),
    query({ filter, sort }) {
      let found = rows
      for (const { column, above, equals } of filter) {
        const at = place.get(column)
        found = found.filter((row) =>
          equals === undefined ? +row[at] > above : row[at] === equals
        )
      }
      if (sort.length > 0) {
        const keys = sort.map(({ column, descending }) => [place.get(column), descending ? -1 : 1])
        // Numbers as numbers: the column of amounts is the only one.
        const numeric = new Set([place.get('amount'), place.get('id')])
        found = found.slice().sort((a, b) => {
          for (const [at, sign] of keys) {
            const order = numeric.has(at)
              ? a[at] - b[at]
              : a[at] < b[at]
                ? -1
                : a[at] > b[at]
                  ? 1
                  : 0
            if (order !== 0) return order * sign
          }
          return 0
        })
      }
      return asJson(found, 1, 20)
    }
  }
}

/** Loaded before the clock starts. */
const MODULES = {
  rekue: () => require('../../lib/pagination'),
  polars: () => require('nodejs-polars'),
  udsv: () => require('udsv'),
  papaparse: () => require('papaparse'),
  'csv-parse': () => require('csv-parse/sync')
}

const READERS = {
  /** @param {string} file */
  async rekue(file) {
    const { Dataset } = MODULES.rekue()
    const dataset = await Dataset.open(file)
    return {
      page: (page, size) => dataset.pageJson({ page, pageSize: size }),
      async query({ filter, sort }) {
        const conditions = Object.fromEntries(
          filter.map(({ column, above, equals }) => [
            column,
            equals === undefined ? { gt: above } : { eq: equals }
          ])
        )
        const keys = sort.map(({ column, descending }) => (descending ? '-' : '') + column)
        const view = await dataset.query({ filter: conditions, sort: keys })
        return view.pageJson({ pageSize: 20 })
      },
      reopen: READERS.rekue,
      close: () => dataset.close()
    }
  },

  async polars(file) {
    const pl = MODULES.polars()
    const frame = pl.readCSV(file)
    return {
      // Through records: in this version quicker than the frame's own writeJSON.
      page: (page, size) => JSON.stringify(frame.slice((page - 1) * size, size).toRecords()),
      query({ filter, sort }) {
        let found = frame
        if (filter.length > 0) {
          const conditions = filter.map(({ column, above, equals }) =>
            equals === undefined ? pl.col(column).gt(above) : pl.col(column).eq(pl.lit(equals))
          )
          found = found.filter(conditions.reduce((all, one) => all.and(one)))
        }
        if (sort.length > 0) {
          const columns = sort.map(({ column }) => pl.col(column))
          found = found.sort({ by: columns, descending: sort.map(({ descending }) => descending) })
        }
        return JSON.stringify(found.slice(0, 20).toRecords())
      }
    }
  },

  async udsv(file) {
    const { inferSchema, initParser } = MODULES.udsv()
    const text = fs.readFileSync(file, 'utf8')
    const schema = inferSchema(text)
    const rows = initParser(schema).stringArrs(text)
    return overArrays(
      schema.cols.map((column) => column.name),
      rows
    )
  },

  async papaparse(file) {
    const Papa = MODULES.papaparse()
    const rows = Papa.parse(fs.readFileSync(file, 'utf8'), { skipEmptyLines: true }).data
    return overArrays(rows.shift(), rows)
  },

  async 'csv-parse'(file) {
    const { parse } = MODULES['csv-parse']()
    const rows = parse(fs.readFileSync(file))
    return overArrays(rows.shift(), rows)
  }
}

module.exports = { READERS, MODULES }
