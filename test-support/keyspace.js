'use strict'

/**
 * All that a Redis holds, as one plain object, taken in one step.
 *
 * A log line or progress leaves a note while its call is under way, which nobody waits for: it is
 * given a moment to go.
 */

const { setTimeout: sleep } = require('node:timers/promises')
const { sendCommand } = require('./resp')

/** The notes go as soon as their calls are answered; those of a process that was killed stay longer. */
const NOTES_MS = 1000
const POLL_MS = 5

const isNote = (/** @type {string} */ key) => key.includes(':rekue:noted:')

const DUMP = `
  local all = {}
  for _, key in ipairs(redis.call('KEYS', '*')) do
    local type = redis.call('TYPE', key).ok
    local value
    if type == 'string' then value = redis.call('GET', key)
    elseif type == 'hash' then value = redis.call('HGETALL', key)
    elseif type == 'list' then value = redis.call('LRANGE', key, 0, -1)
    elseif type == 'set' then value = redis.call('SMEMBERS', key)
    elseif type == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    else value = 'of type ' .. type end
    all[#all + 1] = { key, type, value }
  end
  return all`

/** @param {string[]} flat @returns {Record<string, string>} */
function pairs(flat) {
  /** @type {Record<string, string>} */
  const object = {}
  for (let i = 0; i < flat.length; i += 2) object[flat[i]] = flat[i + 1]
  return object
}

/**
 * @param {{ port: number }} server
 * @returns {Promise<Record<string, any>>} by key, sorted: a string, an array for a list, an object
 *   for a hash and for a sorted set (scores by member), a sorted array under `set` for a set
 */
async function readKeyspace(server) {
  const dump = () => sendCommand({ port: server.port }, ['EVAL', DUMP, 0])
  const deadline = Date.now() + NOTES_MS
  /** @type {[string, string, any][]} */
  let entries = await dump()
  while (entries.some(([key]) => isNote(key)) && Date.now() < deadline) {
    await sleep(POLL_MS)
    entries = await dump()
  }
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    entries.map(([key, type, value]) => {
      if (type === 'hash' || type === 'zset') return [key, pairs(value)]
      if (type === 'set') return [key, { set: value.sort() }]
      return [key, value]
    })
  )
}

module.exports = { readKeyspace }
