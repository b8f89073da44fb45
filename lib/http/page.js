'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * The page for people: files as they are. Data comes by the JSON API and becomes text in the
 * browser; nothing of it is ever put into HTML.
 */

const FOLDER = path.join(__dirname, 'public')

/** Nothing but the page's own files runs or is shown, nobody frames it, and it sends no forms. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/**
 * The files by their paths; Kue has a page for each state. Scripts have names that an app in whose
 * root this is mounted will not have for files of its own.
 */
const FILES = {
  ...Object.fromEntries(
    [
      'dashboard.js',
      'dashboard-dom.js',
      'dashboard-api.js',
      'dashboard-jobs.js',
      'dashboard-opened.js'
    ].map((script) => [`/${script}`, [script, 'text/javascript; charset=utf-8']])
  ),
  '/dashboard.css': ['dashboard.css', 'text/css; charset=utf-8'],
  ...Object.fromEntries(
    ['/', '/active', '/inactive', '/failed', '/complete', '/delayed'].map((page) => [
      page,
      ['index.html', 'text/html; charset=utf-8']
    ])
  )
}

/**
 * @param {string} where a path of the app
 * @returns {boolean} whether a file is there
 */
const isFile = (where) => Object.hasOwn(FILES, plain(where))

/** As in Express: letters of any case, and a slash may end it. @param {string} where */
const plain = (where) => where.toLowerCase().replace(/(?<=.)\/$/, '')

/**
 * @param {any} req
 * @param {any} res
 * @param {string} where a path of which `isFile` says yes
 */
async function sendFile(req, res, where) {
  const address = String(req.originalUrl ?? req.url).replace(/[?#].*$/s, '')
  // Mounted at /kue and asked for as that, the page would look for its files beside /kue.
  if (where === '/' && !address.endsWith('/')) {
    res.statusCode = 308
    res.setHeader('Location', `./${address.slice(address.lastIndexOf('/') + 1)}/`)
    return res.end()
  }
  // Nor beside a state's page.
  if (where !== '/' && where.endsWith('/')) {
    res.statusCode = 308
    res.setHeader('Location', `..${plain(where)}`)
    return res.end()
  }
  const [name, type] = FILES[plain(where)]
  const bytes = await fs.promises.readFile(path.join(FOLDER, name))
  res.statusCode = 200
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', bytes.length)
  res.setHeader('Content-Security-Policy', POLICY)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Referrer-Policy', 'no-referrer')
  // The next version's page must not meet this one's script.
  res.setHeader('Cache-Control', 'no-cache')
  res.end(bytes)
}

module.exports = { isFile, sendFile, POLICY }
