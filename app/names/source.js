'use strict'

/**
 * The data set of names: opened, watched, and read anew when its file changes.
 *
 * A file that is gone or cannot be read does no harm to what is open: the version before goes on
 * being served, and /readyz says what is wrong.
 */

const fs = require('node:fs')
const { Dataset } = require('rekue/pagination')
const { ConfigError } = require('../config')
const { sampleFile } = require('../exercises/pagination/data')
const { sharedSecret } = require('./secret')

/** A poll works on every file system, also where the file is replaced by a rename. */
const LOOK_MS = 1000

class NamesSource {
  #log
  /** Why the last attempt to read a new version failed. @type {string | undefined} */
  #failure
  #look = (/** @type {fs.Stats} */ now) => this.#changed(now)

  /**
   * @param {import('../config').Config} config
   * @param {import('pino').Logger} log
   */
  static async open(config, log) {
    const file = config.namesCsv || sampleFile(config.dataDir)
    const cursorSecret = config.cursorSecret || sharedSecret(config.dataDir)
    try {
      const dataset = await Dataset.open(file, { cursorSecret })
      return new NamesSource(file, dataset, log)
    } catch (error) {
      throw new ConfigError(`NAMES_CSV=${file}: ${/** @type {Error} */ (error).message}`)
    }
  }

  /**
   * @param {string} file
   * @param {Dataset} dataset
   * @param {import('pino').Logger} log
   */
  constructor(file, dataset, log) {
    this.file = file
    this.dataset = dataset
    this.#log = log
    fs.watchFile(file, { interval: LOOK_MS, persistent: false }, this.#look)
  }

  /** @param {fs.Stats} now all zero where the file is gone */
  async #changed(now) {
    if (now.nlink === 0) return this.#log.warn('the data file is gone; its last version is served')
    try {
      await this.dataset.reload()
      this.#failure = undefined
      this.#log.info({ rows: this.dataset.length }, 'the data file was read anew')
    } catch (error) {
      const { code, reason } = /** @type {any} */ (error)
      this.#failure = code
      this.#log.warn(
        { code, reason },
        'the new data file cannot be read; the last version is served'
      )
    }
  }

  /** Whether the file is there and its content is what is served; rejects where not. */
  async check() {
    await fs.promises.access(this.file, fs.constants.R_OK)
    if (this.#failure) throw Object.assign(new Error('unreadable'), { code: this.#failure })
  }

  close() {
    fs.unwatchFile(this.file, this.#look)
    this.dataset.close()
  }
}

module.exports = { NamesSource }
