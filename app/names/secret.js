'use strict'

const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

/**
 * What cursors are signed with, the same for all instances that share the folder and after a
 * restart. Instances on several machines share no folder: they need CURSOR_SECRET.
 * @param {string} folder
 * @returns {string}
 */
function sharedSecret(folder) {
  const file = path.join(folder, 'cursor-secret')
  if (!fs.existsSync(file)) {
    fs.mkdirSync(folder, { recursive: true })
    const own = `${file}.${process.pid}.tmp`
    fs.writeFileSync(own, randomBytes(32).toString('base64url'), { mode: 0o600 })
    try {
      // Fails where another instance was quicker; its secret is then ours too.
      fs.linkSync(own, file)
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    } finally {
      fs.rmSync(own)
    }
  }
  return fs.readFileSync(file, 'utf8')
}

module.exports = { sharedSecret }
