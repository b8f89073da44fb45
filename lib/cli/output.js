'use strict'

/** What becomes of a command whose output cannot be written. */

const fs = require('node:fs')

/** What a shell reports of a tool that SIGPIPE ended, which Node.js is deaf to: 128 + 13. */
const BROKEN_PIPE = 141

/**
 * See to it that no output is lost in silence. Where the reader of a pipe has gone, as `head` does,
 * the process ends without a word; any other trouble is told on stderr, and the exit code is 1.
 */
function guardOutput() {
  writeOrFail(process.stdout, 1)
  process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code === 'EPIPE') process.exit(BROKEN_PIPE)
    console.error(`rekue: the output cannot be written: ${error.message}`)
    process.exit(1)
  })
  // There is no place left to tell of this one.
  process.stderr.on('error', () => {})
}

/**
 * Node.js writes into files and devices with one call, and neither looks whether that took all of
 * it nor, before 22, makes an 'error' event of a failure, so that `console.log` swallows it.
 * @param {NodeJS.WriteStream} stream
 * @param {number} fd
 */
function writeOrFail(stream, fd) {
  if (stream.isTTY || !isFileOrDevice(fd)) return
  stream._write = (chunk, encoding, done) => {
    try {
      fs.writeFileSync(fd, chunk, { encoding: /** @type {any} */ (encoding) })
      done()
    } catch (error) {
      done(/** @type {Error} */ (error))
    }
  }
}

/** @param {number} fd */
function isFileOrDevice(fd) {
  try {
    const stat = fs.fstatSync(fd)
    return stat.isFile() || stat.isCharacterDevice()
  } catch {
    return false // Windows does not tell of everything.
  }
}

module.exports = { guardOutput }
