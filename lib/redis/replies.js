'use strict'

const { ReplyError } = require('./errors')

/**
 * Replies, from the shape that src/redis/resp.rs gives them to what programs get.
 */

/**
 * @param {any} value whose strings are text
 * @returns {any} with errors as ReplyError
 */
function reviveText(value) {
  if (value === null || typeof value !== 'object') return value
  if (!Array.isArray(value)) return new ReplyError(value.e)
  for (let i = 0; i < value.length; i++) {
    if (value[i] !== null && typeof value[i] === 'object') value[i] = reviveText(value[i])
  }
  return value
}

/**
 * @param {any} value whose strings hold one byte per character
 * @returns {any} with strings as Buffers and errors as ReplyError
 */
function reviveBytes(value) {
  if (typeof value === 'string') return Buffer.from(value, 'latin1')
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(reviveBytes)
  return value.e === undefined ? value.n : new ReplyError(value.e)
}

/**
 * @param {any} reply
 * @returns {any} with Buffers as text
 */
function toText(reply) {
  if (Buffer.isBuffer(reply)) return reply.toString()
  return Array.isArray(reply) ? reply.map(toText) : reply
}

/**
 * What HGETALL answers, as an object; null where there is nothing.
 * @param {any} reply fields and values in turn
 */
function toObject(reply) {
  if (!Array.isArray(reply) || reply.length === 0) return null
  /** @type {Record<string, any>} */
  const object = {}
  for (let i = 0; i < reply.length; i += 2) {
    const field = Buffer.isBuffer(reply[i]) ? reply[i].toString('latin1') : String(reply[i])
    if (field !== '__proto__') object[field] = reply[i + 1]
    // As a field like any other: an assignment would be taken for the prototype and lost.
    else Object.defineProperty(object, field, { ...PLAIN, value: reply[i + 1] })
  }
  return object
}

const PLAIN = { configurable: true, enumerable: true, writable: true }

/**
 * What INFO answers, as an object: `db0` and its like as objects of numbers, and the version's
 * parts in `versions`.
 * @param {string} text
 */
function parseInfo(text) {
  /** @type {Record<string, any>} */
  const info = {}
  for (const line of text.split('\r\n')) {
    const [name, value] = line.split(':')
    if (!value) continue
    info[name] = !name.startsWith('db')
      ? value
      : Object.fromEntries(
          value.split(',').map((pair) => {
            const [key, number] = pair.split('=')
            return [key, Number(number)]
          })
        )
  }
  info.versions = info.redis_version ? info.redis_version.split('.').map(Number) : []
  return info
}

module.exports = { reviveText, reviveBytes, toText, toObject, parseInfo }
