'use strict'

/**
 * Requests to a server of the test's own, with nothing added to them or followed.
 */

const http = require('node:http')

/**
 * Serve an Express app on a free port for as long as `use` takes.
 * @template T
 * @param {any} app
 * @param {(port: number) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function serving(app, use) {
  const server = http.createServer(app)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  try {
    return await use(/** @type {import('node:net').AddressInfo} */ (server.address()).port)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(() => resolve(undefined)))
  }
}

/**
 * @param {number} port
 * @param {string} path sent as it is
 * @param {{ method?: string, headers?: Record<string, string>, body?: string | Buffer }} [options]
 * @returns {Promise<{ status: number | undefined, headers: http.IncomingHttpHeaders, text: string, body: any }>}
 */
function request(port, path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = http.request({ host: '127.0.0.1', port, path, method, headers }, (res) => {
      res.setEncoding('utf8')
      let text = ''
      res.on('data', (chunk) => (text += chunk))
      res.on('error', reject)
      res.on('end', () => {
        const isJson = /json/.test(res.headers['content-type'] || '') && text !== ''
        const body = isJson ? JSON.parse(text) : undefined
        resolve({ status: res.statusCode, headers: res.headers, text, body })
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/**
 * The addresses of a Link header, by relation.
 * @param {string | string[] | undefined} header
 * @returns {Record<string, string>}
 */
function linksOf(header) {
  /** @type {Record<string, string>} */
  const links = {}
  for (const match of String(header || '').matchAll(/<([^>]*)>; rel="([a-z]+)"/g)) {
    links[match[2]] = match[1]
  }
  return links
}

module.exports = { serving, request, linksOf }
