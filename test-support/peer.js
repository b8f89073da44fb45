'use strict'

/**
 * A process of its own that runs a queue program on Kue or on rekue, whichever it is told: Kue
 * keeps its state in its modules, so two of them need two processes.
 *
 *   const worker = await startPeer('kue', { redis: server.url })
 *   await worker.call('process', 'email', 2)
 *   await worker.stop()
 */

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const PROGRAM = path.join(__dirname, 'peer-program.js')

/** How long a peer may take to end by itself. */
const STOP_TIMEOUT_MS = 10_000

class Peer {
  /**
   * @param {'kue' | 'rekue'} implementation
   * @param {object} options for createQueue
   */
  constructor(implementation, options) {
    this.implementation = implementation
    this.child = fork(PROGRAM, [implementation, JSON.stringify(options)], {
      // Kue's age shows in deprecation warnings.
      execArgv: ['--no-deprecation'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc']
    })
    /** What it told unasked, in order. @type {any[]} */
    this.told = []
    /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
    this.calls = new Map()
    this.lastCall = 0
    this.child.on('message', (message) => this.receive(message))
    this.child.once('exit', (code, signal) => {
      const error = new Error(`the ${implementation} process ended with ${signal ?? code}`)
      for (const { reject } of this.calls.values()) reject(error)
      this.calls.clear()
    })
  }

  /** @param {any} message */
  receive(message) {
    if (message.told !== undefined) return void this.told.push(message.told)
    const call = this.calls.get(message.call)
    if (!call) return
    this.calls.delete(message.call)
    if (message.error !== undefined) call.reject(new Error(message.error))
    else call.resolve(message.value)
  }

  /**
   * Call a function of test-support/peer-program.js over there.
   * @param {string} name
   * @param {...any} args
   * @returns {Promise<any>}
   */
  call(name, ...args) {
    return new Promise((resolve, reject) => {
      this.calls.set(++this.lastCall, { resolve, reject })
      this.child.send({ call: this.lastCall, name, args }, (error) => error && reject(error))
    })
  }

  /**
   * Run a function over there. It is sent as text: it sees nothing of this process but its
   * arguments.
   * @param {(there: { lib: any, queue: any, build: Function, save: Function, answer: Function,
   *   require: NodeJS.Require }, ...args: any[]) => any} fn
   * @param {...any} args
   */
  run(fn, ...args) {
    return this.call('run', fn.toString(), ...args)
  }

  /** Kill it, as an accident would. */
  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }

  /** Shut its queue down and wait until it has ended. */
  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    const ended = once(this.child, 'exit')
    await this.call('shutdown').catch(() => {})
    if (this.child.connected) this.child.disconnect()
    await ended
    clearTimeout(timer)
  }
}

/**
 * @param {'kue' | 'rekue'} implementation
 * @param {object} options for createQueue
 * @returns {Promise<Peer>} with a queue
 */
async function startPeer(implementation, options) {
  const peer = new Peer(implementation, options)
  await peer.call('ready')
  return peer
}

module.exports = { startPeer, Peer }
