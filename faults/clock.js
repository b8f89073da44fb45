'use strict'

/**
 * Clocks of single processes that are wrong, and jump (Linux; see clock.c).
 *
 *   const clocks = await Clocks.build(folder)
 *   const clock = clocks.make(600)              // ten minutes fast
 *   await arena.worker({}, clock.env)
 *   clock.set(-600)                             // somebody set it
 */

const { execFile } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')

const SOURCE = path.join(__dirname, 'clock.c')

class Clock {
  /** @param {string} library @param {string} file @param {number} seconds */
  constructor(library, file, seconds) {
    this.file = file
    this.seconds = seconds
    fs.writeFileSync(file, Buffer.alloc(8))
    this.set(seconds)
    this.env = { LD_PRELOAD: library, FAULTS_CLOCK: file }
  }

  /** @param {number} seconds fast; below 0: slow */
  set(seconds) {
    this.seconds = seconds
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(seconds)
    // In place: the file is mapped.
    const fd = fs.openSync(this.file, 'r+')
    fs.writeSync(fd, bytes)
    fs.closeSync(fd)
  }
}

class Clocks {
  /** @param {string} library @param {string} folder */
  constructor(library, folder) {
    this.library = library
    this.folder = folder
    this.count = 0
  }

  /** @param {string} folder for the library and the clocks */
  static async build(folder) {
    const library = path.join(folder, 'clock.so')
    const args = ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']
    await promisify(execFile)(process.env.CC || 'cc', args)
    return new Clocks(library, folder)
  }

  /** @param {number} seconds */
  make(seconds) {
    return new Clock(this.library, path.join(this.folder, `clock-${++this.count}`), seconds)
  }
}

module.exports = { Clocks, Clock }
