'use strict'

/**
 * The long form: constant load, and faults at random times, for as long as it is told. It goes in
 * rounds: after each one the faults stop, the work is let run out, the ledger is held against the
 * store, all jobs are removed, and memory and keys are counted: both must not grow from round to
 * round. Some workers live through all of it, others come and go.
 *
 * It prints a line of figures for each round, and fails with the first round that fails.
 */

const fs = require('node:fs')
const { setTimeout: sleep } = require('node:timers/promises')
const { randomFrom } = require('../test-support/random')
const { openArena } = require('./arena')
const { startProxy } = require('./proxy')
const { readKeyspace } = require('../test-support/keyspace')

/** The faults of a round, and the jobs a second. */
const ROUND_MS = 45_000
const JOBS_PER_TICK = 5
const TICK_MS = 100
/** Between two faults. */
const MOST_QUIET_MS = 4_000
/** How much more memory a process may have at the end than after the first rounds, in MB: the
 * allocators of V8 and Redis take and give back in large pieces. */
const GROWTH_MB = 60
const WARM_UP_ROUNDS = 3

/** @param {number | undefined} pid @returns {number} MB in memory; 0 where nobody tells */
function memoryOf(pid) {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
  } catch {
    return 0
  }
}

/** Where a soak of one store stands. */
class Soak {
  /** @param {'redis' | 'sqlite'} store @param {number} seed @param {string[]} redisArgs */
  static async start(store, seed, redisArgs) {
    const random = randomFrom(seed)
    const arena = await openArena(store, random, { redisArgs })
    const soak = new Soak(arena, random)
    if (store === 'redis') soak.proxy = await startProxy(arena.server.port)
    const options = arena.options(soak.proxy ? { store: soak.proxy.url } : {})
    soak.residents = [
      await arena.worker({ options, workMs: 20 }),
      await arena.worker({ options, concurrency: 20, workMs: 5 })
    ]
    soak.creator = arena.queue(soak.proxy ? { store: soak.proxy.url } : {})
    return soak
  }

  /** @param {import('./arena').Arena} arena @param {(below: number) => number} random */
  constructor(arena, random) {
    this.arena = arena
    this.random = random
    /** @type {Awaited<ReturnType<typeof startProxy>> | undefined} */
    this.proxy = undefined
    /** @type {import('./member').Member[]} */
    this.residents = []
    /** @type {any} */
    this.creator = undefined
    /** @type {{ round: number, memory: Record<string, number>, keys: number }[]} */
    this.rounds = []
    /** How often each fault was done. @type {Record<string, number>} */
    this.done = {}
  }

  /** What can go wrong here. @returns {Record<string, () => Promise<void>>} */
  get faults() {
    const { arena, random } = this
    const redis = (/** @type {(string | number)[]} */ ...args) => arena.server.command(...args)
    const guest = () => arena.worker({ concurrency: 1 + random(8), workMs: 60 })
    /** @type {Record<string, () => Promise<void>>} */
    const everywhere = {
      kill: async () => {
        const member = await guest()
        await sleep(random(600))
        await member.kill()
      },
      close: async () => {
        const member = await guest()
        await sleep(random(600))
        await member.close()
      },
      freeze: async () => {
        const member = await guest()
        await sleep(random(300))
        member.signal('SIGSTOP')
        await sleep(random(5000))
        await member.close()
      }
    }
    if (!this.proxy) return everywhere
    const { proxy } = this
    return {
      ...everywhere,
      cut: async () => proxy.cut(),
      drop: async () => proxy.dropReply(1 + random(3)),
      delay: async () => {
        proxy.delayMs = random(200)
        await sleep(random(2000))
        proxy.delayMs = 0
      },
      silent: async () => {
        proxy.silent = true
        await sleep(random(4000))
        proxy.silent = false
      },
      clients: async () => {
        for (const type of ['normal', 'pubsub']) await redis('CLIENT', 'KILL', 'TYPE', type)
      },
      pause: async () => void (await redis('CLIENT', 'PAUSE', random(2000), 'ALL')),
      scripts: async () => void (await redis('SCRIPT', 'FLUSH')),
      restart: async () => {
        await arena.server.kill('SIGKILL')
        await sleep(random(1000))
        await arena.server.restart()
      }
    }
  }

  /** @param {number} round */
  async round(round) {
    const { arena } = this
    const end = Date.now() + ROUND_MS
    const adding = (async () => {
      while (Date.now() < end) {
        await arena.add(JOBS_PER_TICK, this.creator)
        await sleep(TICK_MS)
      }
    })()
    try {
      await this.disturb(end)
    } finally {
      await adding
    }
    const figures = await arena.audit({ close: false, clear: true })
    // Lines are appended, so the next one is the first again.
    fs.truncateSync(arena.ledgerFile)
    arena.members = arena.members.filter((member) => member.running)
    const measured = await this.measure()
    this.rounds.push({ round, ...measured })
    console.log(
      `round ${round}  ${arena.name.padEnd(6)}  MB: ${JSON.stringify(measured.memory)}  keys: ${measured.keys}  (${figures})`
    )
    this.judge()
  }

  /** @param {number} end */
  async disturb(end) {
    const { faults } = this
    const names = Object.keys(faults)
    while (Date.now() < end) {
      await sleep(this.random(MOST_QUIET_MS))
      const name = names[this.random(names.length)]
      this.done[name] = (this.done[name] || 0) + 1
      await faults[name]()
    }
  }

  async measure() {
    const { arena } = this
    /** @type {Record<string, number>} */
    const memory = { creator: memoryOf(process.pid) }
    this.residents.forEach((member, i) => (memory[`worker${i + 1}`] = memoryOf(member.pid)))
    if (!arena.redis) {
      const size = fs.statSync(arena.store.slice('sqlite:'.length)).size
      return { memory: { ...memory, file: Math.round(size / 1e6) }, keys: 0 }
    }
    // Else it would have to read back all that ever happened at each restart.
    await arena.redis.command('BGREWRITEAOF')
    while (/aof_rewrite_in_progress:1/.test(await arena.redis.command('INFO', 'persistence'))) {
      await sleep(TICK_MS)
    }
    const info = await arena.redis.command('INFO', 'memory')
    memory.redis = Math.round(Number(/used_memory:(\d+)/.exec(info)?.[1]) / 1e6)
    return { memory, keys: Object.keys(await readKeyspace(arena.redis)).length }
  }

  /** Nothing grows. */
  judge() {
    const last = this.rounds[this.rounds.length - 1]
    if (last.keys > 3) throw new Error(`${last.keys} keys are left in an empty queue`)
    if (this.rounds.length <= WARM_UP_ROUNDS) return
    const warm = this.rounds[WARM_UP_ROUNDS - 1]
    for (const [name, mb] of Object.entries(last.memory)) {
      if (mb > warm.memory[name] + GROWTH_MB) {
        throw new Error(`${name} grew from ${warm.memory[name]} to ${mb} MB`)
      }
    }
    for (const member of this.residents) {
      if (!member.running) throw new Error(`a worker that was to stay ended.\n${member.stderr}`)
    }
  }

  /** @param {boolean} keep */
  async stop(keep) {
    this.proxy?.close()
    await this.arena.close(keep)
  }
}

/**
 * @param {{ seed: number, minutes: number, store: 'redis' | 'sqlite' }} order
 * @returns {Promise<boolean>} whether it passed
 */
async function soak({ seed, minutes, store }) {
  const end = Date.now() + minutes * 60_000
  const persistent = ['--appendonly', 'yes', '--appendfsync', 'always']
  const one = await Soak.start(store, seed, persistent)
  let failure
  try {
    for (let round = 1; Date.now() < end; round++) await one.round(round)
  } catch (error) {
    failure = error
  }
  const faults = Object.entries(one.done).map(([name, count]) => `${name} ×${count}`)
  console.log(`${store}: ${one.rounds.length} rounds; ${faults.join(', ')}`)
  if (failure) console.log(`FAILED ${failure.stack}\n  kept in ${one.arena.folder}`)
  await one.stop(failure !== undefined)
  return !failure
}

module.exports = { soak }
