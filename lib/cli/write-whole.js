'use strict'

const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

/** As many links one behind the other as Linux follows. */
const MAX_LINKS = 40

/**
 * Write a file whole or not at all: readers see the old content or the new one. Links are followed,
 * and a file that was there keeps its mode and its owner. What is no regular file, such as a pipe,
 * can only be written into.
 * @param {string} file
 * @param {string} text
 */
function writeWhole(file, text) {
  const before = fs.statSync(file, { throwIfNoEntry: false })
  if (before !== undefined && !before.isFile()) {
    fs.writeFileSync(file, text)
    return
  }
  const target = before === undefined ? endOfLinks(file) : fs.realpathSync(file)
  const name = `.${path.basename(target)}.${randomBytes(6).toString('hex')}.tmp`
  const temporary = path.join(path.dirname(target), name)
  try {
    // Never more open than the file was, not even for a moment; and never through somebody's link.
    const mode = before === undefined ? 0o666 : before.mode & 0o777
    fs.writeFileSync(temporary, text, { flag: 'wx', mode })
    if (before !== undefined) keepRights(temporary, before)
    fs.renameSync(temporary, target)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
}

/**
 * @param {string} file
 * @param {fs.Stats} before
 */
function keepRights(file, { mode, uid, gid }) {
  const now = fs.statSync(file)
  if (now.uid !== uid || now.gid !== gid) {
    try {
      fs.chownSync(file, uid, gid)
    } catch {
      // Only root may give files away: then it is the writer's, as after an editor.
    }
  }
  // After the owner, whose change takes bits away, and because a umask has had its say.
  fs.chmodSync(file, mode & 0o7777)
}

/**
 * The file that a link will lead to once it is there; one that is no link is itself.
 * @param {string} file
 */
function endOfLinks(file) {
  let target = file
  for (let links = 0; links < MAX_LINKS; links++) {
    if (!fs.lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) break
    // From the folder in which the link really is.
    target = path.resolve(fs.realpathSync(path.dirname(target)), fs.readlinkSync(target))
  }
  return target
}

module.exports = { writeWhole }
