'use strict'

const { invalidArg } = require('../errors')

/**
 * What search is to find a job by: a text, which src/queue/search makes words of.
 */

/**
 * The text of a job, or undefined where it stays out of the index.
 * @param {any} job
 * @param {() => string} dataJson gives its data, as stored
 * @returns {string | undefined}
 */
function searchText(job, dataJson) {
  if (!job._queue?._indexes) return undefined
  const keys = job._searchKeys
  // As in Kue, all of the data counts where nobody chose, the names in it too.
  if (keys === undefined) return dataJson()
  return keys.map((/** @type {any} */ key) => textOf(at(job.data, key), key)).join('\n')
}

/**
 * @param {any} value
 * @param {string} key
 */
function textOf(value, key) {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    throw invalidArg('searchKeys', key, 'keys of what JSON can hold')
  }
}

/**
 * What stands in the data at a key, or at a path like `to.address` or `parts[0].name`.
 * @param {any} data
 * @param {any} key
 */
function at(data, key) {
  if (typeof key !== 'string') throw invalidArg('searchKeys', key, 'keys of the data, as texts')
  const has = (/** @type {any} */ value, /** @type {string} */ name) =>
    value !== null && typeof value === 'object' && Object.hasOwn(value, name)
  if (has(data, key)) return data[key]
  let value = data
  for (const name of key.split(/[.[\]]+/).filter(Boolean)) {
    if (!has(value, name)) return undefined
    value = value[name]
  }
  return value
}

module.exports = { searchText }
