'use strict'

const { parseArgs } = require('node:util')
const Queue = require('../queue')
const { mustExist } = require('./existing')
const { UsageError } = require('./usage-error')

const USAGE = `usage: rekue repair STORE [--prefix P] [--hash-tag] [--dry-run] [--wait MS]

Looks over all jobs of a store (redis://HOST:PORT/DB, sqlite:FILE, …) for what processes left behind
that died between two steps, and mends it. Workers and creators may go on meanwhile, old Kue processes
too: what they hold stays as it is.

  --dry-run   only tell what is wrong; the exit code is 1 where something is
  --wait      ms that something must stay wrong before it counts; default: 10000
  --prefix    of the queue; default: q
  --hash-tag  its keys are written {prefix}:key`

const OPTIONS = /** @type {const} */ ({
  prefix: { type: 'string' },
  'hash-tag': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  wait: { type: 'string' },
  help: { type: 'boolean', short: 'h' }
})

/** What the kinds of a report mean. @type {Record<string, string>} */
const KINDS = {
  unlisted: 'jobs that wait where no worker looks',
  unplaced: 'jobs missing in a set of their state',
  misplaced: 'jobs in the sets of another state too',
  unfinished: 'jobs saved by half',
  orphan: 'sets or logs of jobs that are not there',
  tokens: 'wake-up tokens out of step',
  lease: 'leases and losses of nobody',
  counts: 'counts that do not fit'
}

/** @param {string[]} args behind `rekue repair` */
async function run(args) {
  const parsed = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  const values = /** @type {any} */ (parsed.values)
  const [store, ...rest] = parsed.positionals
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (store === undefined || rest.length > 0) throw new UsageError(USAGE)
  const dryRun = values['dry-run'] === true
  const wait = waitOf(values.wait)
  mustExist(store)
  const { found, jobs } = await repair(
    { store, prefix: values.prefix, hashTag: values['hash-tag'] },
    { dryRun, wait }
  )
  const kinds = Object.entries(found)
  if (kinds.length === 0) {
    console.log('nothing is wrong')
    return
  }
  for (const [kind, count] of kinds) console.log(`${count} ${KINDS[kind] || kind}`)
  if (jobs.length > 0) console.log(`jobs: ${jobs.join(', ')}`)
  console.log(dryRun ? 'nothing was changed' : 'mended')
  if (dryRun) process.exitCode = 1
}

/** @param {string | undefined} text */
function waitOf(text) {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new UsageError(`--wait must be a number of ms, not ${JSON.stringify(text)}`)
}

/**
 * @param {object} options of createQueue
 * @param {{ dryRun?: boolean, wait?: number }} how
 */
async function repair(options, how) {
  const queue = new Queue(options)
  // A lost connection shows in the call's own error.
  queue.on('error', () => {})
  try {
    return await queue.repair(how)
  } finally {
    await queue.close()
  }
}

module.exports = { run, repair }
