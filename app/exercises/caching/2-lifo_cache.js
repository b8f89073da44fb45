'use strict'

const { PolicyCaching } = require('./base_caching')

/** Gives up the key that was put most recently. */
class LIFOCache extends PolicyCaching {
  constructor() {
    super('lifo')
  }
}

module.exports = { LIFOCache }
