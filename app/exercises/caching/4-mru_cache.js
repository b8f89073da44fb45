'use strict'

const { PolicyCaching } = require('./base_caching')

/** Gives up the key that was used most recently. */
class MRUCache extends PolicyCaching {
  constructor() {
    super('mru')
  }
}

module.exports = { MRUCache }
