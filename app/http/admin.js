'use strict'

/**
 * Who may manage jobs: with ADMIN_PASSWORD whoever knows it (HTTP Basic, any user name); without
 * one, whoever reaches a service that listens on this machine alone.
 */

const { createHash, timingSafeEqual } = require('node:crypto')
const { Problem } = require('./problems')

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest()

/**
 * @param {import('../config').Config} config
 * @returns {import('express').RequestHandler}
 */
function guardAdmin({ adminPassword, adminOpen }) {
  const expected = adminPassword === undefined ? undefined : digest(adminPassword)
  return (req, _res, next) => {
    if (!adminOpen) return next(new Problem('forbidden'))
    if (!expected) return next()
    const [, encoded = ''] = /^Basic (.+)$/i.exec(req.get('Authorization') || '') || []
    const given = Buffer.from(encoded, 'base64').toString('utf8')
    const password = given.slice(given.indexOf(':') + 1)
    // Digests are of one length, and the comparison takes the same time wherever they differ.
    if (given.includes(':') && timingSafeEqual(digest(password), expected)) return next()
    const headers = { 'WWW-Authenticate': 'Basic realm="rekue", charset="UTF-8"' }
    next(new Problem('unauthorized', { headers }))
  }
}

module.exports = { guardAdmin }
