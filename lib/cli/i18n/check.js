'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { checkCatalogs } = require('../../i18n/check')
const { isLocale } = require('../../i18n/project')
const { extractFrom } = require('./code')
const { UsageError, colour, count, parse, printJson, reading } = require('./command')
const { watch } = require('./watch')

const KINDS = [
  'arguments',
  'control-character',
  'cycle',
  'duplicate',
  'junk',
  'markup',
  'missing',
  'obsolete',
  'plural',
  'plural-missing',
  'unknown-reference',
  'untranslated',
  'unused'
]

const USAGE = `usage: rekue i18n check [DIR] [--code PATH]… [--ignore KIND,…] [--strict] [--watch] [--json]

Finds what is wrong with the catalogs DIR/LOCALE/*.ftl (default: locales), each with its place.

  --source    the locale that the others are translated from; default: en
  --code      also check how files, or the files of folders, use the messages
  --function  a function that works as t does, beside t; may be given more than once
  --dynamic   ids that the code makes up, such as 'error-*': they count as used; may be repeated
  --ignore    kinds that are not reported
  --strict    warnings are problems, too
  --watch     check again whenever a file changes
  --json      print JSON

Kinds: ${KINDS.slice(0, 7).join(', ')},
${KINDS.slice(7).join(', ')}.
obsolete, plural-missing and untranslated are warnings, and so is unused where the code has ids that
cannot be read in it. Exit code: 0 if there are no problems, 1 if there are, 2 for a wrong call.`

/** @type {string[]} */
const NONE = []

const OPTIONS = /** @type {const} */ ({
  code: { type: 'string', multiple: true, default: NONE },
  function: { type: 'string', multiple: true, default: NONE },
  dynamic: { type: 'string', multiple: true, default: NONE },
  ignore: { type: 'string', multiple: true, default: NONE },
  strict: { type: 'boolean' },
  watch: { type: 'boolean' },
  json: { type: 'boolean' }
})

/** @param {string[]} args behind `rekue i18n check` */
async function check(args) {
  const parsed = parse(args, USAGE, OPTIONS, { max: 1 })
  if (parsed === undefined) return
  const { values, positionals } = parsed
  const dir = positionals[0] ?? values.dir
  const ignored = values.ignore.flatMap((list) => list.split(',').map((kind) => kind.trim()))
  const unknown = ignored.find((kind) => !KINDS.includes(kind))
  if (unknown !== undefined) {
    throw new UsageError(
      `--ignore takes kinds of problems, but ${JSON.stringify(unknown)} is none; ` +
        `they are ${KINDS.join(', ')}`
    )
  }
  const once = () => {
    const found = find(dir, values)
    const problems = found.problems.filter((each) => !ignored.includes(each.kind))
    const errors = problems.filter((each) => values.strict || each.severity === 'error').length
    if (values.json) {
      printJson({ ok: errors === 0, errors, warnings: problems.length - errors, problems })
    } else {
      report(dir, problems, errors, found)
    }
    return errors === 0
  }
  const again = () => {
    try {
      process.exitCode = once() ? 0 : 1
    } catch (error) {
      // A folder that is being replaced is back in a moment, with another change.
      console.error(`rekue: ${/** @type {Error} */ (error).message}`)
    }
  }
  // First, so that no change is missed while the first check runs.
  if (values.watch) reading(() => watch([dir, ...values.code], again))
  process.exitCode = once() ? 0 : 1
}

/** @param {string} dir @param {any} values */
function find(dir, values) {
  return reading(() => {
    if (values.code.length === 0) {
      return { problems: checkCatalogs(dir, values.source), code: undefined }
    }
    const locales = fs.readdirSync(dir).filter(isLocale)
    const code = extractFrom(values.code, { functions: values.function, locales })
    const usage = {
      calls: code.calls,
      dynamic: code.dynamic.length > 0 && values.dynamic.length === 0,
      dynamicIds: values.dynamic
    }
    const problems = checkCatalogs(dir, values.source, { usage })
    const unreadable = code.errors.map(({ file, line, column, message }) => ({
      kind: 'junk',
      severity: /** @type {const} */ ('error'),
      locale: null,
      file,
      line,
      column,
      id: null,
      message: `the code cannot be read: ${message}`
    }))
    return { problems: [...problems, ...unreadable], code }
  })
}

/** @param {string} dir @param {import('../../i18n/project').Problem[]} problems */
function report(dir, problems, errors, { code }) {
  for (const { kind, severity, locale, file, line, column, message } of problems) {
    const place = `${locale === null ? file : path.join(dir, file)}:${line}:${column}`
    const label = severity === 'error' ? colour('red', kind) : colour('yellow', kind)
    console.log(`${colour('bold', place)}: ${label}: ${message}`)
  }
  if (code !== undefined) {
    const { calls, dynamic, files } = code
    const also =
      dynamic.length > 0 ? `, and ${count(dynamic.length, 'call')} with ids of its own` : ''
    console.log(
      colour('dim', `${count(calls.length, 'use')} in ${count(files, 'file')} of code${also}`)
    )
  }
  const warnings = problems.length - errors
  const also = warnings > 0 ? `, ${count(warnings, 'warning')}` : ''
  const line = errors === 0 ? `no problems${also}` : `${count(errors, 'problem')}${also}`
  console.log(colour(errors === 0 ? 'green' : 'red', line))
}

module.exports = { check }
