'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** Editors write a file in several steps; what comes within this time is one change. In ms. */
const QUIET_MS = 50

/** Tells when a catalog of a directory changes. */
class Watcher {
  /** @type {string} */ #dir
  /** @type {() => Promise<void>} */ #changed
  /** @type {Map<string, fs.FSWatcher>} */ #watching = new Map()
  /** @type {NodeJS.Timeout | undefined} */ #timer
  #stopped = false

  /**
   * @param {string} dir
   * @param {() => Promise<void>} changed rejects never
   */
  constructor(dir, changed) {
    this.#dir = dir
    this.#changed = changed
  }

  /** Resolves once every change will be seen. */
  async start() {
    const entries = await fs.promises.readdir(this.#dir, { withFileTypes: true })
    if (this.#stopped) return
    this.#watch(this.#dir)
    // Folder by folder: watching a tree is not to be had on every system.
    for (const entry of entries) {
      if (entry.isDirectory()) this.#watch(path.join(this.#dir, entry.name))
    }
  }

  stop() {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const watcher of this.#watching.values()) watcher.close()
    this.#watching.clear()
  }

  /** @param {string} folder */
  #watch(folder) {
    if (this.#watching.has(folder)) return
    const watcher = fs.watch(folder, { persistent: false }, () => this.#soon())
    // A folder that goes away takes its watcher with it.
    watcher.on('error', () => this.#forget(folder))
    this.#watching.set(folder, watcher)
  }

  /** @param {string} folder */
  #forget(folder) {
    this.#watching.get(folder)?.close()
    this.#watching.delete(folder)
    this.#soon()
  }

  #soon() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(async () => {
      // New folders first, so that no change of theirs is missed.
      await this.start().catch(() => {})
      if (!this.#stopped) await this.#changed()
    }, QUIET_MS)
    this.#timer.unref()
  }
}

module.exports = { Watcher }
