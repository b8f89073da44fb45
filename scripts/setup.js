'use strict'

/**
 * Make a clone ready for `npm start` and `npm test`: the right Node, the npm dependencies, the
 * addon. When all is in place this costs two hashes, so it runs every time.
 *
 *   node scripts/setup.js [--dependencies]     --dependencies leaves out the addon
 */

const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { ROOT, Problem, say, runMain, run, describeEnd } = require('./cli')
const { findCargo, isOlder } = require('./cargo')
const { build, defaultProfile } = require('./build')
const { isStale } = require('./build-stamp')

/** What decides which packages belong into node_modules. */
const MANIFESTS = ['package.json', 'package-lock.json', 'app/package.json']

/** Where the stamp is too, so that whoever deletes the folder deletes the stamp with it. */
const PACKAGES = path.join(ROOT, 'node_modules')
const DEPENDENCY_STAMP = path.join(PACKAGES, '.rekue-stamp')

function checkNode() {
  const { engines } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
  const required = engines.node.replace('>=', '')
  if (!isOlder(process.versions.node, required)) return
  throw new Problem(
    `rekue needs Node.js ${required} or newer, but this is ${process.versions.node} (${process.execPath}). ` +
      'Install a newer one from https://nodejs.org or with your version manager (nvm install 22).'
  )
}

/**
 * A hash of what the manifests say about dependencies. Scripts and descriptions change often, and
 * no package with them.
 */
function computeDependencyStamp() {
  const hash = crypto.createHash('sha256')
  for (const name of MANIFESTS) {
    const file = path.join(ROOT, name)
    if (!fs.existsSync(file)) continue
    const text = fs.readFileSync(file, 'utf8')
    if (name === 'package-lock.json') {
      hash.update(text)
      continue
    }
    const { workspaces, dependencies, devDependencies, optionalDependencies, overrides } =
      JSON.parse(text)
    hash.update(
      JSON.stringify([workspaces, dependencies, devDependencies, optionalDependencies, overrides])
    )
  }
  return hash.digest('hex')
}

function dependenciesAreCurrent() {
  try {
    return fs.readFileSync(DEPENDENCY_STAMP, 'utf8') === computeDependencyStamp()
  } catch {
    return false
  }
}

/**
 * How to start npm. Under `npm start` it names itself; that is the one to use, and the only way
 * that needs no shell on Windows.
 * @returns {[file: string, ...args: string[]]}
 */
function npmCommand() {
  const { npm_execpath: npm } = process.env
  if (npm && /npm-cli\.c?js$/.test(npm)) return [process.execPath, npm]
  return ['npm']
}

/** npm follows the link and empties what it finds, which is another clone's. */
function checkPackagesAreOurs() {
  if (!fs.lstatSync(PACKAGES, { throwIfNoEntry: false })?.isSymbolicLink()) return
  throw new Problem(
    `${PACKAGES} is a symbolic link to ${fs.readlinkSync(PACKAGES)}, and its packages are not those that are ` +
      'needed here. npm would replace them for whoever else uses them: remove the link (rm, without a / ' +
      'behind it), and run this again.'
  )
}

async function installDependencies() {
  checkPackagesAreOurs()
  const hasLock = fs.existsSync(path.join(ROOT, 'package-lock.json'))
  const command = hasLock ? 'ci' : 'install'
  say(`installing the npm packages (npm ${command})`)
  const [file, ...args] = npmCommand()
  const end = await run(
    file,
    // Without scripts: that of this package is the build, which comes next and shows its progress,
    // and no package that we depend on needs one. With dev packages even under
    // NODE_ENV=production, since that is set for what we start, not for what builds it.
    [...args, command, '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'],
    { shell: file === 'npm' && process.platform === 'win32' }
  ).catch((error) => {
    if (error.code !== 'ENOENT') throw error
    throw new Problem('There is no npm on the PATH. It comes with Node.js: https://nodejs.org.')
  })
  if (end.code !== 0) {
    const hint = hasLock
      ? ' Where it says that package.json and package-lock.json disagree, `npm install` brings them together.'
      : ''
    throw new Problem(`\`npm ${command}\` ${describeEnd(end)}; its messages stand above.${hint}`)
  }
  // Computed now, because npm install may just have written the lock.
  fs.writeFileSync(DEPENDENCY_STAMP, computeDependencyStamp())
}

/**
 * Make the clone ready; quick when it is.
 * @param {object} [options]
 * @param {boolean} [options.addon] false leaves out the addon
 * @throws {Problem} that says what is missing and how to get it
 */
async function setUp({ addon = true } = {}) {
  checkNode()
  const addonIsStale = addon && isStale(defaultProfile())
  // Before the packages are fetched, so that who lacks cargo hears of it at once.
  if (addonIsStale) findCargo()
  if (!dependenciesAreCurrent()) await installDependencies()
  if (addonIsStale) await build()
}

module.exports = { setUp }

if (require.main === module) {
  runMain(() => setUp({ addon: !process.argv.includes('--dependencies') }))
}
