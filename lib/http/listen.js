'use strict'

const http = require('node:http')
const { asksThisMachine, isLoopback } = require('./site')
const { createError, invalidArg } = require('../errors')

/** Where a server listens that nobody but this machine may reach. */
const LOOPBACK = '127.0.0.1'

/** The answer to a request for another name than this machine's. */
const OTHER_NAME =
  'this is open to whoever is at this machine, as http://localhost or http://127.0.0.1. For requests ' +
  "under other names, say who may with rekue.app.set('authorize', (req) => …)"

/**
 * Start a server for the app. Kue's listens on every interface and lets everybody in who finds it;
 * this one takes requests from other machines only where there is somebody to judge them.
 * @param {http.RequestListener} app
 * @param {{ get: (name: string) => any }} settings
 * @param {any[]} args those of `server.listen`
 * @returns {http.Server}
 */
function listen(app, settings, args) {
  const callback = typeof args.at(-1) === 'function' ? args.at(-1) : undefined
  const options = address(args.filter((argument) => argument !== callback))
  const local = options.path !== undefined || isLoopback(options.host)
  if (!local && settings.get('authorize') === undefined) {
    if (options.host !== undefined || options.fd !== undefined) {
      throw createError(
        'ERR_INVALID_ARG',
        `rekue.app does not listen on ${options.host ?? 'a descriptor'} unprotected: whoever reaches it could read and change all jobs. ` +
          "Say who may with rekue.app.set('authorize', (req) => …), or leave the host out",
        { argument: 'host' }
      )
    }
    options.host = LOOPBACK
  }
  const server = http.createServer((req, res) => {
    const judged = options.path !== undefined || settings.get('authorize') !== undefined
    if (judged || asksThisMachine(req)) return void app(req, res)
    res.writeHead(403, { 'Content-Type': 'application/json; charset=utf-8' })
    res.end(JSON.stringify({ error: OTHER_NAME }))
  })
  return callback ? server.listen(options, callback) : server.listen(options)
}

/**
 * @param {any[]} args `(port?, host?, backlog?)`, `(path)` or `(options)`
 * @returns {any} options of `server.listen`
 */
function address([first, ...rest]) {
  if (first !== null && typeof first === 'object') return { ...first }
  // A path, as Node has it; nothing but a port has a host behind it.
  if (typeof first === 'string' && !/^\d+$/.test(first) && rest.length === 0) return { path: first }
  const port = first === undefined || first === null ? 0 : Number(first)
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw invalidArg('port', first, 'a whole number from 0 to 65535')
  }
  const [host, backlog] = typeof rest[0] === 'number' ? [undefined, rest[0]] : rest
  return { port, host: host ?? undefined, backlog }
}

module.exports = { listen }
