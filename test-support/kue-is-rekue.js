'use strict'

/**
 * For `node --require`: from here on `require('kue')` gives rekue, as if that one word had been
 * changed everywhere in a program.
 */

const Module = require('node:module')

const resolver = /** @type {any} */ (Module)
const resolve = resolver._resolveFilename

resolver._resolveFilename = function (/** @type {string} */ request, /** @type {any[]} */ ...rest) {
  return resolve.call(this, request === 'kue' ? require.resolve('..') : request, ...rest)
}
