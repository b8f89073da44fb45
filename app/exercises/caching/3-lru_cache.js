'use strict'

const { PolicyCaching } = require('./base_caching')

/** Gives up the key whose last use is longest ago. */
class LRUCache extends PolicyCaching {
  constructor() {
    super('lru')
  }
}

module.exports = { LRUCache }
