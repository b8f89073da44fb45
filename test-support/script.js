'use strict'

/**
 * A script run in a process of its own, and the lines that it prints.
 *
 *   const creator = runScript('app/exercises/queuing/6-job_creator.js', { env })
 *   await creator.lines(2)
 *   await creator.end()
 */

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')

/** How long to wait for a line; only a failing test gets there. */
const PATIENCE_MS = 10_000

class Script {
  /**
   * @param {string} file from the root of the repository
   * @param {{ env?: NodeJS.ProcessEnv, nodeArgs?: string[], args?: string[] }} options
   */
  constructor(file, { env = {}, nodeArgs = [], args = [] }) {
    this.file = file
    this.output = ''
    this.errors = ''
    this.child = spawn(process.execPath, [...nodeArgs, path.join(ROOT, file), ...args], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.child.stdout.setEncoding('utf8').on('data', (text) => (this.output += text))
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.errors += text))
    this.ended = once(this.child, 'close')
  }

  get running() {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  get printed() {
    return this.output.split('\n').slice(0, -1)
  }

  /**
   * Wait for so many lines.
   * @param {number} count
   * @returns {Promise<string[]>} all lines printed so far
   */
  lines(count) {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        this.child.stdout.off('data', look)
        this.child.off('close', fail)
      }
      const look = () => {
        if (this.printed.length < count) return
        end()
        resolve(this.printed)
      }
      const fail = () => {
        end()
        const state = this.running ? 'runs' : 'has ended'
        reject(
          new Error(
            `${this.file} ${state} with ${this.printed.length} of ${count} lines:\n${this.output}${this.errors}`
          )
        )
      }
      const timer = setTimeout(fail, PATIENCE_MS)
      this.child.stdout.on('data', look)
      this.child.on('close', fail)
      look()
    })
  }

  /** Wait until it has ended by itself. @returns {Promise<number | null>} its exit code */
  async exit() {
    await this.ended
    return this.child.exitCode
  }

  async end() {
    if (this.running) this.child.kill('SIGKILL')
    await this.ended
  }
}

/**
 * @param {string} file
 * @param {{ env?: NodeJS.ProcessEnv, nodeArgs?: string[], args?: string[] }} [options]
 */
function runScript(file, options = {}) {
  return new Script(file, options)
}

module.exports = { runScript, Script }
