'use strict'

/**
 * The checks at the end of a scenario: the ledger against the store.
 *
 *   - every acknowledged job is in the one state that its kind leads to, or was removed if it asked
 *     for that, and it ran
 *   - no job was added twice
 *   - each outcome was recorded once: as many attempts and lines of the log as its kind has failures
 *   - nothing else is left in the store: no lease, no token, no member of a set without its job
 */

const { setTimeout: sleep } = require('node:timers/promises')
const rekue = require('..')
const { readKeyspace } = require('../test-support/keyspace')
const { KINDS, kindOf, TYPE } = require('./jobs')
const { readLedger } = require('./ledger')

/** How long the work may take once no fault is left; only a failing scenario gets there. */
const DRAIN_MS = 45_000
const POLL_MS = 50
/** Twice the longest `commandTimeout` of the suite, and a moment. */
const MOST_NOTE_MS = 7000

/** Problems that are told; the first few say enough. */
const MOST_PROBLEMS = 12

/**
 * @param {import('./arena').Arena} arena
 * @param {{ once?: boolean, close?: boolean, clear?: boolean }} [rules] once: no worker lost a job, so
 *   none ran twice; close: end the workers, and see that they end; clear: remove all jobs afterwards
 * @returns {Promise<string>} the figures
 */
async function audit(arena, { once = false, close = true, clear = false } = {}) {
  const checker = new rekue({ store: arena.store, prefix: 'q' })
  checker.on('error', () => {})
  try {
    await drained(checker)
    if (close) for (const member of arena.members) if (member.running) await member.close()
    const ledger = readLedger(arena.ledgerFile)
    const stored = await readStore(checker)
    const problems = compare(ledger.jobs, stored, once)
    problems.push(...ledger.defects)
    if (arena.redis) {
      await unansweredGone(arena.redis, ledger.jobs)
      problems.push(...(await keyProblems(arena.redis, stored)))
    }
    if (problems.length > 0) {
      const told = problems.slice(0, MOST_PROBLEMS)
      if (problems.length > told.length) told.push(`… and ${problems.length - told.length} more`)
      throw new Error(told.join('\n'))
    }
    if (clear) await removeAll(stored)
    return figures(ledger)
  } finally {
    await checker.close()
  }
}

/** Nothing waits and nothing runs. @param {any} queue */
async function drained(queue) {
  const deadline = Date.now() + DRAIN_MS
  for (;;) {
    const stats = await queue.stats().catch(() => null)
    if (stats && stats.inactive + stats.active + stats.delayed === 0) return
    if (Date.now() > deadline) {
      const left = await Promise.all(
        ['inactive', 'active', 'delayed'].map((state) => idsOf(queue, state))
      )
      throw new Error(
        `after ${DRAIN_MS} ms there is still work: ${JSON.stringify(stats)}; inactive, active, delayed: ${JSON.stringify(left)}`
      )
    }
    await sleep(POLL_MS)
  }
}

/** @param {any} queue @param {string} state @returns {Promise<number[]>} */
function idsOf(queue, state) {
  return new Promise((resolve, reject) => {
    queue.state(state, (error, ids) => (error ? reject(error) : resolve(ids.slice(0, 20))))
  })
}

/** @typedef {{ id: number, n: number, state: string, attempts: number, lines: number, result: any }} Stored */

/** @param {any} queue @returns {Promise<Stored[]>} */
async function readStore(queue) {
  const stored = []
  for (const state of ['complete', 'failed']) {
    for (const job of await rekue.Job.rangeByState(state, 0, -1, 'asc')) {
      stored.push({
        id: job.id,
        n: job.data.n,
        state: `${state}/${job.state()}`,
        attempts: Number(job.toJSON().attempts.made),
        lines: (await rekue.Job.log(job.id)).length,
        result: job.result
      })
    }
  }
  const counted = await queue.stats()
  const { complete, failed } = counted
  if (stored.length !== complete + failed) {
    throw new Error(`the counts say ${complete} + ${failed}, but there are ${stored.length} jobs`)
  }
  return stored
}

/** @param {Stored[]} stored */
async function removeAll(stored) {
  for (let first = 0; first < stored.length; first += 100) {
    const part = stored.slice(first, first + 100)
    await Promise.all(part.map(({ id }) => rekue.Job.remove(id)))
  }
}

/**
 * @param {Map<number, import('./ledger').Story>} told
 * @param {Stored[]} stored
 * @param {boolean} once
 */
function compare(told, stored, once) {
  const problems = []
  /** @type {Map<number, Stored>} */
  const byNumber = new Map()
  for (const job of stored) {
    const other = byNumber.get(job.n)
    if (other) problems.push(`job ${job.n} is stored twice, as ${other.id} and ${job.id}`)
    if (!told.get(job.n)?.tried) problems.push(`job ${job.n} (id ${job.id}) was never added`)
    byNumber.set(job.n, job)
  }
  for (const [n, story] of told) {
    const kind = KINDS[kindOf(n)]
    const job = byNumber.get(n)
    const where = `job ${n} (${kindOf(n)}, id ${story.id ?? job?.id ?? '?'})`
    if (story.ids.size > 1) problems.push(`${where} ran under the ids ${[...story.ids].join(', ')}`)
    if (!story.tried && story.starts > 0) problems.push(`${where} ran without being added`)
    // One whose add was refused may be there all the same, where the answer was lost; then it is
    // a job as any other.
    const exists = job !== undefined || story.starts > 0
    if (story.id === undefined && !exists) continue
    if (story.id !== undefined && job && job.id !== story.id) {
      problems.push(`${where} is stored as ${job.id}`)
    }
    if (story.starts === 0) problems.push(`${where} was acknowledged and never ran`)
    if (story.ends === 0) problems.push(`${where} is over, but no work on it ended`)
    if (kind.ends === 'removed') {
      if (job) problems.push(`${where} is ${job.state}, but it was to be removed`)
    } else if (!job) {
      problems.push(`${where} is lost: it is in no state`)
    } else {
      if (job.state !== `${kind.ends}/${kind.ends}`) {
        problems.push(`${where} is ${job.state} (set/field), not ${kind.ends}`)
      }
      if (job.attempts !== kind.attempts) {
        problems.push(`${where} made ${job.attempts} attempts, not ${kind.attempts}`)
      }
      if (job.lines !== kind.lines) {
        problems.push(`${where} has ${job.lines} failures in its log, not ${kind.lines}`)
      }
      if (kind.ends === 'complete' && job.result?.n !== n) {
        problems.push(`${where} has the result ${JSON.stringify(job.result)}`)
      }
    }
    if (once && story.starts !== kind.attempts) {
      problems.push(`${where} was started ${story.starts} times for ${kind.attempts} attempts`)
    }
  }
  return problems
}

/**
 * The note of an add that was never answered goes by itself, after twice the time that the call may
 * take. That of an acknowledged one has to be gone before: it is not waited for. Those of lines that were
 * logged by who is dead by now go the same way.
 * @param {import('../test-support/redis-server').RedisServer} server
 * @param {Map<number, import('./ledger').Story>} jobs
 */
async function unansweredGone(server, jobs) {
  const acknowledged = new Set([...jobs.values()].map((story) => story.id))
  const deadline = Date.now() + MOST_NOTE_MS
  while (Date.now() < deadline) {
    const keys = await server.command('KEYS', 'q:rekue:added:*')
    const notes = await Promise.all(
      keys.map((/** @type {string} */ key) => server.command('GET', key))
    )
    // A note begins with the first id; one that has just gone is null.
    const waits = notes.filter((note) => note && !acknowledged.has(Number(note.split(':')[0])))
    const noted = await server.command('KEYS', 'q:rekue:noted:*')
    if (waits.length + noted.length === 0) return
    await sleep(POLL_MS)
  }
}

/**
 * The keys that a Redis without work holds: the jobs' own, and no other.
 * @param {import('../test-support/redis-server').RedisServer} server
 * @param {Stored[]} stored
 */
async function keyProblems(server, stored) {
  const keys = await readKeyspace(server)
  const problems = []
  /** @type {Set<string>} */
  const expected = new Set(['q:ids', 'q:job:types', 'q:stats:work-time'])
  const members = { all: new Set(), complete: new Set(), failed: new Set() }
  for (const { id, state, lines } of stored) {
    expected.add(`q:job:${id}`)
    if (lines > 0) expected.add(`q:job:${id}:log`)
    const member = `${String(String(id).length).padStart(2, '0')}|${id}`
    members.all.add(member)
    members[state.split('/')[0]].add(member)
  }
  for (const [suffix, wanted] of [
    ['', members.all],
    [':complete', members.complete],
    [`:${TYPE}:complete`, members.complete],
    [':failed', members.failed],
    [`:${TYPE}:failed`, members.failed]
  ]) {
    const key = `q:jobs${suffix}`
    const found = Object.keys(keys[key] || {})
    if (found.length !== wanted.size || found.some((member) => !wanted.has(member))) {
      problems.push(`${key} has ${found.length} members, not the ${wanted.size} that it should`)
    }
    if (wanted.size > 0) expected.add(key)
  }
  for (const [key, value] of Object.entries(keys)) {
    if (!expected.has(key))
      problems.push(`the key ${key} is left: ${JSON.stringify(value).slice(0, 80)}`)
  }
  for (const key of expected) {
    if (stored.length > 0 && keys[key] === undefined) problems.push(`the key ${key} is missing`)
  }
  return problems
}

/** @param {ReturnType<typeof readLedger>} ledger */
function figures({ jobs, errors }) {
  const sum = (/** @type {(story: import('./ledger').Story) => number} */ of) =>
    [...jobs.values()].reduce((total, story) => total + of(story), 0)
  const parts = [
    `${sum((s) => (s.id === undefined ? 0 : 1))} of ${jobs.size} adds acknowledged`,
    `${sum((s) => s.starts)} starts`
  ]
  const codes = [...errors].map(([code, count]) => `${code.replace('ERR_', '')} ×${count}`)
  if (codes.length > 0) parts.push(codes.join(', '))
  return parts.join(', ')
}

module.exports = { audit, drained }
