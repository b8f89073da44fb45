'use strict'

const fs = require('node:fs/promises')
const os = require('node:os')
const path = require('node:path')

/** How long sums may be in memory alone: what a kill -9 costs. */
const FLUSH_MS = 500

/**
 * Counters in a folder that the processes of one machine share: each process writes one file of
 * its own, so none waits for another, and a reader adds all of them up. A process that starts
 * takes over the file of one that is gone, so there are never more files than there were processes
 * at once.
 */
class FileCounters {
  #folder
  #file
  /** @type {Record<string, number>} */
  #sums = {}
  /** @type {NodeJS.Timeout | undefined} */
  #timer
  /** Writes follow one another. @type {Promise<void>} */
  #writing
  #closed = false

  /** @param {string} folder made if need be */
  constructor(folder) {
    this.#folder = folder
    this.#file = path.join(folder, `${os.hostname()}.${process.pid}.json`)
    this.#writing = this.#takeOver()
    // It is reported by whoever waits for it.
    this.#writing.catch(() => {})
  }

  /** @param {Record<string, number>} sums */
  async add(sums) {
    addTo(this.#sums, sums)
    if (this.#closed) await this.#store()
    else this.#timer ??= setTimeout(() => this.#store().catch(() => {}), FLUSH_MS)
  }

  async read() {
    await this.#store()
    /** @type {Record<string, number>} */
    const total = {}
    for (const name of await fs.readdir(this.#folder)) {
      if (name.endsWith('.json')) addTo(total, await readSums(path.join(this.#folder, name)))
    }
    return total
  }

  async close() {
    this.#closed = true
    await this.#store()
  }

  /** Continue the file of a process of this machine that is no more. */
  async #takeOver() {
    await fs.mkdir(this.#folder, { recursive: true })
    const own = path.basename(this.#file)
    for (const name of await fs.readdir(this.#folder)) {
      const [, host, pid] = /^(.+)\.(\d+)\.json$/.exec(name) || []
      if (host !== os.hostname() || (name !== own && isAlive(Number(pid)))) continue
      try {
        // A rename succeeds for one only, however many start at once.
        await fs.rename(path.join(this.#folder, name), this.#file)
        addTo(this.#sums, await readSums(this.#file))
        return
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error
      }
    }
  }

  /** Write the file whole and beside, then put it in place, so that a reader sees no half of it. */
  #store() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const write = async () => {
      const beside = `${this.#file}.tmp`
      await fs.writeFile(beside, JSON.stringify(this.#sums))
      await fs.rename(beside, this.#file)
    }
    this.#writing = this.#writing.then(write, write)
    return this.#writing
  }
}

/** @param {Record<string, number>} total @param {Record<string, number>} sums */
function addTo(total, sums) {
  for (const [name, number] of Object.entries(sums)) total[name] = (total[name] || 0) + number
}

/** @param {string} file @returns {Promise<Record<string, number>>} nothing where it is gone */
async function readSums(file) {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8'))
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {}
    throw error
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH'
  }
}

module.exports = { FileCounters }
