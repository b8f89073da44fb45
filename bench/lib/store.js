'use strict'

/** What the parent asks of Redis, over a plain connection of its own. */

const { now, sleep } = require('./clock')

/** Pause between two looks at a count: the resolution of every processing time. */
const POLL_MS = 5
/** A worker whose count stands still for so long has failed. */
const STALL_MS = 20000

class Store {
  /** @param {number | null} port null: no Redis (lib/file-store.js) */
  constructor(port) {
    if (port === null) return
    const Redis = require('ioredis')
    this.client = new Redis({ host: '127.0.0.1', port })
  }

  /** An empty server that serves nobody else: commands of a past measurement cannot come late. */
  async reset() {
    while ((await this.info('clients', 'connected_clients')) !== '1') await sleep(POLL_MS)
    await this.client.flushall('SYNC')
  }

  /** @param {string} section @param {string} field */
  async info(section, field) {
    const text = await this.client.info(section)
    const line = text.split('\r\n').find((line) => line.startsWith(`${field}:`))
    if (!line) throw new Error(`INFO ${section} has no ${field}`)
    return line.slice(field.length + 1)
  }

  /** @returns {Promise<number>} CPU time that the server has used so far, in microseconds */
  async cpuUs() {
    const text = await this.client.info('cpu')
    const used = (field) => Number(new RegExp(`^${field}:(.*)$`, 'm').exec(text)?.[1])
    return (used('used_cpu_user') + used('used_cpu_sys')) * 1e6
  }

  /** @param {string[]} command ZCARD, LLEN or SCARD of a key */
  async count([name, ...args]) {
    return Number(await this.client.call(name, ...args))
  }

  /**
   * Wait until a count has reached a number.
   * @param {string[]} command
   * @param {number} wanted
   * @param {() => void} check throws when waiting has become pointless
   * @returns {Promise<number>} when it was seen, by the clock of `now`
   */
  async reached(command, wanted, check) {
    let last = -1
    let moved = now()
    for (;;) {
      const count = await this.count(command)
      const seen = now()
      if (count === wanted) return seen
      if (count > wanted) throw new Error(`${command.join(' ')} is ${count}, over ${wanted}`)
      if (count !== last) moved = seen
      else if (seen - moved > STALL_MS) throw new Error(`stuck at ${count} of ${wanted} jobs`)
      check()
      last = count
      await sleep(POLL_MS)
    }
  }

  /** Bytes on disk; Redis has its jobs in memory. */
  bytes() {
    return NaN
  }

  close() {
    this.client.disconnect()
  }
}

module.exports = { Store }
