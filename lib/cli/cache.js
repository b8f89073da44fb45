'use strict'

const fs = require('node:fs/promises')
const { text } = require('node:stream/consumers')
const { parseArgs } = require('node:util')
const { simulate, policies: POLICIES } = require('../cache')
const { drawCurve } = require('./curve')
const { UsageError } = require('./usage-error')
const { writeWhole } = require('./write-whole')

const USAGE = `usage: rekue cache simulate TRACE [--policies P,…] [--sizes N,…] [--svg FILE] [--json]

Replays a trace, one key a line ('-' reads standard input), and prints the hit ratio of every policy
at every size.

  --policies  of ${POLICIES.join(', ')}, and optimum; default: all of them
  --sizes     numbers of entries; default: parts of the number of different keys
  --svg       also draw the curves into this file
  --json      print the results as JSON`

const OPTIONS = /** @type {const} */ ({
  policies: { type: 'string' },
  sizes: { type: 'string' },
  svg: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' }
})

/** Sizes that show a curve's shape, as parts of the different keys. */
const PARTS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75]

/** @param {string[]} args behind `rekue cache` */
async function run(args) {
  const parsed = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  const { positionals } = parsed
  const values = /** @type {any} */ (parsed.values)
  if (values.help) {
    console.log(USAGE)
    return
  }
  const [command, file, ...rest] = positionals
  if (command !== 'simulate' || file === undefined || rest.length > 0) throw new UsageError(USAGE)

  const trace = await readTrace(file)
  const policies = values.policies?.split(',') ?? [...POLICIES, 'optimum']
  const sizes = values.sizes === undefined ? defaultSizes(trace) : parseSizes(values.sizes)
  const results = simulate(trace, { policies, sizes })
  // Before anything is printed: where nobody reads that to its end, the process ends there.
  if (values.svg !== undefined) writeWhole(values.svg, drawCurve(results, policies))
  console.log(values.json ? JSON.stringify(results, null, 2) : table(results, policies, sizes))
}

/** The keys of a trace: its lines, without the ends of lines. */
async function readTrace(file) {
  const content = file === '-' ? await text(process.stdin) : await fs.readFile(file, 'utf8')
  const lines = content.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  if (lines.length === 0) throw new Error(`the trace ${file} is empty`)
  return lines
}

function parseSizes(list) {
  return list.split(',').map((each) => {
    if (/^[1-9][0-9]{0,9}$/.test(each.trim())) return Number(each)
    throw new UsageError(
      `--sizes must be numbers of entries such as 100,1000, but one is ${JSON.stringify(each)}`
    )
  })
}

function defaultSizes(trace) {
  const keys = new Set(trace).size
  return [...new Set(PARTS.map((part) => Math.max(1, Math.round(keys * part))))]
}

/** Hit ratios in percent, a row per policy and a column per size. */
function table(results, policies, sizes) {
  const width = Math.max(8, ...sizes.map((size) => String(size).length + 1))
  const row = (name, cells) =>
    name.padEnd(10) + cells.map((cell) => String(cell).padStart(width)).join('')
  const rows = policies.map((policy, i) => {
    const own = results.slice(i * sizes.length, (i + 1) * sizes.length)
    return row(
      policy,
      own.map((result) => `${(result.hitRatio * 100).toFixed(2)}%`)
    )
  })
  return [`${results[0].requests} requests`, row('', sizes), ...rows].join('\n')
}

module.exports = { run }
