'use strict'

/** What may be shown of a setting that has a secret in it. */

/**
 * A URL without what stands before the host, and without a password among its parameters. It need
 * not be a valid one: the last @ counts, for a password that holds an @ or a / itself is a common
 * mistake, and half of it would be shown else.
 * @param {string} url
 */
function maskUrl(url) {
  return url
    .replace(/^([\w+.-]*:\/\/)?.*@/s, '$1***@')
    .replace(/([?&](?:pass|password|auth|auth_pass)=)[^&]*/gi, '$1***')
}

module.exports = { maskUrl }
