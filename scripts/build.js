'use strict'

/**
 * Build the addon and put it beside package.json.
 *
 *   node scripts/build.js [--if-stale] [--debug | --profile NAME] [--verify-lto]
 *
 *   --if-stale     do nothing when the addon was built from what stands here
 *   --debug        cargo's dev profile: quick to build, slow to run
 *   --profile      one of cargo's profiles; the default is $REKUE_PROFILE, else release
 *   --verify-lto   build anew and fail unless the linker's optimisation over all crates is on
 */

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { ROOT, Problem, say, runMain } = require('./cli')
const { cargo, findCargo } = require('./cargo')
const { ADDON, computeStamp, isStale, writeStamp } = require('./build-stamp')

/** The profile of what we ship, unless the environment asks for another. */
function defaultProfile() {
  return process.env.REKUE_PROFILE || 'release'
}

/**
 * The crate type is given here because with `["cdylib", "rlib"]` in Cargo.toml cargo drops LTO
 * without a word: an rlib cannot have it.
 * @param {string} profile
 */
function rustcArguments(profile) {
  return [
    'rustc',
    '--lib',
    '--crate-type=cdylib',
    `--profile=${profile}`,
    '--message-format=json-render-diagnostics'
  ]
}

/**
 * The library among cargo's messages. They name the file itself, so it does not matter which
 * target folder, target or platform is configured.
 * @param {string} messages cargo's stdout, one JSON object per line
 * @returns {string}
 */
function findLibrary(messages) {
  for (const line of messages.split('\n')) {
    if (!line.startsWith('{')) continue
    const message = JSON.parse(line)
    if (message.reason !== 'compiler-artifact' || message.target.name !== 'rekue') continue
    if (!message.target.crate_types.includes('cdylib')) continue
    const library = message.filenames.find((/** @type {string} */ file) =>
      /\.(so|dylib|dll)$/.test(file)
    )
    if (library) return library
  }
  throw new Error('cargo reported no shared library')
}

/** Where the addon is written before it gets its name: on the same disk, and never half. */
const TEMPORARY = path.join(path.dirname(ADDON), `.rekue-${process.pid}.node`)

/**
 * Find out before minutes of compiling, not after them, whether its result can be put in its place.
 * By trying: permissions do not tell of disks that are mounted read-only.
 * @throws {Problem}
 */
function checkWritable() {
  try {
    fs.writeFileSync(TEMPORARY, '')
    fs.rmSync(TEMPORARY)
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    throw new Problem(
      `the addon is built into the folder of the package, ${ROOT}, and nothing can be written there (${code || message}). ` +
        'Run this command as the owner of that folder, or build before it becomes read-only.'
    )
  }
}

/**
 * Remove cargo's hundreds of megabytes where rekue is a dependency of something: nobody compiles it
 * there a second time. In a checkout they make the next build quick, and a folder that somebody
 * named is theirs. A build that fails leaves them, for the next attempt.
 */
function removeTarget() {
  // Where it is: a checkout may be linked into somebody's node_modules.
  if (!fs.realpathSync(ROOT).split(path.sep).includes('node_modules')) return
  if (process.env.CARGO_TARGET_DIR || process.env.CARGO_BUILD_TARGET_DIR) return
  try {
    fs.rmSync(path.join(ROOT, 'target'), { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    // The addon is there; that some room is lost is no reason to fail an installation.
    say(`cargo's folder target stays: ${/** @type {Error} */ (error).message}`)
  }
}

/**
 * Put the library in its place in one step: a process that has the old one loaded keeps it, where
 * writing over the file would crash it.
 * @param {string} library
 */
function install(library) {
  try {
    fs.copyFileSync(library, TEMPORARY)
    fs.renameSync(TEMPORARY, ADDON)
  } catch (error) {
    fs.rmSync(TEMPORARY, { force: true })
    throw error
  }
}

/**
 * Watches cargo's verbose output for the command that makes the addon.
 * @returns {{ filter: (line: string) => boolean, verdict: () => string | undefined }} what is
 *   wrong, if anything is
 */
function watchForLto() {
  /** @type {string | undefined} */
  let command
  return {
    filter(line) {
      if (/--crate-name rekue\b/.test(line) && /--crate-type[ =]cdylib\b/.test(line)) command = line
      return !/^\s*(Running|Fresh|Dirty)\b/.test(line)
    },
    verdict() {
      if (command === undefined) return 'cargo did not show the command that builds the addon'
      if (/--crate-type[ =](rlib|lib)\b/.test(command)) return 'the addon is also built as an rlib'
      const lto = /-C lto(?:=(\S+))?(?=\s)/.exec(command)
      if (!lto) return 'the addon is built without `-C lto`'
      if (lto[1] !== undefined && lto[1] !== 'fat') return `the addon is built with \`${lto[0]}\``
    }
  }
}

/**
 * @param {object} [options]
 * @param {string} [options.profile]
 * @param {boolean} [options.verifyLto]
 */
async function build({ profile = defaultProfile(), verifyLto = false } = {}) {
  checkWritable()
  findCargo()
  // Taken before the build: what changes while it runs makes its result stale.
  const stamp = computeStamp(profile)
  const started = Date.now()
  const patience = profile === 'release' ? '; the first time takes a few minutes' : ''
  say(`building the addon (${profile}${patience})`)
  const args = rustcArguments(profile)
  let messages
  if (verifyLto) {
    // Cargo shows a command only when it runs it, so our crate (not its dependencies) goes first.
    await cargo(['clean', '--quiet', '--package=rekue', `--profile=${profile}`])
    const watch = watchForLto()
    messages = await cargo([...args, '--verbose'], { filter: watch.filter })
    const wrong = watch.verdict()
    if (wrong) {
      throw new Problem(
        `LTO is not on in the profile ${profile}: ${wrong}. ` +
          'It takes `lto = "fat"` in that profile of Cargo.toml and cdylib as the only crate type of the build.'
      )
    }
    say('LTO is on')
  } else {
    messages = await cargo(args)
  }
  install(findLibrary(messages))
  writeStamp(profile, stamp)
  removeTarget()
  say(`built ${path.basename(ADDON)} in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

async function main() {
  let values
  try {
    values = parseArgs({
      options: {
        'if-stale': { type: 'boolean' },
        debug: { type: 'boolean' },
        profile: { type: 'string' },
        'verify-lto': { type: 'boolean' }
      }
    }).values
  } catch (error) {
    throw new Problem(
      `${/** @type {Error} */ (error).message} (known: --if-stale, --debug, --profile NAME, --verify-lto)`
    )
  }
  if (values.debug && values.profile) throw new Problem('--debug and --profile exclude each other.')
  const profile = values.debug ? 'dev' : values.profile || defaultProfile()
  if (values['if-stale'] && !values['verify-lto'] && !isStale(profile)) return
  await build({ profile, verifyLto: values['verify-lto'] })
}

module.exports = { build, defaultProfile }

if (require.main === module) runMain(main)
