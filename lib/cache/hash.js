'use strict'

/**
 * The hash by which a frequency sketch knows a key; src/cache/hash.rs computes the same, so that
 * the simulator and a cache decide alike.
 */

const bits = new DataView(new ArrayBuffer(8))

/** The finalizer of MurmurHash3. */
function finish(hash) {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * @param {string | number} key
 * @returns {number} an integer of 32 bits
 */
function hashKey(key) {
  if (typeof key === 'number') {
    if (key >>> 0 === key) return finish(key ^ 0x9e3779b9)
    bits.setFloat64(0, key)
    return finish(bits.getUint32(0) ^ finish(bits.getUint32(4)))
  }
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return finish(hash)
}

module.exports = { hashKey }
