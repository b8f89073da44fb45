'use strict'

/**
 * A Redis, a recorder of its events and the processes that a test starts, all ended together.
 *
 *   const stage = await openStage()
 *   const worker = await stage.peer('kue')
 *   await stage.close()
 */

const { recordEvents } = require('./event-recorder')
const { readKeyspace } = require('./keyspace')
const { startPeer } = require('./peer')
const { startRedis } = require('./redis-server')

/** Kue looks after delayed and overdue jobs at this interval; its second only makes tests slow. */
const INTERVAL_MS = 50

class Stage {
  /**
   * @param {import('./redis-server').RedisServer} server
   * @param {import('./event-recorder').EventRecorder} recorder
   */
  constructor(server, recorder) {
    this.server = server
    this.recorder = recorder
    /** @type {import('./peer').Peer[]} */
    this.peers = []
  }

  /**
   * @param {'kue' | 'rekue'} implementation
   * @param {object} [options] for createQueue
   */
  async peer(implementation, options = {}) {
    const peer = await startPeer(implementation, {
      redis: this.server.url,
      promotion: { interval: INTERVAL_MS },
      ...options
    })
    this.peers.push(peer)
    return peer
  }

  keys() {
    return readKeyspace(this.server)
  }

  /** @param {string} event @param {number} id */
  seen(event, id) {
    return this.recorder.until(
      (messages) => messages.some((message) => message.id === id && message.event === event),
      `"${event}" of job ${id}`
    )
  }

  /** The names of a job's events, in order. @param {number} id @returns {string[]} */
  eventsOf(id) {
    return (this.recorder.byJob().get(id) || []).map(([event]) => event)
  }

  async close() {
    this.recorder.stop()
    await Promise.all(this.peers.map((peer) => peer.stop()))
    await this.server.stop()
  }
}

async function openStage() {
  const server = await startRedis()
  return new Stage(server, await recordEvents(server))
}

module.exports = { openStage, Stage }
