'use strict'

/** Exercise 1: pages of a data set of popular baby names. */

const { Dataset } = require('rekue/pagination')
const { namesFile } = require('./data')

class Server {
  /** @type {Promise<import('rekue/pagination').Dataset> | undefined} */
  #dataset

  /** The data, indexed at the first call. */
  dataset() {
    this.#dataset ??= Dataset.open(namesFile())
    return this.#dataset
  }

  /**
   * @param {number} [page]
   * @param {number} [pageSize]
   * @returns {Promise<string[][]>}
   */
  async getPage(page, pageSize) {
    return (await this.dataset()).getPage(page, pageSize)
  }

  async close() {
    ;(await this.dataset()).close()
  }
}

module.exports = { Server }
