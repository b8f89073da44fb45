'use strict'

/**
 * Passwords in the addresses of stores: what the command line says of an address that it cannot use
 * ends in terminals, logs and reports of errors.
 */

/**
 * What stands before the host. A password may hold an @ itself that nobody encoded, or a /; and the
 * slashes of the scheme may be misspelt.
 */
const USER = /\b([a-z][a-z\d+.-]*:\/*)\S*@/gi
const QUERY = /([?&](?:password|pass|auth_pass|sentinelPassword)=)[^&\s"']*/gi

/** @param {string} text */
function mask(text) {
  return text.replace(USER, '$1***@').replace(QUERY, '$1***')
}

/**
 * Mask what is written to stderr. What goes to stdout is data, and stays as it is.
 */
function hideSecrets() {
  const error = console.error
  console.error = (...args) =>
    error(...args.map((arg) => (typeof arg === 'string' ? mask(arg) : arg)))
}

module.exports = { hideSecrets, mask }
