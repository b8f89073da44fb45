'use strict'

const fs = require('node:fs')
const { text: readAll } = require('node:stream/consumers')
const native = require('../../native')
const {
  UsageError,
  ask,
  checkLocale,
  count,
  open,
  parse,
  printJson,
  writeCatalogs,
  writeWhole
} = require('./command')

const EXPORT_USAGE = `usage: rekue i18n export LOCALE [--format po|xliff] [--out FILE]

Writes the messages of the source and their translations for translation tools. Each value and each
attribute is a unit in Fluent's syntax; what is not translated is empty.

  --format  po (Gettext) or xliff (XLIFF 1.2); default: as the name of FILE says, else po
  --out     the file; default: print it
  --dir     where the locales' folders are; default: locales
  --source  the locale that is translated; default: en`

const IMPORT_USAGE = `usage: rekue i18n import LOCALE FILE [--format po|xliff] [--check] [--json]

Takes translations from a file that export wrote ('-' reads standard input). What nobody changed is
not touched; what is empty or fuzzy is left out. A unit whose text in the source has changed since,
that is no Fluent pattern, or that nobody knows, is reported and not taken, and makes the exit code
1.

  --format  po or xliff; default: as the name of FILE says
  --check   write nothing
  --dir     where the locales' folders are; default: locales
  --source  the locale that is translated; default: en
  --json    print JSON`

/** What a person or a tool writes is far below it. */
const MAX_IMPORT_BYTES = 64 * 1024 * 1024

/** @param {string[]} args behind `rekue i18n export` */
async function exportLocale(args) {
  const options = /** @type {const} */ ({ format: { type: 'string' }, out: { type: 'string' } })
  const parsed = parse(args, EXPORT_USAGE, options, { min: 1, max: 1 })
  if (parsed === undefined) return
  const { values, positionals } = parsed
  const [locale] = positionals
  checkTarget(locale, values.source)
  const format = formatOf(values.format, values.out) ?? 'po'
  const { text, skipped } = ask(native.i18nExport, { project: open(values), locale, format })
  if (values.out === undefined) process.stdout.write(text)
  else writeWhole(values.out, text)
  if (skipped.length > 0) {
    throw new Error(`XML cannot hold the control characters of ${skipped.join(', ')}: left out`)
  }
}

/** @param {string[]} args behind `rekue i18n import` */
async function importLocale(args) {
  const options = /** @type {const} */ ({
    format: { type: 'string' },
    check: { type: 'boolean' },
    json: { type: 'boolean' }
  })
  const parsed = parse(args, IMPORT_USAGE, options, { min: 2, max: 2 })
  if (parsed === undefined) return
  const { values, positionals } = parsed
  const [locale, file] = positionals
  checkTarget(locale, values.source)
  const format = formatOf(values.format, file)
  if (format === undefined) {
    throw new UsageError(`the name ${file} does not tell its format: give --format po or xliff`)
  }
  const text = await read(file)
  const result = ask(native.i18nImport, { project: open(values), locale, format, text })
  if (result.unreadable) {
    throw new Error(`${file}:${result.unreadable.line}: ${result.unreadable.message}`)
  }
  if (result.otherLocale !== undefined) {
    throw new Error(`${file} is in ${JSON.stringify(result.otherLocale)}, not in ${locale}`)
  }
  const { files, changed, skipped } = result
  if (!values.check) writeCatalogs(values.dir, locale, files)
  if (values.json) {
    printJson({ locale, files: files.map((each) => each.name), changed, skipped })
  } else {
    for (const { line, message } of skipped) console.log(`${file}:${line}: ${message}`)
    console.log(`${locale}: ${count(changed.length, 'change')}, ${skipped.length} not taken`)
  }
  if (skipped.length > 0) process.exitCode = 1
}

/** @param {string} locale @param {string} source */
function checkTarget(locale, source) {
  checkLocale('LOCALE', locale)
  if (locale === source) throw new UsageError(`${locale} is the source: name another locale`)
}

/**
 * @param {string | undefined} asked
 * @param {string | undefined} file
 */
function formatOf(asked, file) {
  if (asked !== undefined) {
    if (asked === 'po' || asked === 'xliff') return asked
    throw new UsageError(`--format must be po or xliff, but it is ${JSON.stringify(asked)}`)
  }
  if (file !== undefined && /\.po$/i.test(file)) return 'po'
  if (file !== undefined && /\.(xlf|xliff)$/i.test(file)) return 'xliff'
  return undefined
}

/** @param {string} file */
async function read(file) {
  if (file === '-') return readAll(process.stdin)
  try {
    const { size } = fs.statSync(file)
    if (size > MAX_IMPORT_BYTES) throw new Error(`it is larger than ${MAX_IMPORT_BYTES} bytes`)
    const bytes = fs.readFileSync(file)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${/** @type {Error} */ (error).message}`)
  }
}

module.exports = { export: exportLocale, import: importLocale }
