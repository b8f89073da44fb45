'use strict'

const assert = require('node:assert/strict')
const rekue = require('rekue')
const { freePort } = require('../../test-support/ports')

describe('the statics of Job', () => {
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
    await assert.rejects(rekue.Job.get(1), { code: 'ERR_INVALID_ARG', argument: 'queue' })
  })
})
