'use strict'

/** The parent's side of a measuring process: one fresh process for each role of a measurement. */

const { fork } = require('node:child_process')
const path = require('node:path')

const MAIN = path.join(__dirname, '..', 'child.js')
const REPLY_DEADLINE_MS = 120000

class Child {
  /** @param {object} task what child.js is to do; a plain object */
  constructor(task) {
    this.name = `${task.adapter} ${task.role}`
    this.process = fork(MAIN, [JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--no-deprecation']
    })
    this.exited = new Promise((resolve) => this.process.once('exit', resolve))
    this.errors = ''
    this.process.stderr?.on('data', (text) => (this.errors = (this.errors + text).slice(-2000)))
  }

  /**
   * Make a child and wait until its library is loaded and connected.
   * @param {object} task
   */
  static async ready(task) {
    const child = new Child(task)
    try {
      await child.reply()
    } catch (err) {
      await child.end()
      throw err
    }
    return child
  }

  /** @returns {Promise<any>} its next message */
  reply() {
    return new Promise((resolve, reject) => {
      const settle = (act) => (value) => {
        clearTimeout(timer)
        this.process.off('message', onMessage)
        this.process.off('exit', onExit)
        act(value)
      }
      const onMessage = settle(resolve)
      const fail = settle(reject)
      const onExit = (code, signal) => fail(this.ended(code ?? signal))
      const timer = setTimeout(
        () => fail(new Error(`${this.name} does not answer: ${this.errors.trim()}`)),
        REPLY_DEADLINE_MS
      )
      this.process.on('message', onMessage)
      this.process.on('exit', onExit)
    })
  }

  /** @param {'go' | 'report'} order @returns {Promise<any>} the answer */
  ask(order) {
    const reply = this.reply()
    this.process.send(order)
    return reply
  }

  /** Throws if the process has ended by itself. */
  assertAlive() {
    const { exitCode, signalCode } = this.process
    if (exitCode !== null || signalCode !== null) throw this.ended(exitCode ?? signalCode)
  }

  /** @param {number | string | null} why exit code or signal */
  ended(why) {
    return new Error(`${this.name} ended (${why}): ${this.errors.trim()}`)
  }

  /** Killed rather than closed: closing is no part of any row, and some libraries take seconds. */
  async end() {
    this.process.kill('SIGKILL')
    await this.exited
  }
}

module.exports = { Child }
