'use strict'

const fs = require('node:fs')

/**
 * Refuse an embedded store that is not there. Opening one makes it, which is right for a program
 * and not for a command that looks at what others have stored: a slip in the name would be answered
 * with an empty queue, and leave a file.
 * @param {string | undefined} store as createQueue takes it
 */
function mustExist(store) {
  // As src/queue/store/sqlite/address.rs reads it.
  const [, file] = /^sqlite:(?:\/\/)?([^?]*)/.exec(store ?? '') ?? []
  if (!file || file === ':memory:' || fs.existsSync(file)) return
  throw new Error(`no such file: ${JSON.stringify(file)}, which the store ${store} names`)
}

module.exports = { mustExist }
