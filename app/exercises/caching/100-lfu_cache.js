'use strict'

const { PolicyCaching } = require('./base_caching')

/** Gives up the key that was used least often; among equals, the least recently used one. */
class LFUCache extends PolicyCaching {
  constructor() {
    super('lfu')
  }
}

module.exports = { LFUCache }
