'use strict'

/**
 * Whether the embedded store grows slow with its file: adds and claims beside 1,000 waiting jobs and
 * beside 1,000,000.
 *
 *   node bench/embedded-size.js [--large N] [--rounds N]
 *
 * Each sample is a process of its own on a copy of a file that holds so many waiting jobs. It adds
 * jobs in bulks of 1,000, and then works as many off at concurrency 100: those that wait longest,
 * so the worker goes through the beginning of the queue and the adder through its end. Samples of
 * the two sizes take turns, and figures are medians. The bar is 1.5: the large file may take half
 * as much time again.
 */

const { fork } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { now } = require('./lib/clock')
const { requireRelease } = require('./lib/prerequisites')
const { number, times } = require('./lib/format')
const { median } = require('./lib/stats')
const { payload } = require('./workload')

const SMALL = 1000
const JOBS = 20_000
const BULK = 1000
const CONCURRENCY = 100
const MOST_TIMES = 1.5

/** @param {string} file */
function open(file) {
  const queue = require('..').createQueue({ store: `sqlite:${file}` })
  queue.on('error', (error) => {
    throw error
  })
  return queue
}

async function add(queue, jobs) {
  for (let done = 0; done < jobs; done += BULK) {
    const length = Math.min(BULK, jobs - done)
    await queue.addBulk(
      Array.from({ length }, (_, i) => ({ type: 'notify', data: payload(done + i) }))
    )
  }
}

/** Work off so many of the waiting jobs. */
function work(queue, jobs) {
  return new Promise((resolve) => {
    let ran = 0
    queue.process('notify', CONCURRENCY, (job, done) => {
      done()
      if (++ran === jobs) resolve(undefined)
    })
  })
}

const roles = {
  async fill(file, jobs) {
    const queue = open(file)
    await add(queue, jobs)
    await queue.close()
    return {}
  },
  async measure(file) {
    const queue = open(file)
    await queue.stats()
    const started = now()
    await add(queue, JOBS)
    const added = now()
    await work(queue, JOBS)
    const worked = now()
    await queue.close()
    return { add: (JOBS / (added - started)) * 1000, claim: (JOBS / (worked - added)) * 1000 }
  }
}

/** Play a role in a process of its own. */
async function inChild(role, file, jobs = 0) {
  const child = fork(__filename, ['--role', role, '--file', file, '--jobs', String(jobs)])
  const ended = once(child, 'exit')
  let answer
  child.on('message', (message) => (answer = message))
  const [code] = await ended
  if (code !== 0 || !answer) throw new Error(`${role} on ${file} failed (${code})`)
  return answer
}

/**
 * Copy a database that nobody has open. Its log is part of it: who used it last may have ended
 * before the log was folded back.
 */
function copyDatabase(from, to) {
  for (const suffix of ['', '-wal']) {
    if (fs.existsSync(from + suffix)) fs.copyFileSync(from + suffix, to + suffix)
  }
}

async function compare(large, rounds) {
  requireRelease()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-size-'))
  try {
    const sizes = [SMALL, large]
    const file = (size) => path.join(folder, `${size}.db`)
    for (const size of sizes) {
      await inChild('fill', file(size), size)
      const bytes = fs.statSync(file(size)).size
      console.log(`${number(size)} waiting jobs: ${number(bytes / size)} bytes each in the file`)
    }
    const samples = new Map(sizes.map((size) => [size, []]))
    for (let round = 0; round < rounds; round++) {
      for (const size of round % 2 ? [...sizes].reverse() : sizes) {
        const copy = path.join(folder, 'copy.db')
        copyDatabase(file(size), copy)
        samples.get(size).push(await inChild('measure', copy))
        for (const left of fs.readdirSync(folder)) {
          if (left.startsWith('copy.db')) fs.rmSync(path.join(folder, left))
        }
      }
    }
    let slow = false
    for (const what of ['add', 'claim']) {
      const [few, many] = sizes.map((size) => median(samples.get(size).map((s) => s[what])))
      console.log(
        `${what}: ${number(few)} jobs/s beside ${number(SMALL)}, ${number(many)} beside ` +
          `${number(large)}: ${times(few / many)} the time, at most ${times(MOST_TIMES)} wanted`
      )
      slow ||= few / many > MOST_TIMES
    }
    if (slow) process.exitCode = 1
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      large: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '5' },
      role: { type: 'string' },
      file: { type: 'string' },
      jobs: { type: 'string' }
    }
  })
  if (!values.role) return compare(Number(values.large), Number(values.rounds))
  process.send?.(await roles[values.role](values.file, Number(values.jobs)))
  process.disconnect()
}

main().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
