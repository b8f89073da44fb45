'use strict'

/**
 * The same page as GET /names, as it is written without the library: Express, csv-parse,
 * JSON.stringify, and nothing else. Two ways:
 *
 *   node app/checks/plain.js FILE each      the file is read and parsed for each request
 *   node app/checks/plain.js FILE once      once, when it starts; rows stay in memory
 */

const fs = require('node:fs')
const express = require('express')
const { parse } = require('csv-parse/sync')

const [file, way] = process.argv.slice(2)

const readRows = () => parse(fs.readFileSync(file), { columns: true })

const once = way === 'once' ? readRows() : undefined

const app = express()

app.get('/names', (req, res) => {
  const page = Number(req.query.page || 1)
  const pageSize = Number(req.query.page_size || 20)
  let rows = once || readRows()
  for (const [name, value] of Object.entries(req.query)) {
    const [, column] = /^filter\[(.+)\]$/.exec(name) || []
    if (column) rows = rows.filter((row) => row[column] === value)
  }
  if (req.query.sort) {
    const column = req.query.sort.replace(/^-/, '')
    const sign = req.query.sort.startsWith('-') ? -1 : 1
    rows = [...rows].sort((a, b) => sign * (a[column] - b[column]))
  }
  const pages = Math.ceil(rows.length / pageSize)
  const link = (number) => `/names?page=${number}&page_size=${pageSize}`
  res.json({
    data: rows.slice((page - 1) * pageSize, page * pageSize),
    page,
    page_size: pageSize,
    total: rows.length,
    total_pages: pages,
    next_url: page < pages ? link(page + 1) : null,
    prev_url: page > 1 ? link(page - 1) : null
  })
})

const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`service   http://127.0.0.1:${server.address().port}\n`)
})
