'use strict'

/**
 * The ledger: what really happened, kept outside the store that is tested. Creators and processors
 * append a line each to one file, opened with O_APPEND, so that lines of many processes do not mix
 * and a process that is killed loses none that it wrote.
 *
 *   T n        a creator is about to add the job n
 *   A n id     the store acknowledged it
 *   X n code   it was refused
 *   S n id     a processor began with it
 *   E n id     a processor's work on it is done; its outcome was not told yet
 *   W code …   an `error` event of a worker's queue, and its message
 */

const fs = require('node:fs')

/** What a queue may complain of while its store is in trouble. */
const EXCUSED = new Set(['ERR_STORE_UNAVAILABLE', 'ERR_STORE_FULL', 'ERR_LEASE_LOST'])

class Ledger {
  /** @param {string} file */
  constructor(file) {
    this.file = file
    this.fd = fs.openSync(
      file,
      fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_APPEND
    )
  }

  /**
   * @param {'T' | 'A' | 'X' | 'S' | 'E' | 'W'} kind
   * @param {...(string | number)} words
   */
  write(kind, ...words) {
    fs.writeSync(this.fd, `${[kind, ...words].join(' ')}\n`)
  }

  close() {
    fs.closeSync(this.fd)
  }
}

/**
 * What the ledger tells of one job.
 * @typedef {object} Story
 * @property {boolean} tried
 * @property {number | undefined} id as acknowledged
 * @property {string | undefined} refused the code of the error
 * @property {number} starts
 * @property {number} ends
 * @property {Set<number>} ids under which it was run
 */

/**
 * @param {string} file
 * @returns {{ jobs: Map<number, Story>, errors: Map<string, number>, defects: string[] }} defects:
 *   the messages of errors that no fault excuses
 */
function readLedger(file) {
  /** @type {Map<number, Story>} */
  const jobs = new Map()
  /** @type {Map<string, number>} */
  const errors = new Map()
  /** @type {string[]} */
  const defects = []
  const story = (/** @type {string} */ n) => {
    const key = Number(n)
    let found = jobs.get(key)
    if (!found) {
      found = {
        tried: false,
        id: undefined,
        refused: undefined,
        starts: 0,
        ends: 0,
        ids: new Set()
      }
      jobs.set(key, found)
    }
    return found
  }
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const [kind, n, word] = line.split(' ')
    if (kind === 'T') story(n).tried = true
    else if (kind === 'A') story(n).id = Number(word)
    else if (kind === 'X') story(n).refused = word
    else if (kind === 'S') {
      story(n).starts++
      story(n).ids.add(Number(word))
    } else if (kind === 'E') story(n).ends++
    else if (kind === 'W') {
      errors.set(n, (errors.get(n) || 0) + 1)
      if (!EXCUSED.has(n)) defects.push(line)
    } else if (line !== '') throw new Error(`the ledger has a line that is none: ${line}`)
  }
  return { jobs, errors, defects }
}

module.exports = { Ledger, readLedger }
