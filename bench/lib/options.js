'use strict'

/** The command line of the benchmark. */

const { parseArgs } = require('node:util')
const { NAMES } = require('../adapters')
const { ROWS } = require('../rows')

const ROUNDS = 5

const HELP = `npm run bench -- [options]

  --only NAMES    these implementations: ${NAMES.join(',')}
  --rows NAMES    these rows: ${ROWS.map((row) => row.name).join(',')}
  --rounds N      rounds of the whole (${ROUNDS}); figures are medians over them
  --jobs N        so many jobs in each row, in place of its own number
  --quick         one small round, in about a minute
  --json          the result as JSON on stdout in place of the table
  --help`

/**
 * @param {string[]} args
 * @returns {{ help: true } | { help: false, names: string[], rows: import('../rows').Row[],
 *   rounds: number, json: boolean, whole: boolean }} `whole`: nothing was left out or made smaller
 */
function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      rows: { type: 'string' },
      rounds: { type: 'string' },
      jobs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) return { help: true }

  const rounds = count('--rounds', values.rounds) ?? (values.quick ? 1 : ROUNDS)
  const names = choose('--only', values.only, NAMES)
  const chosen = choose(
    '--rows',
    values.rows,
    ROWS.map((row) => row.name)
  )
  const jobs = count('--jobs', values.jobs)
  const rows = ROWS.filter((row) => chosen.includes(row.name) && (!values.quick || row.quick > 0))
  return {
    help: false,
    names,
    rows: rows.map((row) => {
      if (jobs === undefined && !values.quick) return row
      return { ...row, jobs: jobs ?? row.quick, slow: undefined }
    }),
    rounds,
    json: values.json,
    whole:
      jobs === undefined &&
      !values.quick &&
      rounds >= ROUNDS &&
      names.length === NAMES.length &&
      rows.length === ROWS.length
  }
}

/** Members of a comma list, in the order of `known`. */
function choose(option, text, known) {
  if (text === undefined) return known
  const asked = text.split(',').map((name) => name.trim())
  const strange = asked.find((name) => !known.includes(name))
  if (strange !== undefined) {
    throw new Error(`${option} does not know '${strange}'; it takes ${known.join(', ')}`)
  }
  return known.filter((name) => asked.includes(name))
}

function count(option, text) {
  if (text === undefined) return undefined
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new Error(`${option} must be a whole number above 0, but it was '${text}'`)
}

module.exports = { parseOptions, HELP }
