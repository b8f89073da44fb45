'use strict'

/**
 * The service under load (autocannon): pages with the cache on and off, beside the same page from
 * plain Express with csv-parse and JSON.stringify.
 *
 *   npm run -w app load            about a minute; writes load.json and load.svg beside this file
 *   npm run -w app load -- --dry   prints only
 *
 * Each server is a process of its own and runs alone. The service does for each request what it
 * always does: log line made and thrown away, limit counted, language chosen, headers, metrics,
 * an analytics job; plain Express does none of it.
 */

const autocannon = require('autocannon')
const { once } = require('node:events')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { sampleNames } = require('../exercises/pagination/sample')
const { barChart } = require('./bar-chart')

const CONNECTIONS = 20
const WARM_UP_S = 2
const RUN_S = 5

/** Rounds, interleaved; the median counts. */
const ROUNDS = 3

/** Pages that are read by turns in the second workload: more than are read twice in a second. */
const PAGES = 400

const QUERY = 'page_size=20&sort=-Count&filter%5BGender%5D=FEMALE'

/** @type {Record<string, string[]>} paths by workload */
const WORKLOADS = {
  'one page': [`/names?page=2&${QUERY}`],
  [`${PAGES} pages by turns`]: Array.from(
    { length: PAGES },
    (_, i) => `/names?page=${i + 1}&${QUERY}`
  )
}

const SERVERS = [
  { name: 'app, cache on', args: ['server.js'], env: { CACHE: 'on' } },
  { name: 'app, cache off', args: ['server.js'], env: { CACHE: 'off' } },
  { name: 'plain Express, rows in memory', args: ['checks/plain.js', 'FILE', 'once'], env: {} },
  { name: 'plain Express, file read each time', args: ['checks/plain.js', 'FILE', 'each'], env: {} }
]

const APP = path.join(__dirname, '..')

/**
 * Start a server, use it, end it.
 * @template T
 * @param {typeof SERVERS[number]} server
 * @param {string} folder
 * @param {(url: string) => Promise<T>} use
 */
async function withServer({ args, env }, folder, use) {
  const file = path.join(folder, 'names.csv')
  const child = spawn(
    process.execPath,
    args.map((arg) => (arg === 'FILE' ? file : arg)),
    {
      cwd: APP,
      env: {
        ...process.env,
        PORT: '0',
        NODE_ENV: 'production',
        DATA_DIR: fs.mkdtempSync(path.join(folder, 'data-')),
        NAMES_CSV: file,
        RATE_LIMIT: '1000000000',
        LOG_LEVEL: 'error',
        ...env
      },
      stdio: ['ignore', 'pipe', 'inherit']
    }
  )
  try {
    const [text] = await once(child.stdout, 'data')
    const [, url] = /^service +(\S+)$/m.exec(String(text)) || []
    if (!url) throw new Error(`${args[0]} did not start: ${text}`)
    return await use(url)
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

/** @param {string} url @param {string[]} paths @param {number} seconds */
async function measure(url, paths, seconds) {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    requests: paths.map((path) => ({ method: 'GET', path }))
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers were no pages, ${result.errors} failed`)
  }
  const { latency } = result
  return { perSecond: result.requests.average, p50Ms: latency.p50, p99Ms: latency.p99 }
}

/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-load-'))
  fs.writeFileSync(path.join(folder, 'names.csv'), sampleNames())
  /** @type {Record<string, any[]>} */
  const rounds = {}
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const server of SERVERS) {
        await withServer(server, folder, async (url) => {
          for (const [workload, paths] of Object.entries(WORKLOADS)) {
            await measure(url, paths, WARM_UP_S)
            const result = await measure(url, paths, RUN_S)
            ;(rounds[`${server.name}|${workload}`] ??= []).push(result)
          }
        })
      }
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
  const results = Object.entries(rounds).map(([key, all]) => {
    const [server, workload] = key.split('|')
    const of = (/** @type {string} */ name) => median(all.map((each) => each[name]))
    return { server, workload, perSecond: of('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') }
  })
  console.table(results)
  if (process.argv.includes('--dry')) return
  const machine = { cpu: os.cpus()[0].model, cores: os.cpus().length, node: process.version }
  const settings = { connections: CONNECTIONS, seconds: RUN_S, rounds: ROUNDS }
  const text = JSON.stringify({ machine, settings, results }, null, 2)
  fs.writeFileSync(path.join(__dirname, 'load.json'), `${text}\n`)
  const chart = barChart({
    title: 'Pages of names per second',
    groups: Object.keys(WORKLOADS).map((workload) => ({
      name: workload,
      bars: results
        .filter((result) => result.workload === workload)
        .map(({ server, perSecond }) => ({ name: server, value: perSecond }))
    }))
  })
  fs.writeFileSync(path.join(__dirname, 'load.svg'), chart)
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
