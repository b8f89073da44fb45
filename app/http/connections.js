'use strict'

/**
 * The connections of a server, and whether each has a request that can be answered.
 *
 * Node's own `closeIdleConnections` leaves those alone that have not sent a whole request yet: a
 * body that stops half way, headers that never end, a connection that says nothing. When the
 * service stops, each of them would hold it up until its last time limit.
 */
class Connections {
  /** The requests of each connection that are not answered. @type {Map<object, Set<any>>} */
  #inHand = new Map()

  /** @param {import('node:http').Server} server */
  watch(server) {
    server.on('connection', (socket) => {
      this.#inHand.set(socket, new Set())
      socket.once('close', () => this.#inHand.delete(socket))
    })
    server.on('request', (req, res) => {
      const requests = this.#inHand.get(req.socket)
      requests?.add(req)
      res.once('close', () => requests?.delete(req))
    })
  }

  /** Close the connections that wait for their client, not for us. */
  closeUnfinished() {
    for (const [socket, requests] of this.#inHand) {
      const answerable = [...requests].some((req) => req.complete)
      if (!answerable) /** @type {import('node:net').Socket} */ (socket).destroy()
    }
  }
}

module.exports = { Connections }
