'use strict'

const { randomUUID } = require('node:crypto')
const fs = require('node:fs/promises')
const path = require('node:path')

/**
 * Reservations in a folder that the processes of one machine share: place n is given when the file
 * `place-n` exists, and its content is the holder.
 *
 * The atomic step is link(2), which fails where the name exists: the content is written to a file
 * of its own first, so that a place never stands there without its holder, also after kill -9.
 */
class FileReservations {
  #folder

  /** @param {string} folder made when it is first needed */
  constructor(folder) {
    this.#folder = folder
  }

  /** @param {string} name */
  async taken(name) {
    return (await this.#places(name)).length
  }

  /**
   * @param {string} name
   * @param {number} total
   * @param {string} holder
   */
  async reserve(name, total, holder) {
    const folder = path.join(this.#folder, name)
    await fs.mkdir(folder, { recursive: true })
    const given = new Set(await this.#places(name))
    for (const place of given) {
      if ((await fs.readFile(path.join(folder, `place-${place}`), 'utf8')) === holder) return place
    }
    if (given.size >= total) return null
    const claim = path.join(folder, `claim-${randomUUID()}`)
    await fs.writeFile(claim, holder)
    try {
      for (let place = 1; place <= total; place++) {
        if (given.has(place)) continue
        try {
          await fs.link(claim, path.join(folder, `place-${place}`))
          return place
        } catch (error) {
          // Somebody was quicker; the next one may be free.
          if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
        }
      }
      return null
    } finally {
      await fs.rm(claim, { force: true })
    }
  }

  /** @param {string} name */
  async #places(name) {
    try {
      const files = await fs.readdir(path.join(this.#folder, name))
      return files.filter((file) => file.startsWith('place-')).map((file) => Number(file.slice(6)))
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return []
      throw error
    }
  }
}

module.exports = { FileReservations }
