'use strict'

const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { ConfigError } = require('../config')

/** What a signature needs at least; the same as for CURSOR_SECRET. */
const LEAST_CHARS = 16

/**
 * What cursors are signed with, the same for all instances that share the folder and after a
 * restart. Instances on several machines share no folder: they need CURSOR_SECRET.
 * @param {string} folder
 * @returns {string}
 * @throws {ConfigError} where the file holds something that is no secret
 */
function sharedSecret(folder) {
  const file = path.join(folder, 'cursor-secret')
  const known = read(file)
  if (known === undefined) {
    fs.mkdirSync(folder, { recursive: true })
    create(file, (own) => {
      try {
        // Fails where another instance was quicker; its secret is then ours too.
        fs.linkSync(own, file)
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
      }
    })
  } else if (known.trim() === '') {
    // Left by a machine that stopped before the content was on its disk. No cursor was signed with it.
    create(file, (own) => fs.renameSync(own, file))
  }
  const secret = read(file) ?? ''
  if (secret.length < LEAST_CHARS) {
    throw new ConfigError(
      `${file} is too short for a secret: remove it, and a new one is made; or set CURSOR_SECRET`
    )
  }
  return secret
}

/** @param {string} file @returns {string | undefined} nothing where there is none */
function read(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Write a secret beside the file, down to the disk, so that the name never stands for half of it.
 * @param {string} file
 * @param {(own: string) => void} place put what was written into its place
 */
function create(file, place) {
  const own = `${file}.${process.pid}.tmp`
  try {
    const content = randomBytes(32).toString('base64url')
    fs.writeFileSync(own, content, { mode: 0o600, flush: true })
    place(own)
  } finally {
    fs.rmSync(own, { force: true })
  }
}

module.exports = { sharedSecret }
