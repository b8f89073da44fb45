'use strict'

const assert = require('node:assert/strict')
const { request } = require('../../test-support/http')
const { openStage } = require('../../test-support/stage')

/** One of each kind, in the same order wherever they are made. */
const JOBS = [
  {
    type: 'work',
    data: {
      name: 'all',
      attempts: [
        [{ log: ['line %d', 1] }, { progress: [1, 2, { p: 1 }] }, { wait: 3 }, { done: 'ok' }]
      ]
    },
    priority: 'high'
  },
  { type: 'work', data: { name: 'plain', title: 'ü <b>', attempts: [[{ done: { a: [1] } }]] } },
  { type: 'work', data: { name: 'failed', attempts: [[{ fail: 'no' }]] }, ttl: 5000 },
  { type: 'two words', data: { name: 'waits' }, priority: 3, removeOnComplete: true },
  { type: 'a/b', data: { name: 'waits too' }, attempts: 4, backoff: { type: 'fixed', delay: 7 } },
  { type: 'later', data: { name: 'later' }, delay: 3_600_000 }
]

/** Every route that reads, in every way that it can be asked. */
const READS = [
  '/stats',
  '/job/types',
  ...['1', '2', '3', '4', '5', '6', '99', 'none'].map((id) => `/job/${id}`),
  '/job/1/',
  '/JOB/1',
  ...['1', '3', '99'].map((id) => `/job/${id}/log`),
  ...['0..2', '0..-1', '0..-1/asc', '0..-1/desc', '1..3/desc', '5..2', '0..2/up'].map(
    (range) => `/jobs/${range}`
  ),
  ...['inactive', 'active', 'complete', 'failed', 'delayed'].flatMap((state) => [
    `/jobs/${state}/0..10/asc`,
    `/jobs/work/${state}/0..10/desc`,
    `/jobs/work/${state}/stats`
  ]),
  '/jobs/two%20words/inactive/0..1',
  '/jobs/a%2Fb/inactive/0..1/asc',
  '/jobs/a%2Fb/inactive/stats',
  '/jobs/nobody/inactive/0..1',
  '/jobs/nobody/failed/stats',
  '/jobs',
  '/job',
  '/no/such/route'
]

const type = { 'Content-Type': 'application/json' }
const post = (/** @type {any} */ body, headers = type) => ({
  path: '/job',
  method: 'POST',
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body)
})

/** Changes, one after the other; each server gets all of them. */
const CHANGES = [
  post({ type: 'email', data: { title: 'welcome', to: 'a@example.com' } }),
  post({
    type: 'email',
    data: { to: 'b@example.com' },
    options: {
      attempts: 5,
      priority: 'high',
      delay: 86400,
      ttl: 1000,
      removeOnComplete: true,
      backoff: { type: 'exponential', delay: 100 }
    }
  }),
  post({ type: 'bare' }),
  post({ type: 'text as number', options: { attempts: '3', priority: -7, delay: '500' } }),
  post([
    { type: 'email', data: { n: 1 } },
    { data: { n: 2 } },
    { type: 'email', data: { n: 3 }, options: { attempts: 2 } }
  ]),
  post({ data: { a: 1 } }),
  post({}),
  post([]),
  post('', {}),
  post('{"type":"email"}', { 'Content-Type': 'text/plain' }),
  { path: '/job/4/priority/-12', method: 'PUT' },
  { path: '/job/99/priority/1', method: 'PUT' },
  { path: '/job/3/state/inactive', method: 'PUT' },
  { path: '/job/5/state/complete', method: 'PUT' },
  { path: '/job/6/state/failed', method: 'PUT' },
  { path: '/job/99/state/inactive', method: 'PUT' },
  { path: '/job/2', method: 'DELETE' },
  { path: '/job/2', method: 'DELETE' },
  { path: '/job/none', method: 'DELETE' }
]

/**
 * What is never the same twice, and what the list of differences has (a job that was put into a
 * state by its name), in a job as the API shows it.
 * @param {any} value
 * @returns {any}
 */
function settled(value) {
  if (Array.isArray(value)) return value.map(settled)
  if (value === null || typeof value !== 'object') return value
  const copy = { ...value }
  for (const name of ['created_at', 'promote_at', 'updated_at', 'started_at'])
    if (name in copy) copy[name] = 'time'
  delete copy.failed_at
  if (copy.state === 'complete') delete copy.progress
  for (const name of ['duration', 'workerId']) if (copy[name]) copy[name] = 'theirs'
  if (typeof copy.error === 'string') copy.error = copy.error.split('\n')[0]
  return copy
}

/**
 * Start the app over there.
 * @param {import('../../test-support/peer').Peer} peer
 * @returns {Promise<number>} its port
 */
const serve = (peer) =>
  peer.run(
    ({ lib }) =>
      new Promise((resolve) => {
        const server = lib.app.listen(0, '127.0.0.1', () => resolve(server.address().port))
      })
  )

/** @param {number} port @param {{ path: string, method?: string }} asked */
async function answer(port, { path, ...options }) {
  const { status, headers, text, body } = await request(port, path, options)
  // What is no JSON is a page for people, of which only the status counts.
  return body === undefined && text !== ''
    ? { status }
    : { status, type: headers['content-type'], body }
}

/** @param {import('../../test-support/stage').Stage} stage @param {'kue' | 'rekue'} implementation */
async function fill(stage, implementation) {
  const peer = await stage.peer(implementation)
  const ids = await peer.call('create', JOBS)
  await peer.call('process', 'work', 1)
  await stage.recorder.over(ids.slice(0, 3))
  await peer.call('flush')
  return peer
}

for (const owner of /** @type {const} */ (['kue', 'rekue'])) {
  describe(`the JSON API over the jobs of ${owner}`, () => {
    /** @type {import('../../test-support/stage').Stage} */
    let stage
    /** @type {Record<string, number>} */
    let ports
    before(async () => {
      stage = await openStage()
      const own = await fill(stage, owner)
      const other = await stage.peer(owner === 'kue' ? 'rekue' : 'kue')
      ports = {}
      for (const peer of [own, other]) ports[peer.implementation] = await serve(peer)
    })
    after(() => stage.close())

    for (const path of READS) {
      it(`GET ${path}`, async () => {
        const [kue, rekue] = await Promise.all([
          answer(ports.kue, { path }),
          answer(ports.rekue, { path })
        ])
        if (kue.body === undefined) assert.equal(rekue.status, kue.status)
        else assert.deepEqual(rekue, kue)
      })
    }

    it('leaves requests for a page to others', async () => {
      const headers = { Accept: 'text/html' }
      const asked = { path: '/stats', headers }
      const [kue, rekue] = await Promise.all([answer(ports.kue, asked), answer(ports.rekue, asked)])
      assert.deepEqual([kue.status, rekue.status], [404, 404])
    })

    it('answers HEAD as GET, without a body', async () => {
      const asked = { path: '/job/1', method: 'HEAD' }
      const [kue, rekue] = await Promise.all([answer(ports.kue, asked), answer(ports.rekue, asked)])
      assert.deepEqual(rekue, kue)
    })
  })
}

describe('changes by the JSON API', () => {
  /** @type {import('../../test-support/stage').Stage[]} */
  let stages
  /** @type {Record<string, number>} */
  let ports
  before(async () => {
    stages = await Promise.all([openStage(), openStage()])
    ports = {}
    for (const [i, implementation] of /** @type {const} */ (['kue', 'rekue']).entries()) {
      ports[implementation] = await serve(await fill(stages[i], implementation))
    }
  })
  after(() => Promise.all(stages.map((stage) => stage.close())))

  for (const change of CHANGES) {
    it(`${change.method} ${change.path} ${'body' in change ? change.body : ''}`, async () => {
      const kue = await answer(ports.kue, change)
      const rekue = await answer(ports.rekue, change)
      assert.deepEqual(rekue, kue)
    })
  }

  it('leave the same jobs', async () => {
    const path = '/jobs/0..-1/asc'
    const kue = await answer(ports.kue, { path })
    const rekue = await answer(ports.rekue, { path })
    assert.equal(kue.body.length, 11)
    assert.deepEqual(settled(rekue.body), settled(kue.body))
  })
})
