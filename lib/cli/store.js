'use strict'

const { parseArgs } = require('node:util')
const { createError } = require('../errors')
const { storeBackup, storeCopy } = require('../native')
const { check } = require('../queue/options')
const { mustExist } = require('./existing')
const { UsageError } = require('./usage-error')

const USAGE = `usage: rekue store backup FILE COPY
       rekue store copy FROM TO [--prefix P] [--to-prefix P]

backup copies the file of an embedded store as it is at one moment, while others work with it. COPY
must not exist yet.

copy writes all jobs of one store, with their ids and logs, into an empty one. FROM and TO are what
createQueue takes as its store: sqlite:FILE, redis://HOST:PORT/DB, redis+sentinel://HOST,HOST/MASTER,
redis+cluster://HOST,HOST, … Stop creators and workers of
FROM first: what they do meanwhile may be missing, and a job that is active becomes inactive in TO.

  --prefix     of the queue; default: q
  --to-prefix  of the queue in TO; default: the same`

const OPTIONS = /** @type {const} */ ({
  prefix: { type: 'string' },
  'to-prefix': { type: 'string' },
  help: { type: 'boolean', short: 'h' }
})

/** @param {string[]} args behind `rekue store` */
async function run(args) {
  const parsed = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  const { positionals } = parsed
  const values = /** @type {any} */ (parsed.values)
  if (values.help) {
    console.log(USAGE)
    return
  }
  const [command, from, to, ...rest] = positionals
  if (to === undefined || rest.length > 0) throw new UsageError(USAGE)
  if (command === 'backup') {
    await backup(from, to)
    console.log(`${to} is a copy of ${from}`)
  } else if (command === 'copy') {
    const prefix = values.prefix
    mustExist(from)
    const count = await copy(
      { store: from, prefix },
      { store: to, prefix: values['to-prefix'] ?? prefix }
    )
    console.log(`${count} jobs copied`)
  } else {
    throw new UsageError(USAGE)
  }
}

/**
 * @param {string} file of an embedded store, or its URL
 * @param {string} copy a file that is not there yet
 */
async function backup(file, copy) {
  read(await storeBackup(file, copy))
}

/**
 * @param {object} from options of createQueue
 * @param {object} to
 * @returns {Promise<number>} how many jobs were copied
 */
async function copy(from, to) {
  const [source, target] = [from, to].map((options) => JSON.stringify(check(options).native))
  return read(await storeCopy(source, target))
}

/** @param {string} answer JSON of src/binding/store.rs */
function read(answer) {
  const { value, code, message } = JSON.parse(answer)
  if (code) throw createError(code, message)
  return value
}

module.exports = { run, backup, copy }
