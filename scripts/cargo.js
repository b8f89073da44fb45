'use strict'

/** Cargo: where it is, whether it is new enough, and how it is started. */

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ROOT, Problem, describeEnd } = require('./cli')

/**
 * The environment for cargo.
 *
 * On musl (Alpine) Rust links the C library statically by default, and refuses to make a shared
 * library that way.
 * @returns {NodeJS.ProcessEnv}
 */
function cargoEnvironment() {
  if (!isMusl()) return process.env
  return {
    ...process.env,
    RUSTFLAGS: `${process.env.RUSTFLAGS || ''} -C target-feature=-crt-static`.trim()
  }
}

function isMusl() {
  if (process.platform !== 'linux') return false
  // The network part of the report can block on DNS for seconds.
  process.report.excludeNetwork = true
  const report = /** @type {any} */ (process.report.getReport())
  return report.header.glibcVersionRuntime === undefined
}

/** The oldest Rust that Cargo.toml allows. */
function requiredRust() {
  const manifest = fs.readFileSync(path.join(ROOT, 'Cargo.toml'), 'utf8')
  const match = /^rust-version\s*=\s*"([\d.]+)"/m.exec(manifest)
  if (!match) throw new Error('Cargo.toml names no rust-version')
  return match[1]
}

/**
 * Is version `a` older than version `b`? Both are dotted numbers.
 * @param {string} a
 * @param {string} b
 */
function isOlder(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] || 0) - (right[i] || 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** @type {string | undefined} */
let found

/**
 * The cargo to use, checked once per process.
 *
 * rustup changes PATH only for new shells, so right after its installation cargo stands in
 * `~/.cargo/bin` alone.
 * @returns {string} a file name to spawn
 * @throws {Problem} when there is none, or it is too old
 */
function findCargo() {
  if (found) return found
  const home = process.env.CARGO_HOME || path.join(os.homedir(), '.cargo')
  const executable = process.platform === 'win32' ? 'cargo.exe' : 'cargo'
  const candidates = [process.env.CARGO, 'cargo', path.join(home, 'bin', executable)]
  const tried = candidates.filter((candidate) => candidate !== undefined)
  const required = requiredRust()
  for (const candidate of tried) {
    const { status, stdout, stderr, error } = spawnSync(candidate, ['--version'], {
      cwd: ROOT,
      encoding: 'utf8'
    })
    if (error) continue
    const version = /^cargo (\d+\.\d+\.\d+)/.exec(stdout)
    if (status !== 0 || !version) {
      throw new Problem(
        `\`${candidate} --version\` did not work, so the addon cannot be built: ` +
          `${(stderr || stdout).trim() || `exit code ${status}`}. ` +
          `\`rustup default stable\` sets up a working toolchain; see https://rustup.rs.`
      )
    }
    if (isOlder(version[1], required)) {
      throw new Problem(
        `rekue needs Rust ${required} or newer, but cargo is ${version[1]}. ` +
          `Update it with \`rustup update stable\`, or install Rust from https://rustup.rs.`
      )
    }
    found = candidate
    return found
  }
  throw new Problem(
    `rekue is compiled from Rust, but there is no cargo on the PATH or in ${path.join(home, 'bin')}. ` +
      `Install Rust ${required} or newer from https://rustup.rs, and a C linker ` +
      `(Debian: apt-get install build-essential), then run this command again.`
  )
}

/**
 * Run cargo to its end, its messages live on stderr.
 * @param {string[]} args
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env] variables beside those of the process
 * @param {(line: string) => boolean} [options.filter] sees each line of stderr, which is then a
 *   pipe; answers whether to show it
 * @returns {Promise<string>} what cargo wrote to stdout
 * @throws {Problem} when it fails
 */
function cargo(args, { env, filter } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(findCargo(), args, {
      cwd: ROOT,
      env: { ...cargoEnvironment(), ...env },
      stdio: ['ignore', 'pipe', filter ? 'pipe' : 2]
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
    if (filter) {
      let rest = ''
      child.stderr.setEncoding('utf8').on('data', (text) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() || ''
        for (const line of lines) if (filter(line)) process.stderr.write(`${line}\n`)
      })
      child.stderr.on('end', () => {
        if (rest && filter(rest)) process.stderr.write(`${rest}\n`)
      })
    }
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stdout)
      else {
        const command = `cargo ${args[0]}`
        reject(
          new Problem(`\`${command}\` ${describeEnd({ code, signal })}; its messages stand above.`)
        )
      }
    })
  })
}

module.exports = { cargo, findCargo, cargoEnvironment, isOlder, isMusl }
