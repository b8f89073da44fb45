'use strict'

/** Exercise 3: a walk through the data that deletions do not disturb. */

const { Server: HypermediaServer } = require('./2-hypermedia_pagination')

class Server extends HypermediaServer {
  /**
   * @param {number} [index]
   * @param {number} [pageSize]
   */
  async getHyperIndex(index, pageSize) {
    return (await this.dataset()).getHyperIndex(index, pageSize)
  }
}

module.exports = { Server }
