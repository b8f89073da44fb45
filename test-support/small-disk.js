'use strict'

/** A disk of a few MB for tests of what a full or a read-only one does. Only root may make one. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

class SmallDisk {
  /** @param {string} folder @param {number} megabytes */
  constructor(folder, megabytes) {
    this.folder = folder
    fs.mkdirSync(folder, { recursive: true })
    const args = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]
    this.there = spawnSync('mount', args).status === 0
  }

  /** Take this much of it. @param {number} kilobytes */
  occupy(kilobytes) {
    fs.writeFileSync(path.join(this.folder, 'ballast'), Buffer.alloc(kilobytes * 1024, 1))
  }

  /** Give that back. */
  free() {
    fs.unlinkSync(path.join(this.folder, 'ballast'))
  }

  /** From now on, nobody can write to it. */
  writeProtect() {
    assert.equal(spawnSync('mount', ['-o', 'remount,ro', this.folder]).status, 0)
  }

  remove() {
    if (this.there) assert.equal(spawnSync('umount', ['-l', this.folder]).status, 0)
  }
}

/** Whether this user may make one. */
function mayMount() {
  const disk = new SmallDisk(fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-disk-')), 1)
  disk.remove()
  fs.rmdirSync(disk.folder)
  return disk.there
}

module.exports = { SmallDisk, mayMount }
