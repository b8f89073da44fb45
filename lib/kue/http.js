'use strict'

/** What `kue/lib/http` is in Kue, and one with `kue.app`. */
module.exports = /** @type {any} */ (require('..')).app
