'use strict'

/**
 * A master with replicas, and sentinels that watch them, all on free ports of 127.0.0.1.
 *
 *   const group = await startSentinels()
 *   rekue.createQueue({ store: group.url })
 *   await (await group.master()).kill()
 *   await group.stop()
 */

const { setTimeout: sleep } = require('node:timers/promises')
const { startRedis } = require('./redis-server')

const NAME = 'main'
const COUNT = 3
/** Sentinels that must agree. */
const QUORUM = 2
/** A machine under load answers late; a failover for that would be one that no test asked for. */
const DOWN_AFTER_MS = 1000
const FAILOVER_TIMEOUT_MS = 3000
const POLL_MS = 20

/** Servers and sentinels under one name. */
class SentinelGroup {
  constructor() {
    this.name = NAME
    /** The first is the master, at first. @type {import('./redis-server').RedisServer[]} */
    this.servers = []
    /** @type {import('./redis-server').RedisServer[]} */
    this.sentinels = []
  }

  /** @param {{ args?: string[], login?: string[], sentinelArgs?: string[] }} options */
  async start({ args = [], login = [], sentinelArgs = [] }) {
    const quick = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1']
    for (let i = 0; i < COUNT; i++) {
      const of = i > 0 ? ['--replicaof', '127.0.0.1', String(this.servers[0].port)] : []
      this.servers.push(await startRedis({ args: [...quick, ...of, ...args] }))
    }
    const config = [
      `sentinel monitor ${NAME} 127.0.0.1 ${this.servers[0].port} ${QUORUM}`,
      `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
      ...login.map((line) => `sentinel ${line.replace('NAME', NAME)}`),
      ''
    ].join('\n')
    const starting = Array.from({ length: COUNT }, () =>
      startRedis({ config, args: ['--sentinel', ...sentinelArgs] })
    )
    this.sentinels = await Promise.all(starting)
  }

  /** Wait until all sentinels know all, and both replicas follow the master. */
  async settled() {
    for (const sentinel of this.sentinels) {
      for (;;) {
        const fields = await sentinel.command('SENTINEL', 'MASTER', NAME)
        const value = (/** @type {string} */ name) => fields[fields.indexOf(name) + 1]
        const others = Number(value('num-other-sentinels')) === COUNT - 1
        const replicas = Number(value('num-slaves')) === COUNT - 1
        if (others && replicas && value('flags') === 'master') break
        await sleep(POLL_MS)
      }
    }
    for (;;) {
      const [role, , replicas] = await (await this.master()).command('ROLE')
      if (role === 'master' && replicas.length === COUNT - 1) return
      await sleep(POLL_MS)
    }
  }

  /** `host:port` of all sentinels. */
  get hosts() {
    return this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
  }

  get url() {
    return `redis+sentinel://${this.hosts}/${NAME}`
  }

  /** The master, as the sentinels say. */
  async master() {
    const [sentinel] = this.sentinels
    const [, port] = await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)
    return /** @type {import('./redis-server').RedisServer} */ (
      this.servers.find((server) => server.port === Number(port))
    )
  }

  /** Have the sentinels make another one the master, without need. Resolves when it is. */
  async failover() {
    const before = await this.master()
    const over = this.another(before).then(() => true)
    // Sentinels give up when the chosen one is too slow for them.
    do {
      await this.sentinels[0].command('SENTINEL', 'FAILOVER', NAME).catch(() => {})
    } while (!(await Promise.race([over, sleep(2 * FAILOVER_TIMEOUT_MS)])))
    await this.follow(before)
  }

  /** Resolves when another one is the master. @param {import('./redis-server').RedisServer} before */
  async another(before) {
    while ((await this.master()) === before) await sleep(POLL_MS)
  }

  /**
   * Have a server that was the master follow the one that is; started again where it was killed.
   * The sentinels would tell it so in some ten seconds.
   * @param {import('./redis-server').RedisServer} server
   */
  async follow(server) {
    if (!server.running) await server.restart()
    await server.command('REPLICAOF', '127.0.0.1', (await this.master()).port)
  }

  async stop() {
    // Sentinels first: they would react.
    for (const group of [this.sentinels, this.servers]) {
      await Promise.all(group.map((server) => server.stop()))
    }
  }
}

/**
 * Start three servers and three sentinels.
 * @param {object} [options]
 * @param {string[]} [options.args] for the servers
 * @param {string[]} [options.login] settings by which sentinels log in, `auth-pass NAME secret`
 * @param {string[]} [options.sentinelArgs] for the sentinels
 * @param {boolean} [options.settled] wait until all know all; default true
 * @returns {Promise<SentinelGroup>}
 */
async function startSentinels({ settled = true, ...options } = {}) {
  const group = new SentinelGroup()
  try {
    await group.start(options)
    if (settled) await group.settled()
    return group
  } catch (error) {
    await group.stop()
    throw error
  }
}

module.exports = { startSentinels, SentinelGroup }
