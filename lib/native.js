'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createError } = require('./errors')

/** The compiled part, one file per platform, beside package.json. */
const FILE = `../rekue.${process.platform}-${process.arch}.node`

/** @returns {typeof import('./native')} */
function load() {
  try {
    return require(FILE)
  } catch (cause) {
    throw createError(
      'ERR_NATIVE_NOT_BUILT',
      `The compiled part of rekue is missing or does not load on this machine. ${wayOut()}`,
      { cause }
    )
  }
}

/** What helps depends on whether this is the package, or a copy of its text in a bundle. */
function wayOut() {
  // Not by `require`, which a bundler would follow.
  const root = path.join(__dirname, '..')
  const script = path.join(root, 'scripts', 'build.js')
  if (!isPackage(root) || !fs.existsSync(script)) {
    return (
      'It lies beside the package.json of rekue, and that is not here: this is a bundle, or a part of the package. ' +
      "Tell the bundler that rekue is external (esbuild `--external:rekue`, webpack `externals: { rekue: 'commonjs rekue' }`, " +
      'ncc `--external rekue`), and install it where the bundle runs.'
    )
  }
  // The only command that works with every package manager, also where none may run scripts.
  return (
    `Build it with \`node ${quote(fromHere(script))}\` (in a clone: \`npm run build\`); it needs cargo, see https://rustup.rs. ` +
    'A package manager does the same where the install script of rekue may run: `npm rebuild rekue --foreground-scripts`, ' +
    'with npm 12 after `npm install-scripts approve rekue`; with pnpm `pnpm approve-builds`.'
  )
}

/** @param {string} root */
function isPackage(root) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).name === 'rekue'
  } catch {
    return false
  }
}

/** A path for the shell of whoever reads this: short where it is below the current folder. */
function fromHere(/** @type {string} */ file) {
  const relative = path.relative(process.cwd(), file)
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative
}

const quote = (/** @type {string} */ file) =>
  /^[\w@%+=:,./\\-]+$/.test(file) ? file : JSON.stringify(file)

module.exports = load()
