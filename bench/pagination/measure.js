'use strict'

/**
 * One reader, one round, in a process of its own: prints what it measured as a line of JSON.
 *
 *   node bench/pagination/measure.js READER FILE ROWS
 */

const fs = require('node:fs')
const { setTimeout } = require('node:timers/promises')
const { MODULES, READERS } = require('./readers')

const PAGE_SIZE = 20

/** Between the opening of a file and the first query, where the query is not asked at once. */
const PAUSE_MS = 500

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

/** @param {() => unknown} work */
async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/**
 * A data set that no query has been asked of, and how long it takes to open the file and have the
 * answer at once. Only rekue leaves anything for later, so only rekue opens the file anew: once
 * to be asked at once, and once to be left alone for a while.
 * @param {import('./readers').Opened} opened
 * @param {string} file
 * @param {import('./readers').Query} query
 */
async function ready(opened, file, query) {
  if (!opened.reopen) return { dataset: opened }
  const took = await timed(async () => {
    const asked = await opened.reopen(file)
    await asked.query(query)
    asked.close()
  })
  const dataset = await opened.reopen(file)
  await setTimeout(PAUSE_MS)
  return { dataset, took }
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
    const { dataset, took } = await ready(opened, file, one)
    query[label] = {
      first: await timed(() => dataset.query(one)),
      again: await timed(() => dataset.query(two)),
      atOnce: 0
    }
    // Who read everything when the file was opened has paid for this query then.
    query[label].atOnce = took ?? open + query[label].first
    dataset.close?.()
  }
  memory.end = process.memoryUsage.rss()
  const check = String(first).slice(0, 60)
  fs.writeSync(1, `${JSON.stringify({ name, open, memory, page, query, check })}\n`)
}

main()
