'use strict'

const { isUint32Array } = require('node:util/types')
const { invalidArg } = require('../errors')
const native = require('../native')
const { POLICIES, checkCount, checkNames, checkPolicy } = require('./options')

/** Who may take part: the policies, and Belady's optimum, which knows the future. */
const CONTESTANTS = Object.freeze([...POLICIES, 'optimum'])
/** Sizes cross the border as unsigned integers of 32 bits. */
const MAX_SIZE = 2 ** 32 - 1

/**
 * Replay a trace: every request reads its key and sets it on a miss.
 * @param {Uint32Array | string[]} trace
 * @param {{ policies?: string[], sizes: number[] }} options without policies all of them take part;
 *   'optimum' may stand among them
 * @returns {{ policy: string, size: number, requests: number, hits: number, misses: number, hitRatio: number }[]}
 *   the sizes of the first policy, then those of the second
 */
function simulate(trace, options) {
  checkNames('simulate', options, ['policies', 'sizes'])
  const { policies = [...POLICIES], sizes } = options
  if (!Array.isArray(policies)) throw invalidArg('policies', policies, 'an array of policies')
  if (!Array.isArray(sizes)) throw invalidArg('sizes', sizes, 'an array of numbers of entries')
  for (const policy of policies) checkPolicy(policy, 'policies', CONTESTANTS)
  for (const size of sizes) {
    if (checkCount(size, 'sizes') > MAX_SIZE) throw invalidArg('sizes', size, `at most ${MAX_SIZE}`)
  }
  checkTrace(trace)
  const hits = native.cacheSimulate(trace, policies, sizes)
  return policies.flatMap((policy, i) =>
    sizes.map((size, j) => result(policy, size, trace.length, hits[i * sizes.length + j]))
  )
}

function checkTrace(trace) {
  // Not instanceof: a trace may come from another context, or a test runner's sandbox.
  if (isUint32Array(trace)) return
  if (!Array.isArray(trace))
    throw invalidArg('trace', trace, 'a Uint32Array or an array of strings')
  for (const key of trace) {
    if (typeof key !== 'string') throw invalidArg('trace', key, 'an array of strings only')
  }
}

function result(policy, size, requests, hits) {
  const hitRatio = requests === 0 ? 0 : hits / requests
  return { policy, size, requests, hits, misses: requests - hits, hitRatio }
}

module.exports = { CONTESTANTS, simulate }
