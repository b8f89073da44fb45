'use strict'

/**
 * What rekue does otherwise than Kue 0.11.6 on purpose, and why. Nothing else may differ.
 *
 * `by` tells whose being rekue makes the difference: the one that creates or the one that
 * processes the job. `expect` turns what genuine Kue left and published (see
 * test-support/kue-record.js) into what is expected with rekue, and asserts on the way that Kue
 * does what it is said to do.
 *
 * @typedef {object} Recording
 * @property {Record<string, any[][]>} events by the job's name
 * @property {Record<string, any[][]>} heard by the job's name: what the creator's object heard
 * @property {Record<string, Record<string, any>>} keys snapshots of the keyspace
 *
 * @typedef {import('./stage').Stage} Stage
 * @typedef {import('./peer').Peer} Peer
 *
 * @typedef {object} Difference
 * @property {string} name
 * @property {'creator' | 'processor'} by
 * @property {string} reason
 * @property {(kue: Recording) => void} expect changes the recording in place
 */

const assert = require('node:assert/strict')
const { withoutFalseStarts } = require('./kue-record')

/** The id of a job of test-support/four-ways.js. @param {Recording} kue @param {string} name */
function keyOf(kue, name) {
  const job = Object.entries(kue.keys.ended).find(
    ([key, value]) => /^q:job:\d+$/.test(key) && JSON.parse(value.data).name === name
  )
  assert.ok(job, `there is no job named "${name}"`)
  return job[0]
}

/**
 * What shows in the recordings of test-support/four-ways.js.
 * @type {Difference[]}
 */
const differences = [
  {
    name: 'results that are falsy are stored',
    by: 'processor',
    reason:
      'Kue publishes a result of 0, false, "" or null, but stores only what is truthy: whoever ' +
      'reads the job later cannot tell 0 from nothing.',
    expect(kue) {
      for (const [name, result] of Object.entries({
        zero: 0,
        false: false,
        empty: '',
        null: null
      })) {
        assert.deepEqual(kue.events[name].at(-1), ['complete', result, null])
        for (const moment of ['idle', 'active', 'ended']) {
          const job = kue.keys[moment][keyOf(kue, name)]
          assert.equal('result' in job, false, `Kue stores the result ${JSON.stringify(result)}`)
          job.result = JSON.stringify(result)
        }
      }
    }
  },
  {
    name: 'a worker needs no telling that a ttl is over',
    by: 'processor',
    reason:
      'In Kue some process looks once in an interval, asks the job’s worker through the events ' +
      '"ttl exceeded" and "ttl exceeded ack", and fails the job itself where nobody answers. A ' +
      'worker of rekue keeps the time itself and fails the job when it is over. It answers the ' +
      'question of a Kue process all the same.',
    expect(kue) {
      for (const name of ['late', 'late once']) {
        const asks = kue.events[name].map(([event]) => event)
        const begin = asks.indexOf('ttl exceeded')
        assert.deepEqual(asks.slice(begin, begin + 3), [
          'ttl exceeded',
          'error',
          'ttl exceeded ack'
        ])
        kue.events[name] = kue.events[name].filter(([event]) => !event.startsWith('ttl exceeded'))
      }
    }
  },
  {
    name: 'jobs in hand are leased',
    by: 'processor',
    reason:
      'Kue leaves the jobs of a worker that died active for ever. rekue holds a lease for each ' +
      'process that has jobs in hand, under keys of its own; they go with the last job.',
    expect(kue) {
      const isOurs = (/** @type {string} */ key) => key.startsWith('q:rekue:')
      for (const keys of Object.values(kue.keys))
        assert.deepEqual(Object.keys(keys).filter(isOurs), [])
      const held = ['held', 'held with ttl', 'held low'].map((name) => keyOf(kue, name))
      kue.keys.active['q:rekue:lease:HOLDER'] = held.map((key) => key.slice('q:job:'.length))
      kue.keys.active['q:rekue:leases'] = ['HOLDER']
    }
  },
  {
    name: 'a job may be claimed and given back unstarted',
    by: 'processor',
    reason:
      'Kue says "start" when the processor is called, after four round trips. rekue claims a job in ' +
      'one step, some of them ahead of a free slot, and says so then; one that does not get its ' +
      'turn (a long job before it, a worker that leaves) is queued again with "enqueue". The ' +
      'recordings leave such pairs out.',
    expect(kue) {
      for (const [name, events] of Object.entries(kue.events)) {
        assert.deepEqual(withoutFalseStarts(events), events, name)
      }
    }
  }
]

/**
 * Serve the JSON API over there and ask it something, over there too.
 * @param {Peer} peer
 * @param {{ path: string, method?: string, headers?: object, body?: string }} asked
 * @returns {Promise<{ status: number, body: any }>}
 */
const askApi = (peer, asked) =>
  peer.run(async ({ lib }, { path, ...options }) => {
    const server = await new Promise((resolve) => {
      const started = lib.app.listen(0, '127.0.0.1', () => resolve(started))
    })
    const address = `http://127.0.0.1:${server.address().port}${path}`
    const response = await fetch(address, { redirect: 'manual', ...options })
    const text = await response.text()
    await new Promise((resolve) => server.close(resolve))
    return { status: response.status, body: text && JSON.parse(text) }
  }, asked)

/**
 * What shows in situations of its own: what comes of `act` with each implementation.
 * @type {{ name: string, reason: string, act: (stage: Stage, peer: Peer) => Promise<any>,
 *   kue: any, rekue: any }[]}
 */
const situations = [
  {
    name: 'the stored text of a backoff function is not run',
    reason:
      'Kue evaluates what stands in the field whenever it loads the job: whoever can write a job ' +
      'can run code in every worker. rekue uses a function only where it was registered in the ' +
      'process; else the job’s delay, and an error with the code ERR_UNKNOWN_BACKOFF.',
    async act(stage, peer) {
      await peer.call('create', [
        { type: 'any', data: { name: 'a' }, backoff: 'globalThis.wasRun = true', delay: 60_000 }
      ])
      await peer.run(({ lib, answer }) => answer((done) => lib.Job.get(1, done)).then(() => null))
      return peer.run(() => globalThis.wasRun === true)
    },
    kue: true,
    rekue: false
  },
  {
    name: 'saving a saved job does not queue it again',
    reason:
      'In Kue every update puts the job into its state anew: a second wake-up token and a second ' +
      '"enqueue" for a job that waits, and one that runs can run again.',
    async act(stage, peer) {
      await peer.run(async ({ queue, save }) => {
        const job = queue.create('any', { a: 1 })
        await save(job)
        job.data.a = 2
        await save(job)
      })
      await peer.call('flush')
      const keys = await stage.keys()
      return { tokens: keys['q:any:jobs'].length, data: keys['q:job:1'].data }
    },
    kue: { tokens: 2, data: '{"a":2}' },
    rekue: { tokens: 1, data: '{"a":2}' }
  },
  {
    name: 'a job whose data is no JSON leaves nothing',
    reason: 'Kue has written half of the job before it finds out.',
    async act(stage, peer) {
      const told = await peer.run(({ queue }) => {
        const data = {}
        data.self = data
        return new Promise((resolve) =>
          queue.create('any', data).save((error) => resolve(error instanceof TypeError))
        )
      })
      await peer.call('flush')
      return { told, keys: Object.keys(await stage.keys()) }
    },
    kue: { told: true, keys: ['q:ids', 'q:job:1', 'q:job:types'] },
    rekue: { told: true, keys: [] }
  },
  {
    name: 'a write to a removed job does not bring it back',
    reason: 'Kue’s HSET and RPUSH make a hash and a log without a job, which stay for ever.',
    async act(stage, peer) {
      await peer.run(async ({ queue, save, answer }) => {
        const job = queue.create('any', {})
        await save(job)
        await answer((done) => job.remove(done))
        job.log('too late')
        job.progress(1, 2)
        await answer((done) => job.set('note', 'too late', done))
      })
      await peer.call('flush')
      return Object.keys(await stage.keys()).filter((key) => key.startsWith('q:job:1'))
    },
    kue: ['q:job:1', 'q:job:1:log'],
    rekue: []
  },
  {
    name: 'a removed job takes its wake-up token with it',
    reason: 'In Kue the list of tokens grows by each job that is removed while it waits.',
    async act(stage, peer) {
      await peer.run(async ({ queue, save, answer }) => {
        const job = queue.create('any', {})
        await save(job)
        await answer((done) => job.remove(done))
      })
      return (await stage.keys())['q:any:jobs'] ?? []
    },
    kue: ['1'],
    rekue: []
  },
  {
    name: 'reading a job that is not there changes nothing',
    reason:
      'Kue takes a missing hash for a damaged job and removes its id from all sets, also where the ' +
      'hash is only late.',
    async act(stage, peer) {
      await stage.server.command('ZADD', 'q:jobs', 0, '02|77')
      await peer.run(
        ({ lib }) => new Promise((resolve) => lib.Job.get(77, (error) => resolve(error.message)))
      )
      await peer.call('flush')
      return (await stage.keys())['q:jobs'] ?? null
    },
    kue: null,
    rekue: { '02|77': '0' }
  },
  {
    name: 'an async processor is settled by its promise',
    reason: 'Kue hands such a function (job, ctx, done) and waits for a call of done for ever.',
    async act(stage, peer) {
      await peer.run(async ({ queue, save }) => {
        queue.process('any', async (job) => job.data.n + 1)
        queue.process('witness', (job, done) => done())
        await save(queue.create('any', { n: 1 }))
      })
      await stage.seen('start', 1)
      // What the promise gave would have been told before a job that is created now is over.
      await peer.run(({ queue, save }) => save(queue.create('witness', {})))
      await stage.recorder.over([2])
      // A shutdown would wait for what never ends.
      await peer.kill()
      return stage.recorder.byJob().get(1)?.at(-1)
    },
    kue: ['start', 'any', null],
    rekue: ['complete', 2, null]
  },
  {
    name: 'a state that does not exist is refused',
    reason: 'Kue puts the job into a state of any name, out of which no worker takes it.',
    async act(stage, peer) {
      const code = await peer.run(async ({ queue, save }) => {
        const job = queue.create('any', {})
        await save(job)
        return new Promise((resolve) =>
          job.state('lost', (error) => resolve(error ? error.code : null))
        )
      })
      return { code, state: (await stage.keys())['q:job:1'].state }
    },
    kue: { code: null, state: 'lost' },
    rekue: { code: 'ERR_INVALID_ARG', state: 'inactive' }
  },
  {
    name: 'asking for the jobs of a state that does not exist is an error, with an empty answer',
    reason:
      'Kue has no jobs of a state that was misspelt, and nobody notices. Programs that go through ' +
      'the list without a look at the error find an empty one, and the process is warned once.',
    async act(stage, peer) {
      return peer.run(async ({ lib, queue, save }) => {
        await save(queue.create('any', {}))
        const told = (/** @type {(done: Function) => void} */ ask) =>
          new Promise((resolve) =>
            ask((error, value) => resolve([error ? error.code : null, value]))
          )
        return [
          await told((done) => lib.Job.rangeByState('completed', 0, -1, 'asc', done)),
          await told((done) => queue.card('completed', done))
        ]
      })
    },
    kue: [
      [null, []],
      [null, 0]
    ],
    rekue: [
      ['ERR_INVALID_ARG', []],
      ['ERR_INVALID_ARG', 0]
    ]
  },
  {
    name: 'a job that is saved again before it has its id is one job',
    reason:
      'Kue takes a new id for each save() until the first one has come back, and the object has the ' +
      'last of them: the other job is run as well.',
    async act(stage, peer) {
      await peer.run(async ({ queue, save }) => {
        const job = queue.create('any', {}).delay(60_000)
        job.save()
        await save(job.delay(30_000))
      })
      await peer.call('flush')
      // How much of Kue's first job is written before the object has the second id is chance.
      return (await stage.keys())['q:ids']
    },
    kue: '2',
    rekue: '1'
  },
  {
    name: 'a job that is removed before it has its id is removed',
    reason:
      'Kue looks for the job under the id "undefined", publishes that it was removed, and leaves it.',
    async act(stage, peer) {
      await peer.run(async ({ queue, answer }) => {
        const job = queue.create('any', {}).save()
        // Kue gives an error as well: the transaction names no member.
        await answer((done) => job.remove(() => done()))
      })
      await stage.recorder.until((all) => all.some(({ event }) => event === 'remove'))
      await peer.call('flush')
      return Object.keys((await stage.keys())['q:jobs'] ?? {})
    },
    kue: ['01|1'],
    rekue: []
  },
  {
    name: 'a job is put into a state by its name as by the method of that name',
    reason:
      'In Kue complete() sets the progress to 100 and failed() the time of the failure, but ' +
      'state("complete"), state("failed") and the JSON API do neither.',
    async act(stage, peer) {
      await peer.run(async ({ queue, save, answer }) => {
        for (const state of ['complete', 'failed']) {
          const job = queue.create('any', {})
          await save(job)
          await answer((done) => job.state(state, done))
        }
      })
      const keys = await stage.keys()
      return [keys['q:job:1'].progress, 'failed_at' in keys['q:job:2']]
    },
    kue: [undefined, false],
    rekue: ['100', true]
  },
  {
    name: 'the JSON API takes no function text',
    reason:
      'Whatever is posted as backoff is stored by Kue, and run by the workers: a way into every ' +
      'one of them for whoever reaches the port.',
    async act(stage, peer) {
      const { status } = await askApi(peer, {
        path: '/job',
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ type: 'any', options: { backoff: 'process.exit()' } })
      })
      await peer.call('flush')
      return { status, stored: (await stage.keys())['q:job:1']?.backoff }
    },
    kue: { status: 200, stored: 'process.exit()' },
    rekue: { status: 400, stored: undefined }
  },
  {
    name: 'the JSON API changes nothing by GET',
    reason: 'A link, an image or a crawler would restart jobs; POST or PUT of /inactive/:id do.',
    async act(stage, peer) {
      await peer.run(async ({ queue, save, answer }) => {
        const job = queue.create('any', {})
        await save(job)
        await answer((done) => job.failed(done))
      })
      const { status } = await askApi(peer, { path: '/inactive/1' })
      await peer.call('flush')
      return { status, state: (await stage.keys())['q:job:1'].state }
    },
    kue: { status: 200, state: 'inactive' },
    rekue: { status: 405, state: 'failed' }
  },
  {
    name: 'the JSON API knows five states',
    reason:
      'Kue puts jobs into a state of any name, and has no jobs and a count of 0 for a state that ' +
      'was misspelt.',
    async act(stage, peer) {
      await peer.run(({ queue, save }) => save(queue.create('any', {})))
      const paths = ['/jobs/done/0..1', '/jobs/any/done/0..1', '/jobs/any/done/stats']
      const read = []
      for (const path of paths) read.push((await askApi(peer, { path })).status)
      const { status } = await askApi(peer, { path: '/job/1/state/done', method: 'PUT' })
      return { read, status, state: (await stage.keys())['q:job:1'].state }
    },
    kue: { read: [200, 200, 200], status: 200, state: 'done' },
    rekue: { read: [400, 400, 400], status: 400, state: 'inactive' }
  },
  {
    name: 'the JSON API takes the whole of a priority',
    reason:
      'Kue takes what is at its beginning: 1e3 becomes 1, without a word. What Kue refuses, it says ' +
      'with status 200; a name, which it takes wherever else a priority is set, it refuses.',
    async act(_stage, peer) {
      await peer.run(({ queue, save }) => save(queue.create('any', {})))
      const seen = []
      for (const level of ['1e3', 'urgent', 'high']) {
        const path = `/job/1/priority/${level}`
        const { status, body } = await askApi(peer, { path, method: 'PUT' })
        seen.push([status, 'error' in body])
      }
      return seen
    },
    kue: [
      [200, false],
      [200, true],
      [200, true]
    ],
    rekue: [
      [400, true],
      [400, true],
      [200, false]
    ]
  },
  {
    name: 'the JSON API refuses the pages of other sites',
    reason: 'Kue lets any page that a user opens change the jobs in the network of that user.',
    async act(stage, peer) {
      const { status } = await askApi(peer, {
        path: '/job',
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: 'https://elsewhere.example' },
        body: '{"type":"any"}'
      })
      return status
    },
    kue: 200,
    rekue: 403
  },
  {
    name: 'the work time of a queue that did no work is 0',
    reason: 'Kue makes a number of a key that is not there yet, and JSON makes null of NaN.',
    async act(stage, peer) {
      return (await askApi(peer, { path: '/stats' })).body.workTime
    },
    kue: null,
    rekue: 0
  },
  {
    name: 'a backoff of "true" without a delay tries again at once',
    reason:
      'Kue puts the job among the delayed ones with a time that has passed, so that it waits for ' +
      'the next look; nobody asked for a delay.',
    async act(stage, peer) {
      const data = { name: 'a', attempts: [[{ fail: 'x' }], []] }
      await peer.call('create', [{ type: 'any', data, attempts: 2, backoff: true }])
      await peer.call('process', 'any', 1)
      await stage.recorder.over([1])
      return stage.eventsOf(1)
    },
    kue: [
      ...['enqueue', 'start', 'error', 'failed attempt', 'promotion', 'enqueue', 'start'],
      'complete'
    ],
    rekue: ['enqueue', 'start', 'error', 'enqueue', 'failed attempt', 'start', 'complete']
  },
  {
    name: 'a job that is failed for its worker says so',
    reason:
      'A Kue process that fails a job whose worker is gone publishes no "failed": the creator waits ' +
      'for ever.',
    async act(stage, peer) {
      // Active, overdue, and with nobody: as a worker leaves it that was killed.
      const data = { name: 'a' }
      await peer.call('create', [{ type: 'gone', data, ttl: 1000 }])
      const { server } = stage
      await server.command('ZREM', 'q:jobs:inactive', '01|1')
      await server.command('ZREM', 'q:jobs:gone:inactive', '01|1')
      await server.command('ZADD', 'q:jobs:active', Date.now() - 5000, '01|1')
      await server.command('ZADD', 'q:jobs:gone:active', 0, '01|1')
      await server.command('HSET', 'q:job:1', 'state', 'active')
      await peer.call('process', 'any', 1)
      await stage.seen('error', 1)
      // The attempt is counted last, so a job that is created after it comes after all events.
      while ((await server.command('HGET', 'q:job:1', 'attempts')) !== '1');
      await peer.call('create', [{ type: 'any', data: { name: 'b' } }])
      await stage.recorder.over([2])
      return stage.eventsOf(1).filter((event) => event.startsWith('failed'))
    },
    kue: [],
    rekue: ['failed']
  }
]

/**
 * @param {Recording} recording
 * @param {{ creator: string, processor: string }} way
 * @returns {Recording} what is expected where these two work together
 */
function expected(recording, way) {
  const copy = structuredClone(recording)
  for (const { by, expect } of differences) if (way[by] === 'rekue') expect(copy)
  return copy
}

module.exports = { differences, situations, expected }
