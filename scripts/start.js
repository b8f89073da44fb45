'use strict'

/**
 * `npm start`: make the clone ready, then run the service until it ends or is ended. It needs no
 * Redis; where REDIS_URL names one, it uses that.
 */

const { spawn } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { ROOT, runMain } = require('./cli')
const { watchNpm } = require('./parent')
const { setUp } = require('./setup')

const APP = path.join('app', 'server.js')

/**
 * Run the service to its end.
 * @returns {Promise<number>} its exit code, as a shell would give it
 */
function runApp() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [APP], { cwd: ROOT, stdio: 'inherit' })
    // In a terminal Ctrl-C and a hang-up reach the app without us, and twice would be an order to
    // end at once. SIGTERM is sent to one process.
    const fromTerminal = process.stdin.isTTY
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      if (signal === 'SIGTERM' || !fromTerminal) child.kill(signal)
    }
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
    for (const signal of signals) process.on(signal, forward)
    watchNpm(() => child.kill('SIGTERM'))
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward)
      resolve(signal ? 128 + os.constants.signals[signal] : code || 0)
    })
  })
}

runMain(async () => {
  await setUp()
  return runApp()
})
