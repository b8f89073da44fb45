'use strict'

/**
 * The stamp of a build: a hash over all that goes into the addon. Equal stamps mean that a build
 * would give what is already there; asking cargo the same costs most of a second, and needs cargo.
 */

const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { ROOT } = require('./cli')

/** Files and folders that are compiled. Cargo.toml has the profiles and the version. */
const SOURCES = ['Cargo.toml', 'Cargo.lock', 'build.rs', '.cargo', 'src']

/** Variables that change what cargo makes of the same sources. */
const VARIABLES = ['CARGO_BUILD_TARGET', 'RUSTFLAGS', 'CARGO_ENCODED_RUSTFLAGS']

const PLATFORM = `${process.platform}-${process.arch}`

/** The addon, as lib/native.js requires it. */
const ADDON = path.join(ROOT, `rekue.${PLATFORM}.node`)

/** One per platform, for a checkout that several systems see. */
const STAMP_FILE = path.join(ROOT, '.cache', `build.${PLATFORM}.json`)

/**
 * @param {string} name
 * @returns {Generator<string>} the files in it, in an order that does not depend on the disk
 */
function* filesIn(name) {
  const stat = fs.statSync(path.join(ROOT, name), { throwIfNoEntry: false })
  if (!stat) return
  if (!stat.isDirectory()) {
    yield name
    return
  }
  for (const entry of fs.readdirSync(path.join(ROOT, name)).sort())
    yield* filesIn(`${name}/${entry}`)
}

/**
 * @param {string} profile cargo's profile
 * @returns {string} a hash in hex
 */
function computeStamp(profile) {
  const hash = crypto.createHash('sha256')
  hash.update(JSON.stringify([profile, PLATFORM, VARIABLES.map((name) => process.env[name] ?? '')]))
  for (const source of SOURCES) {
    for (const file of filesIn(source)) {
      const content = fs.readFileSync(path.join(ROOT, file))
      // Name and length keep apart what only their concatenation would make equal.
      hash.update(`\0${file}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}

/**
 * Is the addon missing, or built from something else than what stands here now?
 * @param {string} profile
 */
function isStale(profile) {
  if (!fs.existsSync(ADDON)) return true
  try {
    return JSON.parse(fs.readFileSync(STAMP_FILE, 'utf8')).stamp !== computeStamp(profile)
  } catch {
    return true
  }
}

/**
 * @param {string} profile
 * @param {string} stamp what `computeStamp` gave before the build began
 */
function writeStamp(profile, stamp) {
  fs.mkdirSync(path.dirname(STAMP_FILE), { recursive: true })
  fs.writeFileSync(STAMP_FILE, `${JSON.stringify({ profile, stamp })}\n`)
}

module.exports = { ADDON, computeStamp, isStale, writeStamp }
