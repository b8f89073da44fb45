'use strict'

/**
 * Pages of a large CSV: rekue beside uDSV, PapaParse, csv-parse and polars.
 *
 *   npm install --prefix bench/pagination && npm run build
 *   node bench/pagination/run.js [--rounds 5] [--rows 1000000] [--peers polars,udsv] [--big]
 *
 * Each reader runs in a process of its own, all of them in turn in each round; the tables give
 * medians over the rounds, and how many times rekue's. `--big` then opens a file of 2 GB.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { generate } = require('./generate')
const { READERS } = require('./readers')

const BIG_BYTES = 2 * 1024 ** 3

/** @param {string} name @param {number} fallback */
function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`)
  return at === -1 ? fallback : Number(process.argv[at + 1])
}

/** rekue and the readers to set beside it, all of them unless told which. */
function readers() {
  const at = process.argv.indexOf('--peers')
  if (at === -1) return Object.keys(READERS)
  const peers = process.argv[at + 1].split(',')
  return Object.keys(READERS).filter((name) => name === 'rekue' || peers.includes(name))
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** @param {string[]} args */
function child(args) {
  const script = path.join(__dirname, args[0])
  const output = execFileSync(process.execPath, [script, ...args.slice(1)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 24
  })
  return JSON.parse(output.trim().split('\n').pop() || '')
}

/**
 * A row of a Markdown table: rekue's median, and each peer's with how many times rekue's it is.
 * @param {string} label
 * @param {Record<string, any[]>} results
 * @param {(result: any) => number} value
 * @param {(value: number) => string} show
 */
function row(label, results, value, show) {
  const own = median(results.rekue.map(value))
  const cells = Object.keys(results).map((name) => {
    const found = median(results[name].map(value))
    return name === 'rekue' ? show(found) : `${show(found)} (${(found / own).toFixed(1)} x)`
  })
  console.log(`| ${[label, ...cells].join(' | ')} |`)
}

/** @param {string} folder @param {number} rounds @param {number} rows */
function compare(folder, rounds, rows) {
  const file = path.join(folder, `${rows}.csv`)
  if (!fs.existsSync(file)) generate(file, rows)
  const names = readers()
  /** @type {Record<string, any[]>} */
  const results = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < names.length; at++) {
      // Each round begins with another, so that none always follows the same one.
      const name = names[(at + round) % names.length]
      results[name].push(child(['measure.js', name, file, String(rows)]))
    }
  }
  const megabytes = (fs.statSync(file).size / 1e6).toFixed(1)
  console.log(`\n${rows} rows, ${megabytes} MB; medians of ${rounds} rounds\n`)
  console.log(`| | ${names.join(' | ')} |`)
  console.log(`|---|${names.map(() => '---').join('|')}|`)
  const ms = (value) => `${value.toFixed(1)} ms`
  const us = (value) => `${value.toFixed(1)} us`
  const mb = (value) => `${(value / 1e6).toFixed(0)} MB`
  row('open, first page', results, (result) => result.open, ms)
  row('resident after it', results, (result) => result.memory.rss, mb)
  row('most resident until then', results, (result) => result.memory.max, mb)
  for (const where of ['start', 'middle', 'end']) {
    row(`page of 20 at the ${where}`, results, (result) => result.page[where], us)
  }
  for (const label of Object.keys(results.rekue[0].query)) {
    row(`${label}, first time`, results, (result) => result.query[label].first, ms)
    row(`${label}, again`, results, (result) => result.query[label].again, ms)
    row(`open + ${label}`, results, (result) => result.query[label].atOnce, ms)
  }
  row('resident after all of it', results, (result) => result.memory.end, mb)
}

/** @param {string} folder @param {number} rounds */
function big(folder, rounds) {
  const file = path.join(folder, 'big.csv')
  if (!fs.existsSync(file)) {
    const rows = Math.ceil(BIG_BYTES / 48)
    generate(file, rows)
  }
  const results = Array.from({ length: rounds }, () => child(['big.js', file]))
  const of = (value) => median(results.map(value))
  const read = of((result) => result.read)
  const open = of((result) => result.open)
  const sidecar = of((result) => result.sidecar)
  console.log(`\n${(fs.statSync(file).size / 1e9).toFixed(2)} GB; medians of ${rounds} rounds\n`)
  console.log('| read | open | open / read | open by a sidecar | resident | index |')
  console.log('|---|---|---|---|---|---|')
  console.log(
    `| ${read.toFixed(0)} ms | ${open.toFixed(0)} ms | ${(open / read).toFixed(2)} ` +
      `| ${sidecar.toFixed(1)} ms | ${(of((result) => result.max) / 1e6).toFixed(0)} MB ` +
      `| ${(of((result) => result.index) / 1e6).toFixed(1)} MB |`
  )
}

const folder = path.join(os.tmpdir(), 'rekue-bench-pagination')
fs.mkdirSync(folder, { recursive: true })
compare(folder, option('rounds', 5), option('rows', 1_000_000))
if (process.argv.includes('--big')) big(folder, option('rounds', 5))
