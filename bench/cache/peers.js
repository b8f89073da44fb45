'use strict'

/**
 * The caches under test behind one face: `make(max)` gives `{ get, set }`. Imported one at a time,
 * each in a process of its own, so that none meets inline caches that another has spoilt.
 */

const path = require('node:path')

const ours = (policy) => async () => {
  const { Cache } = require(path.join(__dirname, '../../lib/cache'))
  return (max) => new Cache({ policy, max })
}

const MAKERS = {
  'rekue lru': ours('lru'),
  'rekue sieve': ours('sieve'),
  'rekue s3fifo': ours('s3fifo'),
  'rekue wtinylfu': ours('wtinylfu'),
  'rekue fifo': ours('fifo'),
  'rekue lfu': ours('lfu'),
  'lru-cache': async () => {
    const { LRUCache } = await import('lru-cache')
    return (max) => new LRUCache({ max })
  },
  'quick-lru': async () => {
    const { default: QuickLRU } = await import('quick-lru')
    return (max) => new QuickLRU({ maxSize: max })
  },
  mnemonist: async () => {
    const { LRUCache } = require('mnemonist')
    return (max) => new LRUCache(max)
  },
  '@cacheable/memory': async () => {
    const { CacheableMemory } = await import('@cacheable/memory')
    return (max) => new CacheableMemory({ lruSize: max, checkInterval: 0, useClone: false })
  }
}

module.exports = { MAKERS }
