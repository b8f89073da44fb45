'use strict'

const { isStores } = require('./blame')
const { readJson, BadRequest } = require('./body')
const { isFile, sendFile } = require('./page')
const { find, methodsAt } = require('./routes')
const { fromElsewhere } = require('./site')
const Queue = require('../queue')
const Job = require('../queue/job')

/**
 * From a request to its answer: find the route, ask who may, read the body, answer.
 *
 * @typedef {object} Ways out of the app
 * @property {(() => void) | undefined} next where what is not the app's goes
 * @property {((error: any) => void) | undefined} raise where errors go that are not the request's
 */

/** The answer to a page of another site; a proxy that changes the Host header makes all look like it. */
const ELSEWHERE =
  'this comes from a page of another site. (Behind a proxy: have it hand on the Host header as it came)'

/** Methods that change nothing. */
const SAFE = new Set(['GET', 'HEAD'])

/**
 * @param {{ get: (name: string) => any }} settings
 * @param {any} req
 * @param {any} res
 * @param {Ways} ways
 * @param {any} [error] of a handler before
 */
async function handle(settings, req, res, ways, error) {
  try {
    if (error) throw error
    const path = req.url.replace(/[?#].*$/s, '')
    const { route, params, allowed } = find(req.method, path)
    // Before anybody is asked who they are: browsers ask it without saying so.
    if (req.method === 'OPTIONS' && tellMethods(res, path)) return
    const page = SAFE.has(req.method) && isFile(path)
    const unknown = !route && allowed.length === 0
    if (!page && (unknown || !acceptsJson(req))) {
      if (ways.next) return ways.next()
      return send(res, 404, { error: `there is nothing at ${req.method} ${path}` })
    }
    const { status, challenge } = await authorize(settings.get('authorize'), req)
    if (status !== 200) {
      if (challenge) res.setHeader('WWW-Authenticate', challenge)
      return send(res, status, { error: 'not authorized' })
    }
    if (page) return await sendFile(req, res, path)
    if (!route) {
      res.setHeader('Allow', allowed.join(', '))
      return send(res, 405, {
        error: `${req.method} does not work here, but ${allowed.join(' and ')} do`
      })
    }
    if (!SAFE.has(req.method) && fromElsewhere(req)) {
      return send(res, 403, { error: ELSEWHERE })
    }
    const queue = queueOf()
    if (!queue) return send(res, 503, { error: 'the queue is closed' })
    const body = route.takesBody ? await readJson(req, settings.get('body limit')) : undefined
    const query = new URLSearchParams(req.url.slice(path.length + 1))
    const answer = await route.answer({ queue, settings, params, query, body })
    send(res, answer.status, answer.body)
  } catch (error) {
    fail(req, res, ways.raise, error)
  }
}

/**
 * Answer which methods a path takes, as Express does.
 * @param {any} res
 * @param {string} path
 * @returns {boolean} false where nothing of the app is there
 */
function tellMethods(res, path) {
  const methods = isFile(path) ? ['GET', 'HEAD'] : methodsAt(path)
  if (methods.length === 0) return false
  const text = methods.join(',')
  res.writeHead(200, { Allow: text, 'Content-Type': 'text/plain; charset=utf-8' }).end(text)
  return true
}

/**
 * The queue made last, as all of Kue's statics use it; before there was any, one with the defaults.
 */
function queueOf() {
  if (!Job._queue && !Queue.opened) Queue.createQueue()
  return Job._queue
}

/** Ranges of types that JSON is in, the one that says most of it last. */
const RANGES = ['*/*', 'application/*', 'application/json']

/**
 * Whether the one who asks can do with JSON; Kue leaves others to its pages. As in RFC 9110, the
 * range counts that says most.
 * @param {any} req
 */
function acceptsJson(req) {
  let best = -1
  let accepted = false
  for (const range of String(req.headers.accept || '*/*').split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const says = RANGES.indexOf(type)
    if (says <= best) continue
    best = says
    accepted = !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  }
  return accepted
}

/**
 * Ask the user's hook.
 * @param {((req: any) => any) | undefined} hook true lets in; `{ challenge }` asks who it is
 * @param {any} req
 * @returns {Promise<{ status: number, challenge?: string }>}
 */
async function authorize(hook, req) {
  if (!hook) return { status: 200 }
  const answer = await hook(req)
  if (answer === true) return { status: 200 }
  if (typeof answer?.challenge === 'string') return { status: 401, challenge: answer.challenge }
  return { status: 403 }
}

/**
 * @param {any} res
 * @param {number} status
 * @param {any} [body]
 */
function send(res, status, body) {
  if (res.writableEnded || res.destroyed) return
  res.statusCode = status
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  if (body === undefined) return res.end()
  const bytes = Buffer.from(JSON.stringify(body))
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Content-Length', bytes.length)
  res.end(bytes)
}

/**
 * @param {any} req
 * @param {any} res
 * @param {((error: any) => void) | undefined} raise
 * @param {any} error
 */
function fail(req, res, raise, error) {
  if (res.headersSent) return void res.destroy()
  if (error instanceof BadRequest || error instanceof URIError) {
    const status = error instanceof BadRequest ? error.status : 400
    // The rest of the body is not wanted.
    if (!req.complete) res.setHeader('Connection', 'close')
    return send(res, status, { error: error.message })
  }
  if (isStores(error)) return send(res, 503, { error: error.message })
  if (raise) return raise(error)
  goneWrong(res, error)
}

/**
 * The answer to an error that nobody else has one for; the queue's listeners hear what it was.
 * @param {any} res
 * @param {any} error
 */
function goneWrong(res, error) {
  Job._queue?._complain(error)
  if (res.headersSent) return void res.destroy()
  send(res, 500, { error: 'this went wrong on the server' })
}

module.exports = { acceptsJson, handle, goneWrong }
