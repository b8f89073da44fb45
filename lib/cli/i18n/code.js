'use strict'

/** The files of code that `extract` and `check --code` read. */

const fs = require('node:fs')
const path = require('node:path')
const native = require('../../native')
const { ask, UsageError } = require('./command')

const SCRIPTS = ['js', 'cjs', 'mjs', 'jsx', 'ts', 'cts', 'mts', 'tsx']
const TEMPLATES = ['ejs', 'html', 'htm', 'hbs', 'handlebars', 'mustache', 'njk', 'nunjucks', 'vue']
const NAMED = new RegExp(`\\.(?:${[...SCRIPTS, ...TEMPLATES].join('|')})$`)
/** What is made by others, or by tools. */
const LEFT_OUT = /\.d\.[cm]?ts$|\.min\.js$/
const FOLDERS_LEFT_OUT = new Set(['node_modules', 'bower_components', 'coverage', 'dist', 'build'])

/** Files that are handed over at once. */
const BATCH = 200

/**
 * @typedef {object} Extraction as src/i18n/extract/mod.rs describes it
 * @property {{ id: string, file: string, line: number, column: number, arguments: string[], open: boolean }[]} calls
 * @property {{ file: string, line: number, column: number, code: string }[]} dynamic
 * @property {{ file: string, line: number, column: number, message: string }[]} errors
 */

/**
 * @param {string[]} roots files and folders
 * @param {{ functions?: string[], locales?: string[] }} options
 * @returns {Extraction & { files: number }}
 */
function extractFrom(roots, { functions = [], locales = [] }) {
  const names = [...new Set(roots.flatMap(filesOf))].sort()
  /** @type {Extraction} */
  const all = { calls: [], dynamic: [], errors: [] }
  for (let at = 0; at < names.length; at += BATCH) {
    progress(at, names.length)
    const files = names.slice(at, at + BATCH).map((name) => ({
      name: name.split(path.sep).join('/'),
      text: fs.readFileSync(name, 'utf8')
    }))
    const found = ask(native.i18nExtract, { files, functions, locales })
    for (const key of Object.keys(all)) for (const each of found[key]) all[key].push(each)
  }
  progress(names.length, names.length)
  return { ...all, files: names.length }
}

/** @param {string} root @returns {string[]} */
function filesOf(root) {
  const folders = foldersOf(root)
  if (folders[0] === root && !fs.statSync(root).isDirectory()) return [root]
  return folders.flatMap((folder) => {
    const files = fs.readdirSync(folder, { withFileTypes: true }).filter((each) => each.isFile())
    const names = files.map((each) => path.join(folder, each.name))
    return names.filter((name) => NAMED.test(name) && !LEFT_OUT.test(name))
  })
}

/**
 * A folder and all below it that may hold code; a file alone. Links are not followed: they may lead
 * round in a circle.
 * @param {string} root
 * @returns {string[]}
 */
function foldersOf(root) {
  try {
    if (!fs.statSync(root).isDirectory()) return [root]
  } catch (error) {
    throw new UsageError(`${root} cannot be read: ${/** @type {Error} */ (error).message}`)
  }
  const entries = fs.readdirSync(root, { withFileTypes: true })
  const own = (entry) => !entry.name.startsWith('.') && !FOLDERS_LEFT_OUT.has(entry.name)
  const inner = entries.filter((entry) => entry.isDirectory() && own(entry))
  return [root, ...inner.flatMap((entry) => foldersOf(path.join(root, entry.name)))]
}

/** @param {number} done @param {number} total */
function progress(done, total) {
  if (!process.stderr.isTTY || total <= BATCH) return
  process.stderr.write(done < total ? `\rread ${done} of ${total} files` : '\r\x1b[K')
}

module.exports = { extractFrom, foldersOf }
