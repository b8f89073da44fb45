'use strict'

const { createError } = require('./errors')

/** The compiled part, one file per platform, beside package.json. */
const FILE = `../rekue.${process.platform}-${process.arch}.node`

/** @returns {typeof import('./native')} */
function load() {
  try {
    return require(FILE)
  } catch (cause) {
    throw createError(
      'ERR_NATIVE_NOT_BUILT',
      'The compiled part of rekue is missing or does not load on this machine. ' +
        'Build it with `npm rebuild rekue --foreground-scripts` (in a clone: `npm run build`); it needs cargo, see https://rustup.rs. ' +
        'Where npm skips install scripts, allow those of rekue first.',
      { cause }
    )
  }
}

module.exports = load()
