'use strict'

const fs = require('node:fs')
const native = require('../../native')
const { UsageError, ask, open, parse, writeWhole } = require('./command')

const USAGE = `usage: rekue i18n types [--out FILE] [--check]

Writes the messages of the source, with the arguments that each needs, as TypeScript declarations.
An argument of NUMBER or of plural variants is a number, one of DATETIME a date.

  --out     a file such as messages.d.ts; default: print it
  --check   write nothing; exit code 1 if the file is not as it would be written
  --dir     where the locales' folders are; default: locales
  --source  the locale that has all messages; default: en`

const OPTIONS = /** @type {const} */ ({ out: { type: 'string' }, check: { type: 'boolean' } })

/** @param {string[]} args behind `rekue i18n types` */
async function types(args) {
  const parsed = parse(args, USAGE, OPTIONS)
  if (parsed === undefined) return
  const { values } = parsed
  if (values.check && values.out === undefined) {
    throw new UsageError('--check needs --out, the file that is to be checked')
  }
  const text = ask(native.i18nTypes, { project: open(values) })
  if (values.out === undefined) {
    process.stdout.write(text)
  } else if (!values.check) {
    writeWhole(values.out, text)
  } else if (!fs.existsSync(values.out) || fs.readFileSync(values.out, 'utf8') !== text) {
    throw new Error(`${values.out} is not up to date: write it with rekue i18n types --out`)
  }
}

module.exports = { types }
