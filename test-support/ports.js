'use strict'

const net = require('node:net')

/**
 * A port of 127.0.0.1 that is free now. Somebody else may take it before you do: whoever starts a
 * server on it must be ready to try another.
 * @returns {Promise<number>}
 */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}

module.exports = { freePort }
