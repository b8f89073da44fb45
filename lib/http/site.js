'use strict'

/**
 * Whether a request comes from a page of another site. A browser sends such requests with the
 * user's cookies and from inside the user's network, so a page anywhere could change jobs. Programs
 * send none of these headers and need none.
 * @param {import('node:http').IncomingMessage} req
 */
function fromElsewhere(req) {
  const { 'sec-fetch-site': site, origin, host } = req.headers
  // Set by the browser itself; no script can.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  // A proxy that does not hand the Host header on may tell it so; a page of another site can send
  // no such header without being asked whether it may.
  const asked = [host, ...String(req.headers['x-forwarded-host'] ?? '').split(',')]
  const { host: page } = new URL(origin)
  return !asked.some((name) => name?.trim().toLowerCase() === page)
}

/** A port behind a host, as in its header. */
const PORT = /:\d*$/

/**
 * Whether a request was sent to a name of this machine, as far as it says. A server that listens to
 * this machine alone is still asked by the pages that its browsers show, under any name that their
 * owner had resolved to here (DNS rebinding), and such a page may read the answers.
 * @param {import('node:http').IncomingMessage} req
 */
function asksThisMachine(req) {
  const host = req.headers.host
  if (host === undefined) return true
  const name = host.replace(PORT, '')
  return isLoopback(name) || /\.localhost$/i.test(name)
}

/**
 * Whether a name means this machine to itself.
 * @param {any} host
 */
function isLoopback(host) {
  return typeof host === 'string' && /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}

module.exports = { fromElsewhere, asksThisMachine, isLoopback }
