'use strict'

/**
 * Fill a shared cache with entries of 200 bytes, and print what it says that it holds and what the
 * process grew by. In a process of its own, whose heap has come to rest before.
 */

const { SharedCache } = require('../lib/cache')

const [count, value] = [Number(process.argv[2]), Buffer.alloc(184, 7)]

/** Keys of 16 bytes. */
function fill(cache) {
  for (let i = 0; i < count; i++) cache.set(`key:${String(i).padStart(12, '0')}`, value)
}

function resident() {
  global.gc()
  return process.memoryUsage().rss
}

// The same work in a cache that holds little: what grows in it is the heap.
const small = SharedCache.open('small', { maxBytes: 2 << 20 })
fill(small)
small.close()
const before = resident()
const cache = SharedCache.open('large', { maxBytes: count * 260 })
fill(cache)
const grown = resident() - before
const { size, bytes } = cache.stats()
console.log(JSON.stringify({ size, bytes, grown }))
