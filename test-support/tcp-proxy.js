'use strict'

/**
 * A network between a client and a server that can be made to fail.
 *
 *   const proxy = await startProxy(server.port)
 *   rekue.createQueue({ store: proxy.url })
 *   proxy.silence()
 */

const net = require('node:net')

class Proxy {
  /** @param {number} port of the server */
  constructor(port) {
    /** Where new connections lead to. */
    this.target = port
    /** Connections that were ever made. */
    this.count = 0
    /** @type {Set<{ client: net.Socket, server: net.Socket, silent: boolean }>} */
    this.pairs = new Set()
    /** Sees what a client says, and on which connection; whoever answers true swallows it and all
     * that follows, answers included. @type {(text: string, pair: object) => boolean} */
    this.onRequest = () => false
    /** The same for what the server answers. @type {(text: string, pair: object) => boolean} */
    this.onReply = () => false
    this.listener = net.createServer((client) => this.accept(client))
  }

  /** @param {net.Socket} client */
  accept(client) {
    this.count++
    const server = net.connect(this.target, '127.0.0.1')
    const pair = { client, server, silent: false }
    this.pairs.add(pair)
    client.on('data', (bytes) => {
      pair.silent ||= this.onRequest(bytes.toString('latin1'), pair)
      if (!pair.silent) server.write(bytes)
    })
    server.on('data', (bytes) => {
      pair.silent ||= this.onReply(bytes.toString('latin1'), pair)
      if (!pair.silent) client.write(bytes)
    })
    const end = () => {
      // To a silent network not even the end of the other side gets through.
      if (pair.silent && this.pairs.has(pair)) return
      client.destroy()
      server.destroy()
      this.pairs.delete(pair)
    }
    for (const socket of [client, server]) socket.on('close', end).on('error', () => {})
  }

  /** Nothing gets through on the connections that stand, and nobody is told. */
  silence() {
    for (const pair of this.pairs) pair.silent = true
  }

  /** End the connections that stand. */
  cut() {
    for (const pair of [...this.pairs]) {
      this.pairs.delete(pair)
      pair.client.destroy()
      pair.server.destroy()
    }
  }

  get url() {
    const { port } = /** @type {net.AddressInfo} */ (this.listener.address())
    return `redis://127.0.0.1:${port}`
  }

  async stop() {
    this.cut()
    await new Promise((resolve) => this.listener.close(resolve))
  }
}

/** @param {number} port of the server on 127.0.0.1 @returns {Promise<Proxy>} */
async function startProxy(port) {
  const proxy = new Proxy(port)
  await new Promise((resolve) => proxy.listener.listen(0, '127.0.0.1', () => resolve(undefined)))
  return proxy
}

module.exports = { startProxy, Proxy }
