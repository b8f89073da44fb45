'use strict'

/**
 * `rekue/cache`: caches under eight replacement policies, and a simulator to choose among them.
 */

const { Cache } = require('./cache/cache')
const { POLICIES } = require('./cache/options')
const { SharedCache } = require('./cache/shared')
const { simulate } = require('./cache/simulate')
const { TieredCache } = require('./cache/tiered')

module.exports = { Cache, SharedCache, TieredCache, simulate, policies: POLICIES }
