'use strict'

/**
 * One reader, one round, in a process of its own: prints what it measured as a line of JSON.
 *
 *   node bench/pagination/measure.js READER FILE ROWS
 */

const fs = require('node:fs')
const { MODULES, READERS } = require('./readers')

const PAGE_SIZE = 20

/** The queries, each twice with other constants, so that no one answers from a kept result. */
const QUERIES = {
  'filter: text': [
    { filter: [{ column: 'city', equals: 'Osaka' }], sort: [] },
    { filter: [{ column: 'city', equals: 'Porto' }], sort: [] }
  ],
  'filter: text and number': [
    {
      filter: [
        { column: 'state', equals: 'paid' },
        { column: 'amount', above: 45000 }
      ],
      sort: []
    },
    {
      filter: [
        { column: 'state', equals: 'sent' },
        { column: 'amount', above: 44000 }
      ],
      sort: []
    }
  ],
  'sort: number': [
    { filter: [], sort: [{ column: 'amount', descending: true }] },
    { filter: [], sort: [{ column: 'amount', descending: false }] }
  ],
  'sort: text, number': [
    { filter: [], sort: [by('name', false), by('amount', true)] },
    { filter: [], sort: [by('name', true), by('amount', false)] }
  ],
  'filter, sort': [
    { filter: [{ column: 'state', equals: 'open' }], sort: [by('date', true), by('id', false)] },
    { filter: [{ column: 'state', equals: 'back' }], sort: [by('date', false), by('id', true)] }
  ]
}

function by(column, descending) {
  return { column, descending }
}

/** The median time of a call, in microseconds, over batches of it. */
function perCall(call) {
  for (let at = 0; at < 3000; at++) call()
  const batches = []
  for (let batch = 0; batch < 15; batch++) {
    const start = process.hrtime.bigint()
    for (let at = 0; at < 100; at++) call()
    batches.push(Number(process.hrtime.bigint() - start) / 100 / 1000)
  }
  return batches.sort((a, b) => a - b)[7]
}

/** Where the pages of `perCall` lie: the same page again and again would only measure caches. */
function walk(first, last) {
  let page = first
  return () => (page = page >= last ? first : page + 1)
}

async function main() {
  const [, , name, file, rowCount] = process.argv
  const rows = Number(rowCount)
  MODULES[name]()
  const before = process.memoryUsage.rss()
  const start = performance.now()
  const opened = await READERS[name](file)
  const first = opened.page(1, PAGE_SIZE)
  const open = performance.now() - start
  const memory = {
    before,
    rss: process.memoryUsage.rss(),
    max: process.resourceUsage().maxRSS * 1024
  }

  const pages = Math.floor(rows / PAGE_SIZE)
  const page = {}
  for (const [where, from] of Object.entries({ start: 1, middle: pages / 2, end: pages - 200 })) {
    const next = walk(Math.floor(from), Math.floor(from) + 199)
    page[where] = perCall(() => opened.page(next(), PAGE_SIZE))
  }

  const query = {}
  for (const [label, [one, two]] of Object.entries(QUERIES)) {
    const times = []
    for (const asked of [one, two]) {
      const from = performance.now()
      await opened.query(asked)
      times.push(performance.now() - from)
    }
    query[label] = { first: times[0], again: times[1] }
  }
  const check = String(first).slice(0, 60)
  fs.writeSync(1, `${JSON.stringify({ name, open, memory, page, query, check })}\n`)
}

main()
