'use strict'

/**
 * A cluster of three masters, each with a replica, on free ports of 127.0.0.1.
 *
 *   const cluster = await startCluster()
 *   rekue.createQueue({ store: cluster.url })
 *   await (await cluster.owner('{q}:ids')).kill()
 *   await cluster.stop()
 */

const { setTimeout: sleep } = require('node:timers/promises')
const { freePort } = require('./ports')
const { startRedis } = require('./redis-server')

const MASTERS = 3
const SLOTS = 16384
/** Silence after which a node counts as failed. Shorter, and a loaded machine has failures. */
const NODE_TIMEOUT_MS = 1500
/** The nodes talk on their port plus this; the sum must be a port too. */
const BUS_OFFSET = 10000
const POLL_MS = 20

async function clusterPort() {
  for (;;) {
    const port = await freePort()
    if (port + BUS_OFFSET < 65536) return port
  }
}

/** @typedef {import('./redis-server').RedisServer & { id?: string }} Node */

class Cluster {
  constructor() {
    /** Masters at first, then their replicas in the same order. @type {Node[]} */
    this.nodes = []
  }

  /** @param {string[]} args */
  async start(args) {
    const all = [
      ...['--cluster-enabled', 'yes', '--cluster-node-timeout', String(NODE_TIMEOUT_MS)],
      ...['--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0'],
      ...['--repl-ping-replica-period', '1', ...args]
    ]
    const starting = Array.from({ length: 2 * MASTERS }, () =>
      startRedis({ args: all, choosePort: clusterPort })
    )
    this.nodes = await Promise.all(starting)
    for (const [i, node] of this.nodes.entries()) {
      node.id = await node.command('CLUSTER', 'MYID')
      await node.command('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      if (i >= MASTERS) continue
      const from = Math.ceil((SLOTS * i) / MASTERS)
      const to = Math.ceil((SLOTS * (i + 1)) / MASTERS)
      const slots = Array.from({ length: to - from }, (_, slot) => from + slot)
      await node.command('CLUSTER', 'ADDSLOTS', ...slots)
    }
    for (const node of this.nodes.slice(1)) {
      await node.command('CLUSTER', 'MEET', '127.0.0.1', this.nodes[0].port)
    }
    for (const node of this.nodes) {
      await this.until(async () => {
        const lines = (await node.command('CLUSTER', 'NODES')).trim().split('\n')
        return lines.length === 2 * MASTERS && lines.every((line) => !/handshake/.test(line))
      })
    }
    for (const [i, node] of this.nodes.slice(MASTERS).entries()) {
      await node.command('CLUSTER', 'REPLICATE', this.nodes[i].id)
    }
    await this.settled()
  }

  /** Wait until every node that runs finds all slots served and every replica follows. */
  async settled() {
    for (const node of this.nodes.filter(({ running }) => running)) {
      await this.until(async () => {
        const info = await node.command('CLUSTER', 'INFO')
        const role = await node.command('ROLE')
        return (
          info.includes('cluster_state:ok') && (role[0] === 'master' || role[3] === 'connected')
        )
      })
    }
    const known = await this.nodes.find(({ running }) => running)?.command('CLUSTER', 'SLOTS')
    const replicated = known.filter((range) => range.length > 3).length
    if (replicated < MASTERS && this.nodes.every(({ running }) => running)) {
      await sleep(POLL_MS)
      await this.settled()
    }
  }

  /** @param {() => Promise<boolean>} check */
  async until(check) {
    // A node that starts, or changes its part, may close connections.
    while (!(await check().catch(() => false))) await sleep(POLL_MS)
  }

  /** The URL names one node: the others are found through it. */
  get url() {
    return `redis+cluster://${this.hosts}`
  }

  get hosts() {
    return this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')
  }

  /** A node that runs. @returns {Node} */
  get any() {
    const node = this.nodes.find(({ running }) => running)
    if (!node) throw new Error('no node of the cluster runs')
    return node
  }

  /** @param {string} key @returns {Promise<number>} */
  slot(key) {
    return this.any.command('CLUSTER', 'KEYSLOT', key)
  }

  /** The node that has a key and says so itself. @param {string} key @returns {Promise<Node>} */
  async owner(key) {
    for (;;) {
      for (const node of this.nodes.filter(({ running }) => running)) {
        const serves = await node.command('EXISTS', key).then(
          () => true,
          () => false
        )
        if (serves) return node
      }
      await sleep(POLL_MS)
    }
  }

  /** A replica of a node. @param {Node} master @returns {Promise<Node>} */
  async replicaOf(master) {
    for (;;) {
      for (const node of this.nodes.filter((node) => node.running && node !== master)) {
        const [role, , port, link] = await node.command('ROLE')
        if (role === 'slave' && port === master.port && link === 'connected') return node
      }
      await sleep(POLL_MS)
    }
  }

  /**
   * Move the slot of a key to another node, key by key, as resharding does.
   * @param {string} key
   * @param {Node} to
   * @param {(moved: number) => Promise<void>} [step] called after each handful of keys
   */
  async reshard(key, to, step = async () => {}) {
    const [slot, from] = [await this.slot(key), await this.owner(key)]
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
    let moved = 0
    for (;;) {
      const keys = await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 50)
      if (keys.length === 0) break
      await from.command('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys)
      moved += keys.length
      await step(moved)
    }
    for (const node of [to, from, ...this.nodes]) {
      const [role] = await node.command('ROLE')
      if (role === 'master') await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
    }
    return moved
  }

  async stop() {
    await Promise.all(this.nodes.map((node) => node.stop()))
  }
}

/**
 * Start a cluster.
 * @param {{ args?: string[] }} [options] for all nodes
 * @returns {Promise<Cluster>} that serves all slots
 */
async function startCluster({ args = [] } = {}) {
  const cluster = new Cluster()
  try {
    await cluster.start(args)
    return cluster
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

module.exports = { startCluster, Cluster }
