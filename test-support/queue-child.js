'use strict'

/**
 * A process of a test (see queues.js): runs the function whose source it is given. It has no
 * channel to its parent but stdout, so nothing but its queue keeps it alive.
 */

const rekue = require('..')

const [options, source] = process.argv.slice(2)

/** @param {any} message */
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

const program = new Function(`return (${source})`)()
Promise.resolve(program(rekue, JSON.parse(options), tell)).catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
