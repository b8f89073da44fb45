'use strict'

const { parseArgs } = require('node:util')
const { UsageError } = require('./usage-error')

/** The options by which a command finds a queue; the short ones are those of `kue-dashboard`. */
const OPTIONS = /** @type {const} */ ({
  redis: { type: 'string', short: 'r' },
  store: { type: 'string', short: 's' },
  prefix: { type: 'string', short: 'q' },
  help: { type: 'boolean', short: 'h' }
})

const OPTIONS_TEXT = `  -r, --redis URL     Redis, as createQueue takes it; default: redis://127.0.0.1:6379
  -s, --store URL     another store, e.g. sqlite:jobs.db
  -q, --prefix P      of the queue; default: q`

/**
 * @param {string[]} args
 * @param {Record<string, { type: 'string' | 'boolean', short?: string }>} more options of the command
 * @returns {{ values: Record<string, any>, queue: { redis?: string, store?: string, prefix?: string } }}
 */
function parse(args, more) {
  const { values } = parseArgs({ args, options: { ...OPTIONS, ...more } })
  const { redis, store, prefix } = /** @type {Record<string, any>} */ (values)
  if (redis !== undefined && store !== undefined) {
    throw new UsageError('--redis and --store both say where the queue is: give one of them')
  }
  return { values, queue: { redis, store, prefix } }
}

module.exports = { parse, OPTIONS_TEXT }
