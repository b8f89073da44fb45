'use strict'

/** What all commands of `rekue i18n` share: options, catalogs, output, and how files are written. */

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { fromNative } = require('../../errors')
const { isLocale, readProject } = require('../../i18n/project')
const { UsageError } = require('../usage-error')
const { writeWhole } = require('../write-whole')

const SHARED = /** @type {const} */ ({
  dir: { type: 'string', default: 'locales' },
  source: { type: 'string', default: 'en' },
  help: { type: 'boolean', short: 'h' }
})

/**
 * Read the arguments of a command. Prints the usage and returns undefined where that was asked for.
 * @param {string[]} args
 * @param {string} usage
 * @param {import('node:util').ParseArgsConfig['options']} options beside those that all have
 * @param {{ min?: number, max?: number }} [positionals] how many there may be
 * @returns {{ values: any, positionals: string[] } | undefined}
 */
function parse(args, usage, options, { min = 0, max = 0 } = {}) {
  let parsed
  try {
    parsed = parseArgs({ args, options: { ...SHARED, ...options }, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${/** @type {Error} */ (error).message}\n\n${usage}`)
  }
  const { values, positionals } = /** @type {any} */ (parsed)
  if (values.help) {
    console.log(usage)
    return undefined
  }
  if (positionals.length < min) throw new UsageError(usage)
  if (positionals.length > max) {
    throw new UsageError(`${JSON.stringify(positionals[max])} is one too many\n\n${usage}`)
  }
  checkLocale('--source', values.source)
  return { values, positionals }
}

/**
 * Refuse what is no name of a locale's folder.
 * @param {string} what
 * @param {string} tag
 */
function checkLocale(what, tag) {
  if (isLocale(tag)) return
  const similar = tag.replaceAll('_', '-')
  const hint = isLocale(similar) ? `, such as ${similar}` : ', such as fr or fr-CA'
  throw new UsageError(`${what} must be a language tag${hint}, but it is ${JSON.stringify(tag)}`)
}

/**
 * The catalogs; what keeps a file from being read is an error here, since files will be written.
 * @param {{ dir: string, source: string }} values
 */
function open({ dir, source }) {
  const { project, problems } = reading(() => readProject(dir, source))
  if (problems.length > 0) {
    const [{ file, line, message }] = problems
    throw new Error(`${path.join(dir, file)}:${line}: ${message}`)
  }
  return project
}

/**
 * A directory or source locale that is not there is a wrong argument.
 * @template T
 * @param {() => T} read
 * @returns {T}
 */
function reading(read) {
  try {
    return read()
  } catch (error) {
    if (/** @type {any} */ (error).code === 'ERR_INVALID_ARG') {
      throw new UsageError(/** @type {Error} */ (error).message)
    }
    throw error
  }
}

/**
 * @param {(request: string) => string} tool of src/binding/i18n_tools.rs
 * @param {object} request
 */
function ask(tool, request) {
  try {
    return JSON.parse(tool(JSON.stringify(request)))
  } catch (error) {
    throw fromNative(error)
  }
}

/**
 * Write files of a locale, each whole or not at all.
 * @param {string} dir
 * @param {string} locale
 * @param {{ name: string, text: string }[]} files with the names of files that were read
 */
function writeCatalogs(dir, locale, files) {
  const folder = path.join(dir, locale)
  fs.mkdirSync(folder, { recursive: true })
  for (const { name, text } of files) writeWhole(path.join(folder, path.basename(name)), text)
}

/** @param {unknown} value */
function printJson(value) {
  console.log(JSON.stringify(value, null, 2))
}

const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 }

/**
 * Coloured where somebody looks at it, and did not ask for none (https://no-color.org).
 * @param {keyof typeof CODES} style
 * @param {string} text
 */
function colour(style, text) {
  return process.stdout.isTTY && !process.env.NO_COLOR
    ? `\x1b[${CODES[style]}m${text}\x1b[0m`
    : text
}

/** @param {number} n @param {string} noun */
function count(n, noun) {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

module.exports = {
  UsageError,
  ask,
  checkLocale,
  colour,
  count,
  open,
  parse,
  printJson,
  reading,
  writeCatalogs,
  writeWhole
}
