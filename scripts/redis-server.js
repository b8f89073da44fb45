'use strict'

/**
 * Find a redis-server program, or get one.
 *
 *   node scripts/redis-server.js     prints where it is
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { Problem, say, runMain, run, describeEnd } = require('./cli')

/** Debian's package, and the service that it brings. */
const PACKAGE = 'redis-server'

/** Asked by Debian's packages before they start a service; exit code 101 forbids it. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d'

/** Where a service would listen. */
const SERVICE_PORT = 6379

const THREE_WAYS =
  'Either install it where the PATH finds it (Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis), ' +
  'or set REDIS_SERVER to the path of the program, ' +
  'or run this as root on Debian or Ubuntu, where it installs the package itself.'

/** @param {string} file */
function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/** @param {string} name */
function findOnPath(name) {
  // An empty entry means the current folder to a shell; nobody wants a server from there.
  const folders = (process.env.PATH || '').split(path.delimiter).filter(Boolean)
  return folders.map((folder) => path.join(folder, name)).find(isExecutable)
}

/**
 * The redis-server that is there: `$REDIS_SERVER`, else that of the PATH.
 * @returns {string | undefined}
 * @throws {Problem} when `$REDIS_SERVER` names something that cannot be run
 */
function findRedisServer() {
  const named = process.env.REDIS_SERVER
  if (!named) return findOnPath('redis-server')
  const file = named.includes(path.sep) ? path.resolve(named) : findOnPath(named)
  if (file && isExecutable(file)) return file
  throw new Problem(
    `REDIS_SERVER is ${JSON.stringify(named)}, which is no program that can be run. ` +
      'Correct it, or unset it to use the redis-server of the PATH.'
  )
}

/** Does anything accept connections on the port of the service? */
function servicePortIsOpen() {
  return new Promise((resolve) => {
    const socket = net.connect(SERVICE_PORT, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/**
 * Run something while Debian's packages may start no service. A policy that stands already is
 * its owner's and stays as it is.
 * @param {() => Promise<void>} action
 */
async function withoutServiceStart(action) {
  const remove = () => fs.rmSync(SERVICE_POLICY, { force: true })
  try {
    fs.writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' })
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    return action()
  }
  // Left behind it would keep every later package from starting its service.
  const removeAndEnd = () => {
    remove()
    process.exit(130)
  }
  process.on('SIGINT', removeAndEnd).on('SIGTERM', removeAndEnd)
  try {
    await action()
  } finally {
    remove()
    process.off('SIGINT', removeAndEnd).off('SIGTERM', removeAndEnd)
  }
}

async function installPackage() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [
    ['update', '-q'],
    ['install', '-q', '-y', '--no-install-recommends', PACKAGE]
  ]) {
    const end = await run('apt-get', args, { env })
    if (end.code === 0) continue
    throw new Problem(
      `\`apt-get ${args.join(' ')}\` ${describeEnd(end)}, so there is still no redis-server. ${THREE_WAYS}`
    )
  }
}

/**
 * Take away the service that came with the package: we wanted the program, and a server that
 * nobody asked for must not listen now or after the next start of the machine.
 * @param {boolean} wasListening whether something listened on its port before
 */
async function removeService(wasListening) {
  // Absent on a system without services (a container); then there is nothing to take away.
  spawnSync('update-rc.d', [PACKAGE, 'disable'], { stdio: 'ignore' })
  if (!wasListening && (await servicePortIsOpen())) {
    // Whoever has a service policy of their own that allows it (see withoutServiceStart).
    spawnSync('service', [PACKAGE, 'stop'], { stdio: 'ignore' })
  }
}

function mayInstall() {
  return (
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    fs.existsSync('/etc/debian_version') &&
    findOnPath('apt-get') !== undefined
  )
}

/**
 * The redis-server to use; installed as Debian's package when there is none and we may.
 * @returns {Promise<string>} its path
 * @throws {Problem} that names the ways to get one
 */
async function ensureRedisServer() {
  const found = findRedisServer()
  if (found) return found
  if (!mayInstall()) throw new Problem(`There is no redis-server here. ${THREE_WAYS}`)
  say(`there is no redis-server here; installing Debian's package (without its service)`)
  const wasListening = await servicePortIsOpen()
  await withoutServiceStart(installPackage)
  await removeService(wasListening)
  const installed = findRedisServer()
  if (installed) return installed
  throw new Problem(
    `apt-get installed ${PACKAGE}, but no redis-server stands on the PATH. ${THREE_WAYS}`
  )
}

module.exports = { ensureRedisServer, findRedisServer }

if (require.main === module) {
  runMain(async () => {
    process.stdout.write(`${await ensureRedisServer()}\n`)
  })
}
