'use strict'

/**
 * The catalogs of a directory as texts, for the translators' tools: what is wrong with a file must be
 * seen there, where `I18n` needs only what is right.
 */

const fs = require('node:fs')
const path = require('node:path')
const { createError } = require('../errors')

const EXTENSION = '.ftl'
/** As in src/i18n/catalog.rs. */
const MAX_FILE_BYTES = 16 * 1024 * 1024
/** Numbers that are tried to see whether a plural category has more than one. */
const TRIED = 1000

/** A language, then perhaps a script, a region and variants; as in src/i18n/catalog.rs. */
const LOCALE =
  /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*$/i

/**
 * @typedef {object} Problem what `check` reports; types/i18n.d.ts describes it
 * @property {string} kind
 * @property {'error' | 'warning'} severity
 * @property {string | null} locale
 * @property {string} file
 * @property {number} line
 * @property {number} column
 * @property {string | null} id
 * @property {string} message
 */

/**
 * @typedef {object} Project as src/i18n/project.rs takes it
 * @property {string} sourceLocale
 * @property {{ locale: string, files: { name: string, text: string }[], plurals: object }[]} locales
 */

/** @param {string} name */
function isLocale(name) {
  if (!LOCALE.test(name)) return false
  try {
    return Intl.getCanonicalLocales(name).length === 1
  } catch {
    return false
  }
}

/**
 * Read all catalogs of a directory, at once and on this thread.
 * @param {string} dir
 * @param {string} sourceLocale
 * @param {readonly string[]} [locales] only these, beside the source
 * @returns {{ project: Project, problems: Problem[] }} with problems of files that are no text
 * @throws ERR_INVALID_ARG if the directory cannot be read or has no catalogs of the source locale
 */
function readProject(dir, sourceLocale, locales) {
  /** @type {Problem[]} */
  const problems = []
  const read = []
  for (const locale of list(dir, () => true)) {
    if (!isLocale(locale) || !statOf(path.join(dir, locale))?.isDirectory()) continue
    if (locales !== undefined && locale !== sourceLocale && !locales.includes(locale)) continue
    const names = list(path.join(dir, locale), isCatalog)
    const files = names.map((name) => readCatalog(dir, locale, name, problems))
    const known = files.filter((file) => file !== undefined)
    if (names.length > 0) read.push({ locale, files: known, plurals: pluralsOf(locale) })
  }
  if (!read.some((each) => each.locale === sourceLocale)) {
    const others = read.map((each) => each.locale).join(', ')
    throw createError(
      'ERR_INVALID_ARG',
      `There are no catalogs of the source locale ${JSON.stringify(sourceLocale)}: no file ` +
        `${path.join(dir, sourceLocale)}/*${EXTENSION}; ` +
        (others === '' ? 'there is no other locale either' : `there are those of ${others}`),
      { argument: 'source' }
    )
  }
  return { project: { sourceLocale, locales: read }, problems }
}

/** @param {string} dir @param {(name: string) => boolean} wanted */
function list(dir, wanted) {
  try {
    return fs.readdirSync(dir).filter(wanted).sort()
  } catch (cause) {
    const reason = /** @type {Error} */ (cause).message
    throw createError(
      'ERR_INVALID_ARG',
      `dir must be a directory with a folder for each locale, but ${dir} cannot be read: ${reason}`,
      { argument: 'dir', cause }
    )
  }
}

/** None for a link that leads nowhere. @param {string} file */
function statOf(file) {
  return fs.statSync(file, { throwIfNoEntry: false })
}

/** @param {string} name */
function isCatalog(name) {
  return name.endsWith(EXTENSION) && !name.startsWith('.')
}

/**
 * @param {string} dir
 * @param {string} locale
 * @param {string} name
 * @param {Problem[]} problems
 */
function readCatalog(dir, locale, name, problems) {
  const file = path.join(dir, locale, name)
  const stat = statOf(file)
  if (!stat?.isFile()) return undefined
  const problem = (line, message) =>
    problems.push({
      kind: 'junk',
      severity: 'error',
      locale,
      file: `${locale}/${name}`,
      line,
      column: 1,
      id: null,
      message
    })
  if (stat.size > MAX_FILE_BYTES) {
    problem(1, `the file is larger than ${MAX_FILE_BYTES} bytes`)
    return { name, text: '' }
  }
  let bytes
  try {
    bytes = fs.readFileSync(file)
  } catch (error) {
    problem(1, `the file cannot be read: ${/** @type {Error} */ (error).message}`)
    return { name, text: '' }
  }
  const text = bytes.toString('utf8')
  const again = Buffer.from(text)
  if (!again.equals(bytes)) {
    const lines = text.split('\n')
    let at = 0
    const wrong = lines.findIndex((line) => {
      const length = Buffer.byteLength(line) + 1
      const same = again.subarray(at, at + length).equals(bytes.subarray(at, at + length))
      at += length
      return !same
    })
    problem(wrong + 1, 'this is not UTF-8')
  }
  return { name, text }
}

/**
 * The plural categories of a locale; none where Node does not know the language.
 * @param {string} locale
 */
function pluralsOf(locale) {
  const known = Intl.PluralRules.supportedLocalesOf(locale).length > 0
  const categories = (type) => {
    if (!known) return []
    const rules = new Intl.PluralRules(locale, { type })
    /** @type {Map<string, number[]>} */
    const numbers = new Map(rules.resolvedOptions().pluralCategories.map((name) => [name, []]))
    for (let n = 0; n < TRIED; n++) numbers.get(rules.select(n))?.push(n)
    return [...numbers].map(([name, found]) => ({
      name,
      only: found.length === 1 ? found[0] : null
    }))
  }
  return { cardinal: categories('cardinal'), ordinal: categories('ordinal') }
}

module.exports = { readProject, isLocale }
