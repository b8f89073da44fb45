'use strict'

/**
 * A private redis-server for a test: on a free port of 127.0.0.1, in a folder of its own, without
 * persistence, gone when this process is.
 *
 *   const server = await startRedis()
 *   rekue.createQueue({ redis: server.url })
 *   await server.stop()
 */

const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { findRedisServer } = require('../scripts/redis-server')
const { freePort } = require('./ports')
const { sendCommand } = require('./resp')

/** A loaded machine may need seconds to start a process; a server that hangs never ends. */
const START_TIMEOUT_MS = 15_000

/** Between two questions whether the server is up. It says nothing by itself that is stable. */
const POLL_MS = 5

/** How long a server may take to end by itself before it is killed. */
const STOP_TIMEOUT_MS = 5_000

/** The name of a server's Unix socket, in its folder. */
const SOCKET = 'redis.sock'

/** How often to try another port when somebody was quicker. */
const PORT_ATTEMPTS = 5

/** The servers to end with this process. @type {Set<RedisServer>} */
const running = new Set()

function endAll() {
  for (const server of running) server.destroy()
}

/** @param {NodeJS.Signals} signal */
function endOnSignal(signal) {
  // Others who listen (mocha does) decide how the process ends; `exit` comes then.
  if (process.listenerCount(signal) > 1) return
  endAll()
  process.off(signal, endOnSignal)
  process.kill(process.pid, signal)
}

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/** @param {RedisServer} server */
function register(server) {
  if (running.size === 0) {
    process.on('exit', endAll)
    for (const signal of SIGNALS) process.on(signal, endOnSignal)
  }
  running.add(server)
}

/** @param {RedisServer} server */
function unregister(server) {
  running.delete(server)
  if (running.size > 0) return
  process.off('exit', endAll)
  for (const signal of SIGNALS) process.off(signal, endOnSignal)
}

/** @type {boolean | undefined} */
let dieWithParent

/**
 * What to put before a command so that the kernel ends it with this process even when that is
 * killed with SIGKILL, where no handler of ours runs. Only Linux with util-linux can.
 * @returns {string[]}
 */
function parentDeathPrefix() {
  const prefix = ['setpriv', '--pdeathsig', 'KILL', '--']
  dieWithParent ??=
    process.platform === 'linux' &&
    spawnSync(prefix[0], [...prefix.slice(1), process.execPath, '--version'], { stdio: 'ignore' })
      .status === 0
  return dieWithParent ? prefix : []
}

class RedisServer {
  /**
   * @param {string} program
   * @param {{ args: string[], config: string, port: number, dir: string, env: object }} settings
   */
  constructor(program, { args, config, port, dir, env }) {
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
    /** Its folder: data, `redis.log`, `stderr.log`. */
    this.dir = dir
    this.program = program
    this.args = args
    this.config = config
    this.env = env
    /** @type {import('node:child_process').ChildProcess | undefined} */
    this.child = undefined
  }

  /** The path of its Unix socket, where it has one. */
  get socket() {
    return path.join(this.dir, SOCKET)
  }

  /** The process id, while it runs. */
  get pid() {
    return this.running ? this.child?.pid : undefined
  }

  get running() {
    return (
      this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null
    )
  }

  /** Start the process and wait until it answers. */
  async launch() {
    const args = [
      ...this.configFile(),
      ...['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.dir],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
      ...['--logfile', path.join(this.dir, 'redis.log')],
      ...this.args
    ]
    const [file, ...rest] = [...parentDeathPrefix(), this.program, ...args]
    // What is wrong with its arguments the server says before it opens its log.
    const early = fs.openSync(path.join(this.dir, 'stderr.log'), 'w')
    const child = spawn(file, rest, {
      stdio: ['ignore', early, early],
      env: { ...process.env, ...this.env }
    })
    fs.closeSync(early)
    this.child = child
    register(this)
    /** @type {Error | undefined} */
    let failure
    child.once('error', (error) => (failure = error))
    // A server that a test forgot must not keep the process from ending; `exit` ends the server.
    child.unref()
    const deadline = Date.now() + START_TIMEOUT_MS
    for (;;) {
      if (failure) throw failure
      if (!this.running) {
        throw new Error(`${this.program} ended while it started.\n${this.log()}`)
      }
      if (await this.answers()) return
      if (Date.now() > deadline) {
        throw new Error(
          `${this.program} did not answer within ${START_TIMEOUT_MS} ms.\n${this.log()}`
        )
      }
      await sleep(POLL_MS)
    }
  }

  /** A file of settings as the first argument, where there are any. A restart finds it as it is. */
  configFile() {
    if (this.config === '') return []
    const file = path.join(this.dir, 'redis.conf')
    if (!fs.existsSync(file)) fs.writeFileSync(file, this.config)
    return [file]
  }

  /** Whether this server, and not another on its port, serves. */
  async answers() {
    try {
      const server = { port: this.port, timeoutMs: 1000 }
      await sendCommand(server, ['PING'])
      // Who was quicker on the port would answer too; then ours is about to end.
      const info = await sendCommand(server, ['INFO', 'server'])
      return info.includes(`process_id:${this.child?.pid}\r\n`)
    } catch (error) {
      // -NOAUTH is an answer of a server that serves; -LOADING is not one yet.
      return /^(NOAUTH|NOPERM|DENIED)/.test(/** @type {Error} */ (error).message)
    }
  }

  /** What the server wrote. */
  log() {
    const read = (/** @type {string} */ name) => {
      const file = path.join(this.dir, name)
      return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    }
    return read('stderr.log') + read('redis.log')
  }

  /**
   * Send one command without any client.
   * @param {...(string | number | Buffer)} args
   * @returns {Promise<any>} the reply
   */
  command(...args) {
    return sendCommand({ port: this.port }, args)
  }

  /** Resolves when the process is gone. */
  async ended() {
    const { child } = this
    if (!child || !this.running) return
    child.ref()
    await once(child, 'exit')
  }

  /**
   * Send a signal, as an accident would. Resolves when the process is gone, or at once for a
   * signal that it survives (SIGSTOP, SIGCONT).
   * @param {NodeJS.Signals} [signal]
   */
  async kill(signal = 'SIGKILL') {
    if (!this.running) return
    const ended = this.ended()
    this.child?.kill(signal)
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') this.child?.unref()
    else await ended
  }

  /** Start it again on the same port and folder, ended or not. */
  async restart() {
    await this.end()
    await this.launch()
  }

  async end() {
    if (!this.running) return
    const force = setTimeout(() => this.child?.kill('SIGKILL'), STOP_TIMEOUT_MS)
    // A stopped process takes no SIGTERM before it is continued.
    this.child?.kill('SIGCONT')
    await this.kill('SIGTERM')
    clearTimeout(force)
  }

  /** End the server and remove its folder. */
  async stop() {
    await this.end()
    unregister(this)
    fs.rmSync(this.dir, { recursive: true, force: true })
  }

  /** `stop` for an ending process, where nothing can be awaited. */
  destroy() {
    if (this.running) this.child?.kill('SIGKILL')
    unregister(this)
    fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 })
  }
}

/**
 * Start a private server.
 * @param {object} [options]
 * @param {string[]} [options.args] further arguments, e.g. `['--appendonly', 'yes']`; they win
 * @param {string} [options.config] settings that must be in a file, which the server may change
 * @param {number} [options.port] default: a free one
 * @param {() => Promise<number>} [options.choosePort] finds it
 * @param {object} [options.env] further variables of its environment
 * @param {boolean} [options.socket] listen on a Unix socket too, see `socket` of the server
 * @returns {Promise<RedisServer>} that answers
 */
async function startRedis({
  args = [],
  config = '',
  port,
  choosePort = freePort,
  env = {},
  socket = false
} = {}) {
  const program = findRedisServer()
  if (!program) {
    throw new Error('There is no redis-server on the PATH or in REDIS_SERVER; `npm test` gets one.')
  }
  for (let attempt = 1; ; attempt++) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-redis-'))
    const listening = socket ? ['--unixsocket', path.join(dir, SOCKET)] : []
    const settings = {
      args: [...listening, ...args],
      config,
      port: port ?? (await choosePort()),
      dir,
      env
    }
    const server = new RedisServer(program, settings)
    try {
      await server.launch()
      return server
    } catch (error) {
      const taken = /address already in use/i.test(server.log())
      await server.stop()
      if (!taken || port !== undefined || attempt === PORT_ATTEMPTS) throw error
    }
  }
}

module.exports = { startRedis, RedisServer, parentDeathPrefix }
