'use strict'

/**
 * A TCP proxy in front of a server, which misbehaves on demand.
 *
 *   const proxy = await startProxy(server.port)
 *   proxy.silent = true      // takes everything, passes nothing on: a half-open connection
 *   proxy.cut()              // ends all connections
 *   proxy.dropReply()        // the next bytes of the server are lost, and their connection ends
 *   proxy.delayMs = 50       // both ways
 *   proxy.holdNext('EXEC')   // keep what holds this text, and end the client's side of its connection
 *   proxy.release()          // deliver to the server what was kept
 */

const net = require('node:net')

class Proxy {
  /** @param {number} target */
  constructor(target) {
    this.target = target
    this.silent = false
    this.delayMs = 0
    /** Replies to lose from now on, each with its connection. */
    this.drops = 0
    this.dropped = 0
    /** What is to be kept back. @type {string[]} */
    this.holding = []
    /** What was. @type {{ far: net.Socket, bytes: Buffer }[]} */
    this.held = []
    /** @type {Set<net.Socket>} */
    this.sockets = new Set()
    this.listener = net.createServer((socket) => this.accept(socket))
    this.port = 0
  }

  /** @returns {Promise<void>} */
  open() {
    return new Promise((resolve, reject) => {
      this.listener.once('error', reject)
      this.listener.listen(0, '127.0.0.1', () => {
        this.port = /** @type {net.AddressInfo} */ (this.listener.address()).port
        resolve()
      })
    })
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`
  }

  /** @param {net.Socket} near */
  accept(near) {
    const far = net.connect({ host: '127.0.0.1', port: this.target })
    /** A connection that lost bytes is no stream any more: it stays silent for good, as a half-open
     * one does. */
    const line = { dead: false }
    const end = () => {
      near.destroy()
      this.sockets.delete(near)
      // A server does not see at once that its client is gone.
      if (!this.held.some((one) => one.far === far)) far.destroy()
    }
    this.sockets.add(near)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
    }
    near.on('data', (bytes) => {
      const at = this.holding.findIndex((text) => bytes.includes(text))
      if (at < 0) return this.pass(line, far, bytes)
      this.holding.splice(at, 1)
      this.held.push({ far, bytes })
      near.destroy()
    })
    far.on('data', (bytes) => {
      if (this.drops > 0) {
        this.drops--
        this.dropped++
        return end()
      }
      this.pass(line, near, bytes)
    })
  }

  /** @param {{ dead: boolean }} line @param {net.Socket} to @param {Buffer} bytes */
  pass(line, to, bytes) {
    line.dead ||= this.silent
    if (line.dead) return
    if (this.delayMs === 0) return void to.write(bytes)
    setTimeout(() => to.writable && to.write(bytes), this.delayMs)
  }

  cut() {
    for (const socket of this.sockets) socket.destroy()
  }

  /** @param {string} text */
  holdNext(text) {
    this.holding.push(text)
  }

  /** @returns {number} how much of it the server still took */
  release() {
    const held = this.held.splice(0)
    const taken = held.filter(({ far }) => far.writable)
    for (const { far, bytes } of taken) far.end(bytes)
    return taken.length
  }

  /** @param {number} [count] */
  dropReply(count = 1) {
    this.drops += count
  }

  close() {
    this.listener.close()
    this.cut()
  }
}

/** @param {number} target a port of 127.0.0.1 */
async function startProxy(target) {
  const proxy = new Proxy(target)
  await proxy.open()
  return proxy
}

module.exports = { startProxy }
