'use strict'

/**
 * Security headers (helmet). Pages take styles and scripts from this service only, none inline, so
 * that data which got into a page as markup could still do nothing.
 */

const helmet = require('helmet')

/** @returns {import('express').RequestHandler} */
function secureHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        // The icon of every page, an empty one: else browsers ask for /favicon.ico.
        'img-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"]
      }
    },
    referrerPolicy: { policy: 'no-referrer' },
    // The service itself speaks plain HTTP; whoever ends TLS before it decides on this one.
    strictTransportSecurity: false
  })
}

module.exports = { secureHeaders }
