'use strict'

const { promisify } = require('node:util')
const zlib = require('node:zlib')

const unzip = promisify(zlib.unzip)

/** What is wrong with a request, with the status to answer. */
class BadRequest extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/**
 * The JSON of a request's body.
 * @param {any} req
 * @param {number} limit in bytes, also of what comes out of a compressed body
 * @returns {Promise<any>} undefined where there is none, or none of the type application/json
 */
async function readJson(req, limit) {
  // Somebody's parser was there before.
  if (req.body !== undefined && (req._body || req.readableEnded)) return req.body
  const type = String(req.headers['content-type'] || '')
  if (!/^application\/json\s*(;|$)/i.test(type)) return undefined
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1]
  if (charset && !/^utf-?8$/i.test(charset)) {
    throw new BadRequest(415, `the charset ${charset} is not known here: send UTF-8`)
  }
  const bytes = await decoded(req, await received(req, limit), limit)
  const text = new TextDecoder().decode(bytes)
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new BadRequest(400, 'the body is no JSON')
  }
}

/**
 * @param {any} req
 * @param {number} limit
 * @returns {Promise<Buffer>}
 */
async function received(req, limit) {
  const tooLarge = () => new BadRequest(413, `the body is larger than ${limit} bytes`)
  if (Number(req.headers['content-length']) > limit) throw tooLarge()
  const chunks = []
  let size = 0
  try {
    // Whoever sends too much is to get an answer, and needs the connection for it.
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > limit) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof BadRequest) throw error
    throw new BadRequest(400, 'the request ended before its body')
  }
  return Buffer.concat(chunks)
}

/**
 * @param {any} req
 * @param {Buffer} bytes
 * @param {number} limit
 */
async function decoded(req, bytes, limit) {
  const encoding = String(req.headers['content-encoding'] || 'identity').toLowerCase()
  if (encoding === 'identity') return bytes
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new BadRequest(415, `the encoding ${JSON.stringify(encoding)} is not known here`)
  }
  try {
    return await unzip(bytes, { maxOutputLength: limit })
  } catch (error) {
    if (/** @type {any} */ (error).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new BadRequest(413, `the body is larger than ${limit} bytes`)
    }
    throw new BadRequest(400, `the body is no ${encoding} data`)
  }
}

module.exports = { readJson, BadRequest }
