'use strict'

const path = require('node:path')
const native = require('../../native')
const { ask, count, open, parse, printJson, writeCatalogs } = require('./command')

const USAGE = `usage: rekue i18n pseudo [--bidi] [--json]

Makes a pseudo-locale from the source, to see in the app what is not translated and what has no
room: en-XA has accents and is a third longer; ar-XB runs from right to left. Arguments, references
and HTML stay. Its files are written anew each time.

  --bidi    make ar-XB instead of en-XA
  --dir     where the locales' folders are; default: locales
  --source  the locale that it is made from; default: en
  --json    print JSON`

const OPTIONS = /** @type {const} */ ({ bidi: { type: 'boolean' }, json: { type: 'boolean' } })

/** @param {string[]} args behind `rekue i18n pseudo` */
async function pseudo(args) {
  const parsed = parse(args, USAGE, OPTIONS)
  if (parsed === undefined) return
  const { values } = parsed
  const [locale, style] = values.bidi ? ['ar-XB', 'bidi'] : ['en-XA', 'accented']
  const project = open(values)
  const files = ask(native.i18nPseudo, { project, style })
  writeCatalogs(values.dir, locale, files)
  const names = files.map((file) => file.name)
  if (values.json) printJson({ locale, files: names })
  else console.log(`${path.join(values.dir, locale)}: ${count(names.length, 'file')}`)
}

module.exports = { pseudo }
