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
 *   proxy.loseAnswerTo('EXEC', 300)   // deliver what holds this text, and nothing back; no new
 *                                     // connection for so many ms
 */

const net = require('node:net')
const { setTimeout: sleep } = require('node:timers/promises')

/**
 * A connection through the proxy.
 * @typedef {object} Line
 * @property {boolean} dead it lost bytes, so it is no stream any more: it stays silent for good, as a
 *   half-open one does
 * @property {Map<net.Socket, { bytes: Buffer, due: number }[]>} waiting what is on its way to a socket
 */

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
    /** Of what the answer is to be lost, and for how long. @type {{ text: string, ms: number }[]} */
    this.losing = []
    this.refusedUntil = 0
    /** Servers' sides of connections that are still to take what was sent. @type {Set<net.Socket>} */
    this.parting = new Set()
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
    if (performance.now() < this.refusedUntil) return void near.destroy()
    const far = net.connect({ host: '127.0.0.1', port: this.target })
    /** @type {Line} */
    const line = { dead: false, waiting: new Map() }
    const end = () => {
      near.destroy()
      this.sockets.delete(near)
      // A server does not see at once that its client is gone.
      if (!this.parting.has(far)) far.destroy()
    }
    this.sockets.add(near)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
    }
    near.on('data', (bytes) => {
      const held = take(this.holding, (text) => bytes.includes(text))
      const lost = take(this.losing, ({ text }) => bytes.includes(text))
      if (held === undefined && lost === undefined) return this.pass(line, far, bytes)
      this.parting.add(far)
      if (lost) {
        this.refusedUntil = performance.now() + lost.ms
        far.end(bytes)
      } else {
        this.held.push({ far, bytes })
      }
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

  /**
   * @param {Line} line
   * @param {net.Socket} to
   * @param {Buffer} bytes
   */
  pass(line, to, bytes) {
    line.dead ||= this.silent
    if (line.dead) return
    const waiting = line.waiting.get(to)
    if (!waiting && this.delayMs === 0) return void to.write(bytes)
    const one = { bytes, due: performance.now() + this.delayMs }
    if (waiting) return void waiting.push(one)
    line.waiting.set(to, [one])
    this.deliver(line, to)
  }

  /** In the order in which they came, whatever the delays. @param {Line} line @param {net.Socket} to */
  async deliver(line, to) {
    const waiting = line.waiting.get(to) || []
    while (waiting.length > 0) {
      await sleep(Math.max(0, waiting[0].due - performance.now()))
      const { bytes } = /** @type {{ bytes: Buffer }} */ (waiting.shift())
      if (to.writable) to.write(bytes)
    }
    line.waiting.delete(to)
  }

  cut() {
    for (const socket of this.sockets) socket.destroy()
  }

  /** @param {string} text */
  holdNext(text) {
    this.holding.push(text)
  }

  /** @param {string} text @param {number} ms */
  loseAnswerTo(text, ms) {
    this.losing.push({ text, ms })
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
    for (const far of this.parting) far.destroy()
  }
}

/**
 * Take the first that fits out of a list.
 * @template T
 * @param {T[]} list
 * @param {(item: T) => boolean} fits
 * @returns {T | undefined}
 */
function take(list, fits) {
  const at = list.findIndex(fits)
  return at < 0 ? undefined : list.splice(at, 1)[0]
}

/** @param {number} target a port of 127.0.0.1 */
async function startProxy(target) {
  const proxy = new Proxy(target)
  await proxy.open()
  return proxy
}

module.exports = { startProxy }
