'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const rekue = require('rekue')
const { freePort } = require('../../test-support/ports')

describe('the statics of Job', () => {
  const texts = [undefined, null, Symbol('id'), Object.create(null)]

  it('take no id that has no text, and no range of a state that is none', async () => {
    const queue = new rekue({ store: 'sqlite::memory:' })
    const refused = { code: 'ERR_INVALID_ARG' }
    try {
      for (const id of /** @type {any[]} */ (texts)) {
        await assert.rejects(rekue.Job.get(id), { ...refused, argument: 'id' })
        await assert.rejects(rekue.Job.remove(id), { ...refused, argument: 'id' })
        await assert.rejects(rekue.Job.log(id), { ...refused, argument: 'id' })
        rekue.Job.removeBadJob(id)
        await new Promise((resolve) =>
          rekue.Job.get(id, (error) => resolve(assert.equal(error.code, 'ERR_INVALID_ARG')))
        )
      }
      for (const name of /** @type {any[]} */ ([null, undefined, Symbol('x'), 'none'])) {
        const state = rekue.Job.rangeByState(name, 0, -1, 'asc')
        await assert.rejects(state, { ...refused, argument: 'state' })
        const type = rekue.Job.rangeByType(name, name, 0, -1, 'asc')
        await assert.rejects(type, refused)
      }
    } finally {
      await queue.close()
    }
  })

  it('that remove a job do so by its own method where a program has wrapped that', async () => {
    const queue = new rekue({ store: 'sqlite::memory:' })
    const { remove } = rekue.Job.prototype
    /** @type {any[]} */
    const removed = []
    rekue.Job.prototype.remove = function (fn) {
      removed.push(this.id)
      return remove.call(this, fn)
    }
    try {
      const [one, two] = await queue.addBulk([{ type: 'a' }, { type: 'a' }])
      await rekue.Job.remove(one.id)
      assert.equal(await new Promise((resolve) => rekue.Job.remove(two.id, resolve)), null)
      assert.deepEqual(removed, [one.id, two.id])
      assert.equal((await queue.stats()).inactive, 0)
      await assert.rejects(rekue.Job.remove(one.id), { code: 'ERR_JOB_NOT_FOUND' })
    } finally {
      rekue.Job.prototype.remove = remove
      await queue.close()
    }
  })

  it('that remove something end no process that does not ask how it went', async () => {
    const queue = new rekue({ store: 'sqlite::memory:' })
    /** @type {any[]} */
    const unhandled = []
    const note = (/** @type {any} */ error) => unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      for (const id of /** @type {any[]} */ ([77, undefined])) {
        rekue.Job.remove(id)
        rekue.Job.removeBadJob(id)
        // Who does ask is told.
        await assert.rejects(rekue.Job.remove(id), /^(Type)?Error: (job "77" doesnt exist|id must)/)
      }
      await queue.close()
      // Also without a queue.
      rekue.Job.remove(77)
      await new Promise(setImmediate)
      assert.deepEqual(unhandled, [])
    } finally {
      process.off('unhandledRejection', note)
      await queue.close()
    }
  })

  it('go to the queue that is left when the one made last is closed', async () => {
    const options = { redis: { port: await freePort() }, commandTimeout: 50 }
    const queue = rekue.createQueue(options)
    queue.on('error', () => {})
    try {
      await new rekue(options).close()
      // It is asked; that nobody answers is another matter.
      await assert.rejects(rekue.Job.get(1), { code: 'ERR_STORE_UNAVAILABLE' })
    } finally {
      await queue.close()
    }
  })

  it('need a queue that was made before', () => {
    const program = `
      const { Job } = require('rekue')
      Job.get(1).catch(({ code, argument }) => console.log(code, argument))`
    const { stdout } = spawnSync(process.execPath, ['-e', program], {
      cwd: __dirname,
      encoding: 'utf8'
    })
    assert.equal(stdout, 'ERR_INVALID_ARG queue\n')
  })
})
