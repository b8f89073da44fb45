'use strict'

const { toUSVString } = require('node:util')
const { invalidArg } = require('../errors')

/**
 * The name of a job's type, in a form that UTF-8 can hold: the store gives back no other.
 * @param {any} type
 * @returns {string}
 */
function typeName(type) {
  if (typeof type !== 'string' || type === '') throw invalidArg('type', type, 'a non-empty string')
  return toUSVString(type)
}

/**
 * As `typeName`, for calls that hand their errors to a callback.
 * @param {any} type
 * @returns {[Error | null, string]}
 */
function maybeTypeName(type) {
  try {
    return [null, typeName(type)]
  } catch (error) {
    return [/** @type {Error} */ (error), '']
  }
}

module.exports = { maybeTypeName, typeName }
