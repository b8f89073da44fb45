'use strict'

/**
 * Who may manage jobs: with ADMIN_PASSWORD whoever knows it (HTTP Basic, any user name); without
 * one, whoever asks on this machine a service that listens on this machine alone.
 *
 * That a request came to a loopback address does not mean that somebody on this machine made it. A
 * proxy brings those of anybody, and a page of any site can make the browser here ask, once its
 * name points to 127.0.0.1 (DNS rebinding). The first is known by the headers that proxies add, the
 * second by the name in Host, which is still that of the site.
 */

const { createHash, timingSafeEqual } = require('node:crypto')
const net = require('node:net')
const { Problem } = require('./problems')

/** What a proxy says of whom it speaks for. */
const PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip']

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest()

/**
 * Whether a Host header names this machine. HTTP/1.0 has none, and no browser leaves it out.
 * @param {string | undefined} header
 */
function isThisMachine(header) {
  if (header === undefined) return true
  const [, host = ''] = /^(.+?)(?::\d*)?$/.exec(header.toLowerCase()) || []
  if (net.isIPv4(host)) return host.startsWith('127.')
  // Names below localhost are this machine by definition (RFC 6761).
  return host === '[::1]' || host === 'localhost' || host.endsWith('.localhost')
}

/**
 * @param {import('../config').Config} config
 * @returns {import('express').RequestHandler} for what only those may see who manage the service
 */
function guardAdmin(config) {
  if (config.adminPassword !== undefined) return askPassword(config)
  return (req, _res, next) => {
    if (!config.adminOpen) return next(new Problem('forbidden'))
    if (PROXY_HEADERS.some((name) => req.headers[name] !== undefined)) {
      return next(new Problem('forbidden-proxied'))
    }
    next(isThisMachine(req.headers.host) ? undefined : new Problem('forbidden-host'))
  }
}

/**
 * For what harms nobody to see, but is nobody's business where there is a password.
 * @param {import('../config').Config} config
 * @returns {import('express').RequestHandler}
 */
function askPassword({ adminPassword }) {
  if (adminPassword === undefined) return (_req, _res, next) => next()
  const expected = digest(adminPassword)
  return (req, _res, next) => {
    const [, encoded = ''] = /^Basic (.+)$/i.exec(req.get('Authorization') || '') || []
    const given = Buffer.from(encoded, 'base64').toString('utf8')
    const password = given.slice(given.indexOf(':') + 1)
    // Digests are of one length, and the comparison takes the same time wherever they differ.
    if (given.includes(':') && timingSafeEqual(digest(password), expected)) return next()
    const headers = { 'WWW-Authenticate': 'Basic realm="rekue", charset="UTF-8"' }
    next(new Problem('unauthorized', { headers }))
  }
}

module.exports = { guardAdmin, askPassword }
