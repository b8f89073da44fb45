'use strict'

/** Exercise 2: pages that say where they stand. */

const { Server: SimpleServer } = require('./1-simple_pagination')

class Server extends SimpleServer {
  /**
   * @param {number} [page]
   * @param {number} [pageSize]
   */
  async getHyper(page, pageSize) {
    return (await this.dataset()).getHyper(page, pageSize)
  }
}

module.exports = { Server }
