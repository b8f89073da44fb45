'use strict'

const assert = require('node:assert/strict')
const { differences, situations } = require('../../test-support/kue-differences')
const { openStage } = require('../../test-support/stage')

describe('what rekue does otherwise than Kue', () => {
  /**
   * @param {'kue' | 'rekue'} implementation
   * @param {(typeof situations)[number]['act']} act
   */
  const outcome = async (implementation, act) => {
    const stage = await openStage()
    try {
      return await act(stage, await stage.peer(implementation))
    } finally {
      await stage.close()
    }
  }

  for (const { name, act, kue, rekue } of situations) {
    it(name, async () => {
      const [ofKue, ofRekue] = await Promise.all([outcome('kue', act), outcome('rekue', act)])
      assert.deepEqual(ofKue, kue, 'what Kue does')
      assert.deepEqual(ofRekue, rekue, 'what rekue does')
    })
  }

  it('has a reason each', () => {
    for (const { name, reason } of [...differences, ...situations]) {
      assert.ok(reason.length > 40, name)
    }
  })
})
