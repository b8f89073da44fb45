'use strict'

const crypto = require('node:crypto')
const { once } = require('node:events')
const { parse, OPTIONS_TEXT } = require('./queue-options')
const { createApp } = require('../http')
const { isLoopback } = require('../http/site')
const Queue = require('../queue')
const { UsageError } = require('./usage-error')

/** As that of `kue-dashboard`. */
const PORT = 3000
/** This machine alone. */
const HOST = '127.0.0.1'
/** ms in which the same trouble is told once. */
const QUIET_MS = 30_000

const USAGE = `usage: rekue dashboard [options]

Serves Kue's JSON API for a queue, and a page over it.

  -p, --port N        default: ${PORT}
      --host H        where to listen; default: this machine alone. For others, set REKUE_PASSWORD:
                      it is then asked for (HTTP Basic, any user name)
      --title T       what pages call it; default: rekue
${OPTIONS_TEXT}`

/** @param {string[]} args behind `rekue dashboard` */
async function run(args) {
  const { values, queue: options } = parse(args, {
    port: { type: 'string', short: 'p' },
    host: { type: 'string' },
    title: { type: 'string' }
  })
  if (values.help) return void console.log(USAGE)
  const app = createApp()
  if (values.title !== undefined) app.set('title', values.title)
  const password = process.env.REKUE_PASSWORD
  if (password) app.set('authorize', asksFor(password))
  else if (values.host && !isLoopback(values.host)) {
    throw new UsageError(
      `on ${values.host}, whoever reaches it could read and change all jobs: set REKUE_PASSWORD, or leave --host out`
    )
  }
  // Before the queue connects: what Redis does to that would be told first.
  const listenOn = { port: portOf(values.port), host: values.host ?? HOST }
  const queue = new Queue(options)
  queue.on('error', sayOnce())
  try {
    const server = app.listen(listenOn)
    await once(server, 'listening')
    const { address, port, family } = server.address()
    console.log(`Running on http://${family === 'IPv6' ? `[${address}]` : address}:${port}`)
    await new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
    })
    server.closeAllConnections()
    server.close()
  } finally {
    await queue.close()
  }
}

/** @param {string | undefined} text */
function portOf(text) {
  if (text === undefined) return PORT
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) {
    throw new UsageError(`--port must be a number from 0 to 65535, not ${JSON.stringify(text)}`)
  }
  return Number(text)
}

/** Says what is wrong, and not again with each attempt that meets the same. */
function sayOnce() {
  let said = ''
  let until = 0
  return (/** @type {Error} */ { message }) => {
    if (message === said && performance.now() < until) return
    said = message
    until = performance.now() + QUIET_MS
    console.error(`rekue: ${message}`)
  }
}

/**
 * A hook for the app that asks for a password.
 * @param {string} password
 */
function asksFor(password) {
  const hash = (/** @type {string} */ text) => crypto.createHash('sha256').update(text).digest()
  const right = hash(password)
  return (/** @type {any} */ req) => {
    const [, encoded] = /^Basic (\S+)$/i.exec(req.headers.authorization ?? '') ?? []
    const given = Buffer.from(encoded ?? '', 'base64').toString()
    const isRight = crypto.timingSafeEqual(hash(given.slice(given.indexOf(':') + 1)), right)
    return encoded !== undefined && isRight ? true : { challenge: 'Basic realm="rekue"' }
  }
}

module.exports = { run }
