'use strict'

/**
 * A page of names as a reader of one language and time zone sees it: the rows, the pages beside
 * this one, and every label, number and date in words of that language.
 */

const { pathOf } = require('./query')

/** Columns that we know, and the messages that name them. Others keep the name that the file has. */
const COLUMNS = new Map([
  ['Year of Birth', 'column-year'],
  ['Gender', 'column-gender'],
  ['Ethnicity', 'column-ethnicity'],
  ["Child's First Name", 'column-name'],
  ['Count', 'column-count'],
  ['Rank', 'column-rank']
])

/** Values that are words of the data's language. Three were cut short at the source. */
const VALUES = new Map([
  ['FEMALE', 'gender-female'],
  ['MALE', 'gender-male'],
  ['ASIAN AND PACIFIC ISLANDER', 'ethnicity-asian'],
  ['ASIAN AND PACI', 'ethnicity-asian'],
  ['BLACK NON HISPANIC', 'ethnicity-black'],
  ['BLACK NON HISP', 'ethnicity-black'],
  ['HISPANIC', 'ethnicity-hispanic'],
  ['WHITE NON HISPANIC', 'ethnicity-white'],
  ['WHITE NON HISP', 'ethnicity-white']
])

/** Columns of amounts. A year is a number too, but has no thousands. */
const AMOUNTS = new Set(['Count', 'Rank'])

/** Columns whose values we have words for. */
const WORDS = new Set(['Gender', 'Ethnicity'])

/**
 * @typedef {object} Reader
 * @property {string} locale
 * @property {string} timeZone
 * @property {any} i18n
 */

/**
 * @param {import('rekue').pagination.Dataset} dataset
 * @param {import('./query').NamesQuery} query
 * @param {Reader} reader
 */
async function makePage(dataset, query, reader) {
  const { i18n, locale, timeZone } = reader
  const { columns } = dataset
  const found = await readRows(dataset, query)
  const place = (/** @type {string | number | null | undefined} */ to) =>
    to === undefined ? null : pathOf(query, { place: to, locale, timezone: timeZone })
  const links = Object.fromEntries(
    Object.entries({ self: query.place, ...found.places }).map(([name, to]) => [name, place(to)])
  )
  return {
    data: found.rows,
    ...found.about,
    next_url: links.next ?? null,
    prev_url: links.prev ?? null,
    links,
    locale,
    timezone: timeZone,
    labels: Object.fromEntries(columns.map((column) => [column, labelOf(column, reader)])),
    display: found.rows.map((row) =>
      Object.fromEntries(columns.map((column) => [column, valueOf(column, row[column], reader)]))
    ),
    text: {
      title: i18n.t(locale, 'names-title'),
      total: i18n.t(locale, 'names-total', { total: found.total }),
      place: placeText(query, found, reader),
      generated_at: i18n.t(locale, 'names-generated', {
        date: i18n.formatDate(locale, new Date(), {
          dateStyle: 'long',
          timeStyle: 'short',
          timeZone
        })
      })
    }
  }
}

/**
 * The rows, in one shape for the three ways to walk.
 * @param {import('rekue').pagination.Dataset} dataset
 * @param {import('./query').NamesQuery} query
 */
async function readRows(dataset, { style, place, pageSize, sort, filter }) {
  if (style === 'index') {
    const page = dataset.getHyperIndex(Number(place), pageSize)
    const { columns } = dataset
    return {
      rows: page.data.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))),
      total: dataset.length,
      about: {
        index: page.index,
        next_index: page.next_index,
        page_size: page.page_size,
        total: dataset.length
      },
      places: { first: 0, next: page.next_index ?? undefined }
    }
  }
  const view = await dataset.query({ filter, sort })
  if (style === 'cursor') {
    const page = view.after({ cursor: String(place) || null, limit: pageSize })
    const { data: rows, next_cursor, prev_cursor, has_more } = page
    return {
      rows,
      total: view.length,
      about: { next_cursor, prev_cursor, has_more, page_size: pageSize, total: view.length },
      // An empty cursor asks for the first page.
      places: { first: null, prev: prev_cursor ?? undefined, next: next_cursor ?? undefined }
    }
  }
  const page = view.page({ page: Number(place), pageSize })
  const pages = page.total_pages
  return {
    rows: page.data,
    total: page.total,
    pages,
    about: { page: page.page, page_size: page.page_size, total: page.total, total_pages: pages },
    places: {
      first: 1,
      prev: page.page > 1 ? page.page - 1 : undefined,
      next: page.page < pages ? page.page + 1 : undefined,
      last: Math.max(pages, 1)
    }
  }
}

/** @param {string} column @param {Reader} reader */
function labelOf(column, { i18n, locale }) {
  const id = COLUMNS.get(column)
  return id ? i18n.t(locale, id) : column
}

/** @param {string} column @param {string} value @param {Reader} reader */
function valueOf(column, value, { i18n, locale }) {
  if (AMOUNTS.has(column) && /^\d{1,15}$/.test(value)) {
    return i18n.formatNumber(locale, Number(value))
  }
  const id = WORDS.has(column) ? VALUES.get(value) : undefined
  return id ? i18n.t(locale, id) : value
}

/** Where in the data this page stands, in words; nothing to say of a cursor. */
function placeText({ style, place }, { pages }, { i18n, locale }) {
  if (style === 'page') return i18n.t(locale, 'names-page', { page: place, pages })
  if (style === 'index') return i18n.t(locale, 'names-index', { index: place })
  return ''
}

module.exports = { makePage }
