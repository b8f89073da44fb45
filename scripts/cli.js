'use strict'

/**
 * What the scripts share as command line programs: how they speak, how they fail, how they start
 * other programs. Node core only, because these scripts run before anything is installed.
 */

const { spawn } = require('node:child_process')
const path = require('node:path')

/** Where package.json lies. */
const ROOT = path.resolve(__dirname, '..')

/**
 * A failure that the user can mend. Its message is the whole story, so it is printed without a
 * stack; every other error is a defect of the scripts and keeps its stack.
 */
class Problem extends Error {}

/**
 * One line about what is going on. On stderr, so that stdout belongs to results.
 * @param {string} text
 */
function say(text) {
  process.stderr.write(`rekue: ${text}\n`)
}

/**
 * Run a script's main function; a number that it resolves with is the exit code.
 * @param {() => Promise<number | void>} main
 */
function runMain(main) {
  main().then(
    (code) => {
      process.exitCode = code || 0
    },
    (error) => {
      if (error instanceof Problem) say(error.message)
      else process.stderr.write(`${error.stack}\n`)
      process.exitCode = 1
    }
  )
}

/**
 * Run a program to its end, its output live on ours.
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
function run(file, args, options) {
  return new Promise((resolve, reject) => {
    // The child's stdout goes to our stderr: an installer's chatter is not a result.
    const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options })
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
}

/**
 * How a program ended, in words.
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} end
 */
function describeEnd({ code, signal }) {
  return signal ? `was ended by ${signal}` : `ended with exit code ${code}`
}

module.exports = { ROOT, Problem, say, runMain, run, describeEnd }
