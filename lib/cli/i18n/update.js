'use strict'

const path = require('node:path')
const native = require('../../native')
const {
  UsageError,
  ask,
  checkLocale,
  colour,
  count,
  open,
  parse,
  printJson,
  writeCatalogs
} = require('./command')

const INIT_USAGE = `usage: rekue i18n init LOCALE [--json]

Begins a new locale: copies the source's catalogs, with a mark at each message that it is not
translated yet. The mark may stay when the message is translated: it counts only as long as the
text is the source's, and update takes it away. A regional locale (fr-CA) whose language is there
(fr) gets only what that one lacks.

  --dir     where the locales' folders are; default: locales
  --source  the locale that is copied; default: en
  --json    print JSON`

const UPDATE_USAGE = `usage: rekue i18n update [LOCALE]… [--check] [--json]

Brings locales (default: all) to the state of the source: adds what is missing, marked as not
translated, where it stands in the source, and sets aside as a comment what the source no longer
has. If it ever returns, so does its translation. Comments, order and all other text stay.

  --dir     where the locales' folders are; default: locales
  --source  the locale that the others are translated from; default: en
  --check   write nothing; exit code 1 if there is something to do
  --json    print JSON`

/** @param {string[]} args behind `rekue i18n init` */
async function init(args) {
  const parsed = parse(args, INIT_USAGE, { json: { type: 'boolean' } }, { min: 1, max: 1 })
  if (parsed === undefined) return
  const { values, positionals } = parsed
  const [locale] = positionals
  checkLocale('LOCALE', locale)
  const project = open(values)
  if (project.locales.some((each) => each.locale.toLowerCase() === locale.toLowerCase())) {
    throw new UsageError(`there is a locale ${locale} already: use rekue i18n update ${locale}`)
  }
  const result = ask(native.i18nUpdate, { project, locale })
  writeCatalogs(values.dir, locale, result.files)
  if (values.json) return printJson({ locale, ...summaryOf(result) })
  console.log(
    `${path.join(values.dir, locale)}: ${count(result.files.length, 'file')}, ` +
      `${count(result.added.length, 'entry').replace('entrys', 'entries')} to translate`
  )
}

/** @param {string[]} args behind `rekue i18n update` */
async function update(args) {
  const options = /** @type {const} */ ({ check: { type: 'boolean' }, json: { type: 'boolean' } })
  const parsed = parse(args, UPDATE_USAGE, options, { max: Infinity })
  if (parsed === undefined) return
  const { values, positionals } = parsed
  const project = open(values)
  const known = project.locales.map((each) => each.locale)
  const others = known.filter((locale) => locale !== values.source && !/-X[AB]$/.test(locale))
  for (const locale of positionals) {
    checkLocale('LOCALE', locale)
    if (locale === values.source) {
      throw new UsageError(`${locale} is the source, which the others follow`)
    }
    if (!known.includes(locale)) {
      throw new UsageError(`there is no locale ${locale}: begin it with rekue i18n init ${locale}`)
    }
  }
  const results = (positionals.length > 0 ? positionals : others).map((locale) => {
    const result = ask(native.i18nUpdate, { project, locale })
    if (!values.check) writeCatalogs(values.dir, locale, result.files)
    return { locale, ...summaryOf(result) }
  })
  if (values.json) printJson({ locales: results })
  else results.forEach((each) => print(each))
  if (values.check && results.some((each) => each.files.length > 0)) process.exitCode = 1
}

/** @param {any} result of src/i18n/update.rs @returns {any} with names instead of texts */
function summaryOf({ files, ...rest }) {
  return { files: files.map((file) => file.name), ...rest }
}

function print({ locale, files, added, restored, setAside, refreshed }) {
  if (files.length === 0) {
    console.log(`${colour('bold', locale)}: ${colour('green', 'up to date')}`)
    return
  }
  console.log(`${colour('bold', locale)}: ${files.join(', ')}`)
  const groups = { added, 'back again': restored, 'set aside': setAside, refreshed }
  for (const [what, ids] of Object.entries(groups)) {
    if (ids.length > 0) console.log(`  ${what}: ${ids.join(', ')}`)
  }
}

module.exports = { init, update }
