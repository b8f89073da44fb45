'use strict'

/**
 * For `node --require`: from here on `require('rekue/redis')` gives genuine redis@2.8, so that a
 * script runs on it as it is.
 */

const Module = require('node:module')

const resolver = /** @type {any} */ (Module)
const resolve = resolver._resolveFilename

resolver._resolveFilename = function (/** @type {string} */ request, /** @type {any[]} */ ...rest) {
  const wanted = request === 'rekue/redis' ? require.resolve('redis-2') : request
  return resolve.call(this, wanted, ...rest)
}
