'use strict'

/**
 * Compression: gzip, deflate or brotli as the client takes them. Streams of events stay as they
 * are, for an event must not wait until a block is full.
 */

const compression = require('compression')

/** Below this, headers cost more than is saved. */
const THRESHOLD_BYTES = 1024

/** Level 4 is brotli's knee; the default for answers made on the fly, 11, takes ten times longer. */
const BROTLI_QUALITY = 4

/** @returns {import('express').RequestHandler} */
function compressAnswers() {
  const { constants } = require('node:zlib')
  return compression({
    threshold: THRESHOLD_BYTES,
    brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    filter: (req, res) =>
      !String(res.getHeader('Content-Type')).startsWith('text/event-stream') &&
      compression.filter(req, res)
  })
}

module.exports = { compressAnswers }
