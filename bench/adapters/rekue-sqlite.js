'use strict'

/**
 * rekue on its embedded store: a SQLite file instead of Redis, otherwise as in `rekue.js`. It is
 * set as it comes: write-ahead log, `synchronous=normal`. An acknowledged job survives the death
 * of every process, as it does with the peers' Redis only while that lives.
 */

const rekue = require('./rekue')

/** @type {import('./index').Adapter} */
module.exports = {
  ...rekue,
  // What the file's store counts (lib/file-store.js), where the others name a command.
  waiting: () => ['inactive'],
  completed: () => ['complete'],
  embedded: true
}
