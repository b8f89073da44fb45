'use strict'

/** A private redis-server on a free port, without persistence, gone with this process. */

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { sleep } = require('./clock')

const START_DEADLINE_MS = 10000

/**
 * The command that starts a server: $REDIS_SERVER, else `redis-server` on the PATH.
 * @returns {string}
 */
function findServer() {
  const command = process.env.REDIS_SERVER || 'redis-server'
  const { error, status } = spawnSync(command, ['--version'], { stdio: 'ignore' })
  if (!error && status === 0) return command
  throw new Error(
    `No redis-server: ${command} does not run. Install one (Debian: apt install redis-server; ` +
      'macOS: brew install redis), put it on the PATH, or name it in $REDIS_SERVER.'
  )
}

/** @returns {Promise<number>} a TCP port that nobody listens on */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}

/** @param {number} port @returns {Promise<boolean>} whether something accepts connections there */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    const settle = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => settle(true))
    socket.on('error', () => settle(false))
  })
}

/** @returns {Promise<{ port: number, url: string, stop: () => void }>} */
async function startServer() {
  const command = findServer()
  const port = await freePort()
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-bench-'))
  const settings = { port, bind: '127.0.0.1', dir, save: '', appendonly: 'no', loglevel: 'warning' }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const server = spawn(command, args, { stdio: 'ignore' })

  const stop = () => {
    server.kill('SIGKILL')
    fs.rmSync(dir, { recursive: true, force: true })
  }
  process.once('exit', stop)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

  const deadline = Date.now() + START_DEADLINE_MS
  while (!(await accepts(port))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      throw new Error(`${command} did not start on port ${port} (exit code ${server.exitCode})`)
    }
    await sleep(20)
  }
  return { port, url: `redis://127.0.0.1:${port}`, stop }
}

module.exports = { startServer }
