'use strict'

const { PolicyCaching } = require('./base_caching')

/** Gives up the key that was inserted first. */
class FIFOCache extends PolicyCaching {
  constructor() {
    super('fifo')
  }
}

module.exports = { FIFOCache }
