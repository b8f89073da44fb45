'use strict'

/**
 * Hears every message of a Redis's channels over a bare connection, in the order of the server.
 *
 *   const recorder = await recordEvents(server)
 *   await recorder.until((messages) => messages.some(({ event }) => event === 'complete'))
 *   recorder.stop()
 */

const net = require('node:net')
const { decodeReply, encodeCommand } = require('./resp')

/** How long to wait for what a test waits for; only a failing test gets there. */
const PATIENCE_MS = 15_000

/** @typedef {{ id: any, event: string, args: any[] }} Message */

class EventRecorder {
  constructor() {
    /** What was published on the queue's channel, parsed. @type {Message[]} */
    this.messages = []
    /** @type {Set<() => void>} */
    this.waiting = new Set()
    /** @type {net.Socket | undefined} */
    this.socket = undefined
  }

  /** @param {{ port: number }} server */
  open({ port }) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        const socket = net.connect({ host: '127.0.0.1', port })
        this.socket = socket
        let received = Buffer.alloc(0)
        socket.on('error', reject)
        socket.on('data', (chunk) => {
          received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
          for (;;) {
            const reply = decodeReply(received)
            if (!reply) return
            received = received.subarray(reply.end)
            const [kind, , channel, payload] = /** @type {any[]} */ (reply.value)
            if (kind === 'psubscribe') resolve()
            else if (channel.endsWith(':events')) this.take(JSON.parse(payload))
          }
        })
        socket.write(encodeCommand(['PSUBSCRIBE', '*']))
      })
    )
  }

  /** @param {Message} message */
  take(message) {
    this.messages.push(message)
    for (const look of this.waiting) look()
  }

  /**
   * @param {(messages: Message[]) => unknown} reached
   * @param {string} [what] for the error
   * @param {number} [patienceMs]
   * @returns {Promise<void>}
   */
  until(reached, what = 'the events that end it', patienceMs = PATIENCE_MS) {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        this.waiting.delete(look)
      }
      const look = () => {
        if (!reached(this.messages)) return
        end()
        resolve()
      }
      const timer = setTimeout(() => {
        end()
        const last = this.messages.slice(-10).map((message) => JSON.stringify(message))
        reject(
          new Error(
            `waited ${patienceMs} ms for ${what}; ${this.messages.length} events, the last:\n${last.join('\n')}`
          )
        )
      }, patienceMs)
      this.waiting.add(look)
      look()
    })
  }

  /**
   * Wait until these jobs are over.
   * @param {number[]} ids
   * @param {number} [patienceMs]
   */
  over(ids, patienceMs) {
    const missing = new Set(ids)
    let looked = 0
    return this.until(
      (messages) => {
        for (; looked < messages.length; looked++) {
          const { id, event } = messages[looked]
          if (event === 'complete' || event === 'failed') missing.delete(id)
        }
        return missing.size === 0
      },
      `the end of jobs ${ids.length > 20 ? `${ids.length} in all` : ids}`,
      patienceMs
    )
  }

  /** The events of each job, in order. @returns {Map<any, any[][]>} */
  byJob() {
    const jobs = new Map()
    for (const { id, event, args } of this.messages) {
      if (!jobs.has(id)) jobs.set(id, [])
      // `event` and the first argument are the same in every message of Kue.
      jobs.get(id).push(event === args[0] ? args : [`${event}!`, ...args])
    }
    return jobs
  }

  stop() {
    this.socket?.destroy()
  }
}

/**
 * @param {{ port: number }} server
 * @returns {Promise<EventRecorder>} that hears from now on
 */
async function recordEvents(server) {
  const recorder = new EventRecorder()
  await recorder.open(server)
  return recorder
}

module.exports = { recordEvents, EventRecorder }
