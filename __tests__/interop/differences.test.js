'use strict'

const assert = require('node:assert/strict')
const { differences, situations } = require('../../test-support/kue-differences')
const { openStage } = require('../../test-support/stage')

describe('what rekue does otherwise than Kue', () => {
  for (const { name, act, ...outcomes } of situations) {
    for (const implementation of /** @type {const} */ (['kue', 'rekue'])) {
      it(`${name} (${implementation})`, async () => {
        const stage = await openStage()
        try {
          const peer = await stage.peer(implementation)
          assert.deepEqual(await act(stage, peer), outcomes[implementation])
        } finally {
          await stage.close()
        }
      })
    }
  }

  it('has a reason each', () => {
    for (const { name, reason } of [...differences, ...situations]) {
      assert.ok(reason.length > 40, name)
    }
  })
})
