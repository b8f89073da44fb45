'use strict'

/**
 * Sums that all instances add to: what the analytics worker keeps.
 *
 * Jobs run at least once, so after the crash of a worker a view may be counted twice. For
 * statistics that is a better bargain than remembering every job.
 *
 * @typedef {object} Counters
 * @property {(sums: Record<string, number>) => Promise<void>} add
 * @property {() => Promise<Record<string, number>>} read over all instances
 * @property {() => Promise<void>} close stores what is not stored yet
 */

const { FileCounters } = require('./counters-files')
const { RedisCounters } = require('./counters-redis')

/**
 * @param {object} where
 * @param {string} where.folder for the embedded store
 * @param {import('./redis').AppRedis} [where.redis] wins
 * @returns {Counters}
 */
function openCounters({ folder, redis }) {
  return redis ? new RedisCounters(redis) : new FileCounters(folder)
}

module.exports = { openCounters }
