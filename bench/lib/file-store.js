'use strict'

/** What the parent asks of an embedded store, through a queue of its own on the same file. */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Store } = require('./store')

class FileStore extends Store {
  /** A file that nobody has used before. */
  constructor() {
    super(null)
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-bench-'))
    this.file = path.join(this.dir, 'jobs.db')
    this.url = `sqlite:${this.file}`
    this.queue = new (require('../..'))({ store: this.url })
  }

  /** There is no server that could use any: all of it is in the processes. */
  async cpuUs() {
    return NaN
  }

  /** @param {string[]} state */
  async count([state]) {
    return (await this.queue.stats())[state]
  }

  /** The file with its log, in bytes. */
  bytes() {
    const size = (suffix) =>
      fs.statSync(`${this.file}${suffix}`, { throwIfNoEntry: false })?.size ?? 0
    return size('') + size('-wal')
  }

  async close() {
    await this.queue.close()
    fs.rmSync(this.dir, { recursive: true, force: true })
  }
}

module.exports = { FileStore }
