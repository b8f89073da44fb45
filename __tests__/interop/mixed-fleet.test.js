'use strict'

const assert = require('node:assert/strict')
const { openStage } = require('../../test-support/stage')

const JOBS = 400
/** Slots of each of the four workers. */
const SLOTS = 3

/**
 * 250 jobs that are plain, of five priorities, and 150 that wait or fail: some once with a backoff,
 * some at once, some for good.
 */
function specs() {
  return Array.from({ length: JOBS }, (_, n) => {
    const name = String(n)
    const spec = {
      type: 'work',
      data: { name, attempts: [[{ wait: n % 4 }]] },
      priority: (n % 5) - 2
    }
    if (n < 250) return spec
    const kind = n % 5
    const fails = [{ wait: n % 3 }, { fail: `failure of ${n}` }]
    const succeeds = [{ progress: [1, 2] }, { done: n }]
    if (kind === 0) return { ...spec, delay: 20 + (n % 200) }
    if (kind === 1) {
      const data = { name, attempts: [fails, succeeds] }
      return { ...spec, data, attempts: 3, backoff: { type: 'fixed', delay: 10 + (n % 50) } }
    }
    if (kind === 2)
      return { ...spec, data: { name, attempts: [fails, fails, succeeds] }, attempts: 3 }
    if (kind === 3) {
      const data = { name, attempts: [fails] }
      return { ...spec, data, attempts: 2, delay: 15, backoff: true }
    }
    return { ...spec, data: { name, attempts: [fails] } }
  })
}

/** What is to become of a job: its attempts, and its state. */
function fate({ data, attempts: max = 1 }) {
  for (let made = 1; ; made++) {
    const steps = data.attempts[Math.min(made, data.attempts.length) - 1]
    if (!steps.some((step) => 'fail' in step)) return { made, state: 'complete' }
    if (made === max) return { made, state: 'failed' }
  }
}

/**
 * Also where a job was claimed, then given back unstarted. Kue tells an "enqueue" after the fact, so
 * it may come late; one that leaves meanwhile never tells it.
 * @param {import('../../test-support/event-recorder').Message[]} messages
 */
function eachStartWasQueued(messages) {
  const balance = new Map()
  for (const { id, event } of messages) {
    const step = event === 'enqueue' ? 1 : event === 'start' ? -1 : 0
    balance.set(id, (balance.get(id) || 0) + step)
  }
  return [...balance.values()].every((count) => count === 0)
}

describe('a fleet of two kue and two rekue workers', () => {
  it(`runs ${JOBS} jobs of both creators, each attempt once`, async () => {
    const stage = await openStage()
    try {
      const [creatorOfKue, creatorOfRekue, ...workers] = await Promise.all(
        /** @type {const} */ (['kue', 'rekue', 'kue', 'rekue', 'kue', 'rekue']).map(
          (implementation) => stage.peer(implementation)
        )
      )
      const all = specs()
      const half = (/** @type {number} */ rest) => all.filter((_, n) => n % 2 === rest)
      await Promise.all(workers.map((worker) => worker.call('process', 'work', SLOTS)))
      const [ofKue, ofRekue] = await Promise.all([
        creatorOfKue.call('createAll', half(0)),
        creatorOfRekue.call('createAll', half(1))
      ])
      /** @type {Map<number, any>} */
      const byId = new Map()
      half(0).forEach((spec, i) => byId.set(ofKue[i], spec))
      half(1).forEach((spec, i) => byId.set(ofRekue[i], spec))
      assert.equal(byId.size, JOBS, 'no id was given twice')
      await stage.recorder.over([...byId.keys()])
      await stage.recorder.until(eachStartWasQueued, 'an "enqueue" for each "start"')
      await Promise.all(workers.map((worker) => worker.call('flush')))

      // Each attempt ran once, in one process.
      const runs = new Map()
      for (const { told } of workers) {
        assert.deepEqual(
          told.filter(({ error }) => error),
          []
        )
        for (const { ran, attempt } of told.filter(({ ran }) => ran)) {
          runs.set(`${ran}.${attempt}`, (runs.get(`${ran}.${attempt}`) || 0) + 1)
        }
      }
      const wanted = new Map()
      for (const spec of all) {
        for (let made = 1; made <= fate(spec).made; made++)
          wanted.set(`${spec.data.name}.${made}`, 1)
      }
      assert.deepEqual([...runs].sort(), [...wanted].sort())

      // Both kinds of workers had their share.
      for (const { told, implementation } of workers) {
        assert.ok(
          told.some(({ ran }) => ran),
          `a ${implementation} worker got nothing`
        )
      }

      // Each job ended as it should, and said so once.
      const events = stage.recorder.byJob()
      const keys = await stage.keys()
      for (const [id, spec] of byId) {
        const { made, state } = fate(spec)
        const hash = keys[`q:job:${id}`]
        assert.equal(hash.state, state, `job ${id}: ${JSON.stringify(events.get(id))}`)
        assert.equal(hash.attempts, String(made), `attempts of job ${id}`)
        const count = (/** @type {string} */ name) =>
          (events.get(id) || []).filter(([event]) => event === name).length
        assert.equal(count(state), 1, `ends of job ${id}`)
        assert.equal(count('failed attempt'), made - 1, `failed attempts of job ${id}`)
      }

      // The sets hold each job once, and nothing waits, runs or is held any more.
      const member = (/** @type {number} */ id) =>
        `${String(String(id).length).padStart(2, '0')}|${id}`
      const ended = (/** @type {string} */ state) =>
        [...byId]
          .filter(([, spec]) => fate(spec).state === state)
          .map(([id]) => member(id))
          .sort()
      assert.deepEqual(Object.keys(keys['q:jobs']).sort(), [...byId.keys()].map(member).sort())
      for (const state of ['complete', 'failed']) {
        assert.deepEqual(Object.keys(keys[`q:jobs:${state}`]).sort(), ended(state))
        assert.deepEqual(Object.keys(keys[`q:jobs:work:${state}`]).sort(), ended(state))
      }
      for (const state of ['inactive', 'active', 'delayed']) {
        assert.equal(keys[`q:jobs:${state}`], undefined)
        assert.equal(keys[`q:jobs:work:${state}`], undefined)
      }
      assert.equal(keys['q:work:jobs'], undefined, 'tokens without jobs')
      assert.deepEqual(
        Object.keys(keys).filter((key) => key.includes('rekue')),
        []
      )
      assert.equal(keys['q:ids'], String(JOBS))
    } finally {
      await stage.close()
    }
  })

  it('fails jobs of which nobody says the end once each, whoever sees the ttl run out', async () => {
    const stage = await openStage()
    try {
      // A Kue process that looks all the time meets every moment of the others.
      const busy = { promotion: { interval: 2 } }
      const workers = await Promise.all([
        stage.peer('kue', busy),
        stage.peer('kue', busy),
        stage.peer('rekue', busy),
        stage.peer('rekue', busy)
      ])
      const late = Array.from({ length: 18 }, (_, n) => ({
        type: 'late',
        data: { name: `late ${n}`, attempts: [[{ hang: true }]] },
        ttl: 60,
        attempts: 1
      }))
      // Only rekue works on these: a worker of Kue that takes one again, while the question for the
      // attempt before is on its way, fails the new one (`ttlExceededCb` in its worker.js).
      const again = Array.from({ length: 18 }, (_, n) => ({
        type: 'again',
        data: { name: `again ${n}`, attempts: [[{ hang: true }], [{ done: 1 }]] },
        ttl: 60,
        attempts: 2
      }))
      // These finish about when their time is over: done or late, never both. Only rekue works on
      // them: a worker of Kue that is done while it is asked leaves the asking one to fail the job
      // all the same.
      const edge = Array.from({ length: 24 }, (_, n) => ({
        type: 'edge',
        data: { name: `edge ${n}`, attempts: [[{ wait: 57 + (n % 8) }], [{ done: 1 }]] },
        ttl: 60,
        attempts: 1 + (n % 2)
      }))
      await Promise.all(workers.map((worker) => worker.call('process', 'late', 3)))
      for (const worker of workers.slice(2)) {
        await worker.call('process', 'again', 3)
        await worker.call('process', 'edge', 6)
      }
      const specs = [...late, ...again, ...edge]
      const ids = await workers[0].call('createAll', specs)
      await stage.recorder.over(ids)
      await stage.recorder.until(eachStartWasQueued, 'an "enqueue" for each "start"')
      await Promise.all(workers.map((worker) => worker.call('flush')))
      const events = stage.recorder.byJob()
      specs.forEach(({ type, attempts: max }, n) => {
        const story = (events.get(ids[n]) || []).map(([event]) => event)
        const count = (/** @type {string} */ name) => story.filter((event) => event === name).length
        const say = `${type} job ${ids[n]} of ${max} attempts: ${story}`
        assert.equal(count('complete') + count('failed'), 1, say)
        assert.equal(count('error'), count('failed') + count('failed attempt'), say)
        if (type === 'late') assert.equal(count('failed'), 1, say)
        if (type === 'again') assert.equal(count('complete'), 1, say)
      })
      const keys = await stage.keys()
      for (const key of [
        'q:late:jobs',
        'q:again:jobs',
        'q:edge:jobs',
        'q:jobs:active',
        'q:jobs:inactive',
        'q:jobs:delayed'
      ]) {
        assert.equal(keys[key], undefined, key)
      }
    } finally {
      await stage.close()
    }
  })

  it('changes from one to the other and back under load without losing a job', async () => {
    const stage = await openStage()
    try {
      const creators = await Promise.all([stage.peer('kue'), stage.peer('rekue')])
      const start = async (/** @type {'kue' | 'rekue'} */ implementation) => {
        const worker = await stage.peer(implementation)
        await worker.call('process', 'work', 2)
        return worker
      }
      /** @type {number[]} */
      const ids = []
      let wave = 0
      const addWave = async () => {
        const specs = Array.from({ length: 20 }, (_, n) => ({
          type: 'work',
          data: { name: `${wave}.${n}`, attempts: [[{ wait: 3 + (n % 7) }]] },
          ...(n % 5 === 0 && {
            data: { name: `${wave}.${n}`, attempts: [[{ wait: 2 }, { fail: 'once' }], []] },
            attempts: 2,
            backoff: { type: 'fixed', delay: 15 }
          })
        }))
        ids.push(...(await creators[wave++ % 2].call('createAll', specs)))
      }
      /** Wait until so many jobs are over, with others still under way. @param {number} count */
      const progress = (count) =>
        stage.recorder.until(
          (messages) => messages.filter(({ event }) => event === 'complete').length >= count,
          `${count} completed jobs`
        )

      let fleet = await Promise.all([start('kue'), start('kue')])
      await Promise.all([addWave(), addWave()])
      for (const next of /** @type {const} */ (['rekue', 'rekue', 'kue', 'kue', 'rekue'])) {
        await progress(ids.length - 30)
        const [leaving, ...staying] = fleet
        const [coming] = await Promise.all([start(next), leaving.stop(), addWave(), addWave()])
        fleet = [...staying, coming]
      }
      await stage.recorder.over(ids)
      await Promise.all(fleet.map((worker) => worker.call('flush')))
      assert.equal(ids.length, 240)

      const events = stage.recorder.byJob()
      const runs = stage.peers.flatMap(({ told, implementation }) =>
        told.filter(({ ran }) => ran).map(({ id }) => ({ id, implementation }))
      )
      for (const [i, id] of ids.entries()) {
        const attempts = (i % 20) % 5 === 0 ? 2 : 1
        const of = runs.filter((run) => run.id === id)
        assert.equal(of.length, attempts, `runs of job ${id}: ${JSON.stringify(of)}`)
        const story = (events.get(id) || []).map(([event]) => event)
        const count = (/** @type {string} */ name) => story.filter((event) => event === name).length
        assert.deepEqual(
          [count('failed attempt'), count('complete'), count('failed')],
          [attempts - 1, 1, 0],
          `job ${id}: ${story}`
        )
      }
      const counts = await creators[1].call('counts')
      assert.deepEqual(counts, { inactive: 0, active: 0, complete: 240, failed: 0, delayed: 0 })
    } finally {
      await stage.close()
    }
  })
})
