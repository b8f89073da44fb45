'use strict'

/**
 * The stores that the queue's contract is tested on. Every suite of `__tests__/queue` runs over
 * each of them; what holds for one store only stands in a file that says so by its name.
 *
 * A store is `{ name, start(), clear(), stop(), options() }`: `start` is called before each suite
 * and does its work once per mocha run, `clear` makes it empty, `options` gives what `createQueue`
 * needs to reach it, from this process and from children.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { startRedis } = require('./redis-server')

class RedisStore {
  constructor() {
    this.name = 'Redis'
    /** @type {Promise<import('./redis-server').RedisServer> | undefined} */
    this.starting = undefined
    /** @type {import('./redis-server').RedisServer | undefined} */
    this.server = undefined
  }

  async start() {
    this.starting ??= startRedis()
    this.server = await this.starting
  }

  async clear() {
    await this.server.command('FLUSHALL')
  }

  async stop() {
    const server = await this.starting
    this.starting = undefined
    await server?.stop()
  }

  options() {
    return { store: this.server.url }
  }
}

class SqliteStore {
  constructor() {
    this.name = 'SQLite'
    /** @type {string | undefined} */
    this.folder = undefined
    this.cleared = 0
  }

  async start() {
    this.folder ??= fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-sqlite-'))
  }

  /** A new file: the one before may still be in the hands of a process that is about to end. */
  async clear() {
    fs.rmSync(path.dirname(this.file()), { recursive: true, force: true })
    this.cleared++
    fs.mkdirSync(path.dirname(this.file()))
  }

  async stop() {
    if (this.folder) fs.rmSync(this.folder, { recursive: true, force: true })
    this.folder = undefined
  }

  file() {
    return path.join(/** @type {string} */ (this.folder), String(this.cleared), 'jobs.db')
  }

  options() {
    return { store: `sqlite:${this.file()}` }
  }
}

const redis = new RedisStore()
const sqlite = new SqliteStore()
const stores = [redis, sqlite]

// The file is loaded by suites only, and once: this is a hook of the whole run.
after(async () => {
  for (const store of stores) await store.stop()
})

module.exports = { stores, redis, sqlite }
