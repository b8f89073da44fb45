'use strict'

/**
 * The service under load (autocannon): pages with the cache on and off, beside the same page from
 * plain Express with csv-parse and JSON.stringify.
 *
 * What counts is the CPU time of the server for each page, all of its threads included: it is the
 * same on a machine that others use too, where pages per second of the clock say how busy those are.
 *
 *   npm run -w app load            a few minutes; writes load.json and load.svg beside this file
 *   npm run -w app load -- --dry --rounds=1   prints only, after one round instead of three
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

const CONNECTIONS = 10

/** Pages before the measurement, until V8 has compiled what is hot, and in it. */
const WARM_UP = 2000
const RUN = 3000

/** Of the server that needs a hundred times as long for each. */
const SLOW = { warmUp: 10, run: 30 }

/** Rounds, interleaved; the median counts. */
const ROUNDS = Number(/--rounds=(\d+)/.exec(process.argv.join(' '))?.[1] || 3)

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
  {
    name: 'plain Express, file read each time',
    args: ['checks/plain.js', 'FILE', 'each'],
    env: {},
    slow: true
  }
]

const APP = path.join(__dirname, '..')

/**
 * Start a server, use it, end it.
 * @template T
 * @param {typeof SERVERS[number]} server
 * @param {string} folder
 * @param {(running: { url: string, pid: number }) => Promise<T>} use
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
    return await use({ url, pid: /** @type {number} */ (child.pid) })
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

/** Linux counts CPU time in these. */
const TICKS_PER_S = 100

/** CPU time that a process has used, in ms. @param {number} pid */
function cpuOf(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_S
}

/**
 * @param {{ url: string, pid: number }} server
 * @param {string[]} paths
 * @param {number} amount of pages
 */
async function measure({ url, pid }, paths, amount) {
  const before = cpuOf(pid)
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    amount,
    // A page of the slowest server may take seconds on a busy machine; it is no error.
    timeout: 60,
    requests: paths.map((path) => ({ method: 'GET', path }))
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers were no pages, ${result.errors} failed`)
  }
  const pages = result.requests.total
  const { p50, p99 } = result.latency
  const cpuMs = (cpuOf(pid) - before) / pages
  return { cpuMs, perSecond: pages / result.duration, p50Ms: p50, p99Ms: p99 }
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
        await withServer(server, folder, async (running) => {
          for (const [workload, paths] of Object.entries(WORKLOADS)) {
            await measure(running, paths, server.slow ? SLOW.warmUp : WARM_UP)
            const result = await measure(running, paths, server.slow ? SLOW.run : RUN)
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
    const round = (/** @type {number} */ number) => Number(number.toPrecision(3))
    return {
      server,
      workload,
      cpuMs: round(of('cpuMs')),
      perSecond: round(of('perSecond')),
      p50Ms: of('p50Ms'),
      p99Ms: of('p99Ms')
    }
  })
  console.table(results)
  if (process.argv.includes('--dry')) return
  const [load] = os.loadavg()
  const machine = {
    cpu: os.cpus()[0].model,
    cores: os.cpus().length,
    node: process.version,
    load: Math.round(load)
  }
  const settings = { connections: CONNECTIONS, pages: RUN, rounds: ROUNDS }
  const text = JSON.stringify({ machine, settings, results }, null, 2)
  fs.writeFileSync(path.join(__dirname, 'load.json'), `${text}\n`)
  const chart = barChart({
    title: 'Pages of names for a second of CPU time',
    groups: Object.keys(WORKLOADS).map((workload) => ({
      name: workload,
      bars: results
        .filter((result) => result.workload === workload)
        .map(({ server, cpuMs }) => ({ name: server, value: 1000 / cpuMs }))
    }))
  })
  fs.writeFileSync(path.join(__dirname, 'load.svg'), chart)
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
