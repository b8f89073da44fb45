'use strict'

/**
 * For `node --require`: from here on `require('rekue')` gives genuine Kue, so that a script runs
 * on it as it is.
 */

const Module = require('node:module')

const resolver = /** @type {any} */ (Module)
const resolve = resolver._resolveFilename

resolver._resolveFilename = function (/** @type {string} */ request, /** @type {any[]} */ ...rest) {
  return resolve.call(this, request === 'rekue' ? require.resolve('kue') : request, ...rest)
}
