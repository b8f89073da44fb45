'use strict'

const fs = require('node:fs')
const { isLocale } = require('../../i18n/project')
const { extractFrom } = require('./code')
const { UsageError, colour, count, open, parse, printJson, writeCatalogs } = require('./command')

const USAGE = `usage: rekue i18n extract PATH… [--write NAME.ftl] [--function NAME]… [--json]

Lists the ids that calls of t and tMany ask for, with the arguments that they give, in JavaScript,
TypeScript and templates (EJS, Nunjucks, Handlebars, HTML). Calls whose id is not in the code are
listed apart; they do not change the exit code, files that cannot be read make it 1.

  --write     add messages that the source lacks to this file of it, for their author to write
  --function  a function that works as t does, beside t; may be given more than once
  --dir       where the locales' folders are; default: locales
  --source    the locale that --write adds to; default: en
  --json      print JSON`

/** @type {string[]} */
const NONE = []

const OPTIONS = /** @type {const} */ ({
  write: { type: 'string' },
  function: { type: 'string', multiple: true, default: NONE },
  json: { type: 'boolean' }
})

const ID = /^[A-Za-z][\w-]*$/

/** @param {string[]} args behind `rekue i18n extract` */
async function extract(args) {
  const parsed = parse(args, USAGE, OPTIONS, { min: 1, max: Infinity })
  if (parsed === undefined) return
  const { values, positionals } = parsed
  if (values.write !== undefined && !/^[^/\\.][^/\\]*\.ftl$/.test(values.write)) {
    throw new UsageError(`--write must be the name of a file such as app.ftl, without a folder`)
  }
  const locales = fs.existsSync(values.dir) ? fs.readdirSync(values.dir).filter(isLocale) : []
  const { calls, dynamic, errors } = extractFrom(positionals, {
    functions: values.function,
    locales
  })
  const messages = byId(calls)
  const written = values.write === undefined ? undefined : addMissing(messages, values)
  if (values.json) {
    printJson({ messages, dynamic, errors, ...(written && { written }) })
  } else {
    print(messages, dynamic, errors)
    if (written) console.log(`${count(written.length, 'message')} added to ${values.write}`)
  }
  if (errors.length > 0) process.exitCode = 1
}

/** @param {import('./code').Extraction['calls']} calls */
function byId(calls) {
  /** @type {Map<string, { id: string, arguments: Set<string>, open: boolean, calls: object[] }>} */
  const found = new Map()
  for (const { id, arguments: given, open: more, ...place } of calls) {
    const message = found.get(id) ?? { id, arguments: new Set(), open: false, calls: [] }
    given.forEach((name) => message.arguments.add(name))
    message.open ||= more
    message.calls.push(place)
    found.set(id, message)
  }
  const sorted = [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return sorted.map((each) => ({ ...each, arguments: [...each.arguments].sort() }))
}

function print(messages, dynamic, errors) {
  const at = ({ file, line, column }) => `${file}:${line}:${column}`
  for (const { id, arguments: given, open: more, calls } of messages) {
    const names = given.map((name) => ` $${name}`).join('') + (more ? ' …' : '')
    console.log(`${colour('bold', id)}${names}`)
    for (const call of calls) console.log(colour('dim', `    ${at(call)}`))
  }
  for (const each of dynamic) {
    console.log(`${at(each)}: ${colour('yellow', 'the id is not in the code')}: ${each.code}`)
  }
  for (const each of errors) console.log(`${at(each)}: ${colour('red', each.message)}`)
  console.log(
    `${count(messages.length, 'message')}, ${count(dynamic.length, 'call')} with ids of its own`
  )
}

/** Messages that the source lacks, with their ids for texts. @returns {string[]} their ids */
function addMissing(messages, values) {
  const project = open(values)
  const source = project.locales.find((each) => each.locale === values.source)
  const texts = source?.files.map((file) => file.text).join('\n') ?? ''
  const has = (id) => new RegExp(`^${id} *=`, 'm').test(texts)
  /** @type {Map<string, string>} */
  const entries = new Map()
  for (const { id, arguments: given } of messages) {
    const [name, attribute, ...rest] = id.split('.')
    if (!ID.test(name) || has(name) || rest.length > 0) continue
    if (attribute !== undefined && !ID.test(attribute)) continue
    const text = [id, ...given.filter((each) => ID.test(each)).map((each) => `{ $${each} }`)]
    const line = `${text.join(' ')}\n`
    const before = entries.get(name) ?? `${name} =`
    // A value comes first, whichever the code asked for first.
    if (attribute !== undefined) {
      entries.set(name, `${before}${before.endsWith('=') ? '\n' : ''}    .${attribute} = ${line}`)
    } else {
      entries.set(name, `${name} = ${line}${before.slice(name.length + 2).replace(/^\n/, '')}`)
    }
  }
  if (entries.size > 0) {
    const file = source?.files.find((each) => each.name === values.write)
    const before = file?.text ?? ''
    const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n'
    const text = before + gap + [...entries.values()].join('')
    writeCatalogs(values.dir, values.source, [{ name: values.write, text }])
  }
  return [...entries.keys()]
}

module.exports = { extract }
