'use strict'

const assert = require('node:assert/strict')
const { openStage } = require('../../test-support/stage')

/** No look at overdue jobs within a test. */
const NEVER = { interval: 600_000 }

describe('rekue beside the timers of a Kue process', () => {
  /** @type {import('../../test-support/stage').Stage} */
  let stage
  beforeEach(async () => (stage = await openStage()))
  afterEach(() => stage.close())

  it('promotes nothing while a Kue process promotes', async () => {
    const { server } = stage
    const rekue = await stage.peer('rekue')
    await server.command('SET', 'promotion:lock', 'of a Kue process', 'PX', 300)
    await rekue.call('process', 'later', 1)
    const [id] = await rekue.call('create', [{ type: 'later', data: { name: 'a' }, delay: 10 }])
    await stage.seen('promotion', id)
    assert.equal(await server.command('EXISTS', 'promotion:lock'), 0)
    await stage.recorder.over([id])
    assert.deepEqual(stage.eventsOf(id), ['promotion', 'enqueue', 'start', 'complete'])
  })

  it('answers a Kue process that asks for a job whose ttl it has just seen to', async () => {
    const { server } = stage
    const rekue = await stage.peer('rekue')
    await rekue.call('process', 'late', 1)
    const [id] = await rekue.call('create', [
      { type: 'late', data: { name: 'a', attempts: [[{ hang: true }]] }, ttl: 30 }
    ])
    await stage.recorder.over([id])
    await server.command(
      'PUBLISH',
      'q:events',
      `{"id":${id},"event":"ttl exceeded","args":["ttl exceeded"]}`
    )
    await stage.seen('ttl exceeded ack', id)
    assert.deepEqual(stage.eventsOf(id).slice(2), [
      'error',
      'failed',
      'ttl exceeded',
      'ttl exceeded ack'
    ])
  })

  it('answers for a job with a ttl that has just completed', async () => {
    const { server } = stage
    const rekue = await stage.peer('rekue')
    await rekue.call('process', 'fast', 1)
    const [id] = await rekue.call('create', [{ type: 'fast', data: { name: 'a' }, ttl: 30_000 }])
    await stage.recorder.over([id])
    await server.command(
      'PUBLISH',
      'q:events',
      `{"id":${id},"event":"ttl exceeded","args":["ttl exceeded"]}`
    )
    await stage.seen('ttl exceeded ack', id)
  })

  it('asks a Kue worker for its overdue job, and leaves the failing to it', async () => {
    const kue = await stage.peer('kue', { promotion: NEVER })
    await kue.call('process', 'late', 1)
    // It looks again long before the answer can be there, and must not take that for silence.
    const rekue = await stage.peer('rekue', { promotion: { interval: 5 } })
    await rekue.call('process', 'other', 1)
    const [id] = await kue.call('create', [
      { type: 'late', data: { name: 'a', attempts: [[{ hang: true }]] }, ttl: 30 }
    ])
    await stage.recorder.over([id])
    assert.deepEqual(stage.eventsOf(id), [
      'enqueue',
      'start',
      'ttl exceeded',
      'error',
      'ttl exceeded ack',
      'failed'
    ])
    assert.equal((await kue.call('read', id)).attempts.made, 1)
  })

  for (const survivor of /** @type {const} */ (['kue', 'rekue'])) {
    for (const victim of /** @type {const} */ (['kue', 'rekue'])) {
      it(`${survivor} fails the overdue job of a ${victim} process that was killed, once`, async () => {
        const dead = await stage.peer(victim)
        const alive = await stage.peer(survivor)
        const [id] = await alive.call('create', [
          {
            type: 'late',
            data: { name: 'a', attempts: [[{ hang: true }], []] },
            ttl: 400,
            attempts: 2
          }
        ])
        // A Kue creator says so on a connection of its own, so a worker may be quicker.
        await stage.seen('enqueue', id)
        await dead.call('process', 'late', 1)
        await stage.seen('start', id)
        await dead.kill()
        await alive.call('process', 'late', 1)
        await stage.recorder.over([id])
        // A Kue process that fails a job for another says so to nobody.
        const told = survivor === 'rekue' ? ['failed attempt'] : []
        assert.deepEqual(
          stage.eventsOf(id).filter((event) => !event.startsWith('ttl exceeded')),
          ['enqueue', 'start', 'error', 'enqueue', ...told, 'start', 'complete']
        )
        assert.equal((await alive.call('read', id)).attempts.made, 2)
      })
    }
  }
})
