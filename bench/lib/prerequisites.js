'use strict'

/** What must be there before anything is measured: the peers, and rekue built for release. */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const BENCH = path.join(__dirname, '..')
const ROOT = path.join(BENCH, '..')

/**
 * Install the peers if they are missing or older than the lockfile.
 * @param {string} [folder] whose package.json names them
 */
function installPeers(folder = BENCH) {
  const modified = (file) =>
    fs.statSync(path.join(folder, file), { throwIfNoEntry: false })?.mtimeMs
  const installed = modified('node_modules/.package-lock.json')
  if (installed !== undefined && installed >= (modified('package-lock.json') ?? 0)) return
  const name = path.relative(ROOT, folder)
  console.error(`Installing the peers into ${name}/node_modules (npm ci) …`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit']
  })
  if (status !== 0) throw new Error(`npm ci in ${name} failed: the peers are not installed`)
}

/** Refuse to measure a rekue that is missing or built for debugging. */
function requireRelease() {
  const profile = builtProfile()
  if (profile === 'release') return
  throw new Error(
    `rekue is ${profile === null ? 'not built' : `built as ${profile}`}; the benchmark measures ` +
      'release builds only. Run `npm run build` first, or leave rekue out: --only kue,bull,bullmq,bee-queue'
  )
}

/**
 * How the addon was built. The package's release profile strips symbols and no other profile does,
 * so the file itself can tell; there is no stamp that could disagree with it.
 * @returns {string | null} null: there is no addon
 */
function builtProfile() {
  const file = path.join(ROOT, `rekue.${process.platform}-${process.arch}.node`)
  if (!fs.existsSync(file)) return null
  const content = fs.readFileSync(file)
  if (process.platform === 'linux' && content.includes('.symtab\0')) return 'a debug build'
  return 'release'
}

module.exports = { installPeers, requireRelease }
