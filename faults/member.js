'use strict'

/** A process or a thread that a scenario starts, and what became of it. */

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { Worker } = require('node:worker_threads')

const { parentDeathPrefix } = require('../test-support/redis-server')

const PROGRAM = path.join(__dirname, 'process.js')
const THREAD = path.join(__dirname, 'thread.js')

/** How long a worker may take to end once its queue is closed. */
const END_MS = 15_000

class Member {
  /**
   * @param {import('./work').Plan & { closeMs?: number }} plan
   * @param {NodeJS.ProcessEnv} [env]
   */
  constructor(plan, env = {}) {
    this.plan = plan
    const command = [...parentDeathPrefix(), process.execPath, PROGRAM, JSON.stringify(plan)]
    this.child = spawn(command[0], command.slice(1), {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.stderr = ''
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.stderr += text))
    this.closing = false
    /** What its clock said when it was ready. */
    this.clock = NaN
    const told = once(this.child.stdout, 'data').then(([text]) => (this.clock = Number(text)))
    this.ready = Promise.race([told, once(this.child, 'exit')])
    /** @type {Promise<{ code: number | null, signal: string | null }>} */
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal }))
  }

  get running() {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  get pid() {
    return this.child.pid
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    if (this.running) this.child.kill(signal)
  }

  async kill() {
    this.signal('SIGKILL')
    await this.ended
  }

  /**
   * Close its queue and wait for its end.
   * @throws {Error} where it does not end by itself, or ends with an error
   */
  async close() {
    this.closing = true
    await this.ready
    this.signal('SIGCONT')
    this.signal('SIGTERM')
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.signal('SIGKILL')
    }, END_MS)
    const { code, signal } = await this.ended
    clearTimeout(timer)
    if (late)
      throw new Error(`a worker did not end within ${END_MS} ms of its close.\n${this.stderr}`)
    this.checkEnd(code, signal)
  }

  /** Whoever was not killed on purpose ends with 0 and has nothing to complain of. */
  checkEnd(code, signal) {
    if (signal === 'SIGKILL') return
    if (code !== 0 || this.stderr !== '') {
      throw new Error(`a worker ended with ${signal || code}.\n${this.stderr}`)
    }
  }
}

class ThreadMember {
  /** @param {import('./work').Plan} plan */
  constructor(plan) {
    this.thread = new Worker(THREAD, { workerData: plan })
    this.ready = once(this.thread, 'message')
  }

  async kill() {
    await this.thread.terminate()
  }
}

module.exports = { Member, ThreadMember }
