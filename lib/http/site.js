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
  return !URL.canParse(origin) || new URL(origin).host !== String(host).toLowerCase()
}

module.exports = { fromElsewhere }
