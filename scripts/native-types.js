'use strict'

/**
 * Write lib/native.d.ts: the types of the addon, from what the `#[napi]` attributes say.
 *
 *   node scripts/native-types.js [--check]     --check fails when the file is not what it would be
 *
 * napi-derive appends a line of JSON per item to a file in NAPI_TYPE_DEF_TMP_FOLDER while the
 * crate compiles. @napi-rs/cli turns these into declarations too, but it brings 60 packages and
 * its rules for loaders that we do not have; what we use of the format is on this page, and
 * whatever else appears is an error that names it.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ROOT, Problem, say, runMain } = require('./cli')
const { cargo } = require('./cargo')

const OUTPUT = path.join(ROOT, 'lib', 'native.d.ts')

const HEADER = `// Generated from src/binding by \`npm run build:types\`. Do not edit.
`

/**
 * @typedef {object} Item a line of napi-derive's
 * @property {string} kind
 * @property {string} name its name in JavaScript
 * @property {string} def the declaration, or the inside of its braces
 * @property {string} [js_doc]
 * @property {string} [js_mod] a namespace
 */

/**
 * Let napi-derive describe the crate. `cargo check` expands the attributes as a build does, for
 * any crate type. A new folder each time makes cargo compile the crate anew (napi-build tells it
 * to watch the variable), where an unchanged one would yield nothing.
 * @returns {Promise<Item[]>}
 */
async function describeCrate() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-types-'))
  try {
    await cargo(['check', '--quiet', '--lib'], { env: { NAPI_TYPE_DEF_TMP_FOLDER: folder } })
    const file = path.join(folder, 'rekue')
    if (!fs.existsSync(file)) return []
    const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line))
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Join each class with its `impl` blocks, which are items of their own.
 * @param {Item[]} items
 */
function joinClasses(items) {
  /** @type {Map<string, Item>} */
  const classes = new Map()
  const joined = []
  for (const item of items) {
    if (item.kind === 'impl') continue
    const copy = { ...item }
    if (item.kind === 'struct') classes.set(item.name, copy)
    joined.push(copy)
  }
  for (const item of items) {
    if (item.kind !== 'impl') continue
    const owner = classes.get(item.name)
    if (!owner) throw new Error(`#[napi] impl of ${item.name}, which is no #[napi] struct`)
    owner.def = [owner.def, item.def].filter(Boolean).join('\n')
  }
  return joined
}

/**
 * The members inside braces, indented by their depth.
 * @param {string} text
 */
function indent(text) {
  let depth = 1
  return text
    .split('\n')
    .map((raw) => raw.trim())
    .filter(Boolean)
    .map((line) => {
      if (line.startsWith('*')) return `${'  '.repeat(depth)} ${line}`
      const isComment = line.startsWith('/*') || line.startsWith('//')
      const opened = isComment ? 0 : line.split('{').length - line.split('}').length
      if (opened < 0) depth += opened
      const indented = '  '.repeat(depth) + line
      if (opened > 0) depth += opened
      return indented
    })
    .join('\n')
}

/** @param {string} members */
function braces(members) {
  return members.trim() ? `{\n${indent(members)}\n}` : '{}'
}

/**
 * A Rust enum of strings reaches JavaScript as its values.
 * @param {string} members lines `Name = 'value',`, with comments between them
 */
function stringUnion(members) {
  return [...members.matchAll(/^\s*[\w$]+ = ('[^']*'),?$/gm)].map((match) => match[1]).join(' | ')
}

/** @param {Item} item */
function declare({ kind, name, def }) {
  switch (kind) {
    case 'const':
      return def.replace(/^export const/, 'export declare const')
    case 'fn':
      return `export declare ${def}`
    case 'type':
      return `export type ${name} = ${def}`
    case 'interface':
      return `export interface ${name} ${braces(def)}`
    case 'struct':
      return `export declare class ${name} ${braces(def)}`
    case 'enum':
      return `export declare enum ${name} ${braces(def)}`
    case 'string_enum':
      return `export type ${name} = ${stringUnion(def)}`
    default:
      throw new Error(`${name}: scripts/native-types.js has yet to learn the kind ${kind}`)
  }
}

/**
 * @param {Item[]} items
 * @returns {string} the text of the declaration file
 */
function render(items) {
  const namespaced = items.find((item) => item.js_mod)
  if (namespaced) {
    throw new Error(`${namespaced.name}: scripts/native-types.js has yet to learn namespaces`)
  }
  const declarations = joinClasses(items)
    // By name: the order of expansion follows the order of modules, which means nothing here.
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((item) => (item.js_doc || '') + declare(item))
  if (declarations.length === 0) declarations.push('export {}')
  return `${[HEADER.trim(), ...declarations].join('\n\n')}\n`
}

runMain(async () => {
  const check = process.argv.includes('--check')
  const text = render(await describeCrate())
  const name = path.relative(ROOT, OUTPUT)
  if (fs.existsSync(OUTPUT) && fs.readFileSync(OUTPUT, 'utf8') === text) {
    say(`${name} is up to date`)
    return
  }
  if (check) {
    throw new Problem(`${name} is not what src/binding says; \`npm run build:types\` writes it.`)
  }
  fs.writeFileSync(OUTPUT, text)
  say(`wrote ${name}`)
})
