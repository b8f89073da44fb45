'use strict'

/**
 * `npm start`: make the clone ready, see that there is a Redis, run the app until it ends or is
 * ended.
 *
 * The Redis is that of REDIS_URL; else the one on this machine's usual port; else a private one,
 * which lives as long as the app.
 */

const { spawn } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { startRedis } = require('../test-support/redis-server')
const { sendCommand } = require('../test-support/resp')
const { ROOT, say, runMain } = require('./cli')
const { watchNpm } = require('./parent')
const { ensureRedisServer } = require('./redis-server')
const { setUp } = require('./setup')

const APP = path.join('app', 'demo.js')

/** Where a Redis usually is, and where Kue and rekue look for it when told nothing. */
const USUAL_PORT = 6379

/** A server on this machine that takes longer than this is of no use to a demo. */
const PROBE_TIMEOUT_MS = 1000

async function usualServerAnswers() {
  try {
    const server = { port: USUAL_PORT, timeoutMs: PROBE_TIMEOUT_MS }
    return (await sendCommand(server, ['PING'])) === 'PONG'
  } catch {
    // Nobody there, not a Redis, or one that wants a password which we do not have.
    return false
  }
}

/**
 * @returns {Promise<{ url: string, end: () => Promise<void> }>}
 */
async function findRedis() {
  const nothing = async () => {}
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL, end: nothing }
  const usual = `redis://127.0.0.1:${USUAL_PORT}`
  if (await usualServerAnswers()) {
    say(`using the Redis at ${usual}`)
    return { url: usual, end: nothing }
  }
  process.env.REDIS_SERVER = await ensureRedisServer()
  // Detached, so that a Ctrl-C reaches the app alone, which still needs its Redis to end cleanly.
  const server = await startRedis({ detached: true })
  say(
    `no Redis answers at ${usual}, so a private one runs at ${server.url}; ` +
      'its data ends with it. Set REDIS_URL to use another.'
  )
  return { url: server.url, end: () => server.stop() }
}

/**
 * Run the app to its end.
 * @param {string} redisUrl
 * @returns {Promise<number>} its exit code, as a shell would give it
 */
function runApp(redisUrl) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [APP], {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, REDIS_URL: redisUrl }
    })
    // In a terminal Ctrl-C and a hang-up reach the app without us, and twice would be an order to
    // end at once. SIGTERM is sent to one process.
    const fromTerminal = process.stdin.isTTY
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      if (signal === 'SIGTERM' || !fromTerminal) child.kill(signal)
    }
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
    for (const signal of signals) process.on(signal, forward)
    watchNpm(() => child.kill('SIGTERM'))
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward)
      resolve(signal ? 128 + os.constants.signals[signal] : code || 0)
    })
  })
}

runMain(async () => {
  await setUp()
  const redis = await findRedis()
  try {
    return await runApp(redis.url)
  } finally {
    await redis.end()
  }
})
