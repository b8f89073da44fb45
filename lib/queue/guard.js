'use strict'

const { nextTick } = require('./untouched')

/**
 * Call what a user gave. An exception in it goes where uncaught ones go, and the rest of the
 * batch goes on.
 * @param {Function} fn
 * @param {...any} args
 */
function guard(fn, ...args) {
  try {
    fn(...args)
  } catch (error) {
    rethrow(error)
  }
}

/** @param {unknown} error */
function rethrow(error) {
  nextTick(() => {
    throw error
  })
}

module.exports = { guard, rethrow }
