'use strict'

const assert = require('node:assert/strict')
const { record } = require('../../test-support/four-ways')
const { expected } = require('../../test-support/kue-differences')
const { withoutFalseStarts } = require('../../test-support/kue-record')

/** @type {import('../../test-support/four-ways').Way[]} */
const MIXED = [
  { creator: 'kue', processor: 'rekue' },
  { creator: 'rekue', processor: 'kue' },
  { creator: 'rekue', processor: 'rekue' }
]

describe('one program on Kue and on rekue', function () {
  this.timeout(40_000)

  /** @type {Promise<any> | undefined} */
  let genuine
  before(async () => {
    genuine = record({ creator: 'kue', processor: 'kue' })
    await genuine
  })

  for (const way of MIXED) {
    describe(`${way.creator} creates, ${way.processor} processes`, () => {
      /** @type {any} */
      let actual
      /** @type {any} */
      let wanted
      before(async () => {
        wanted = expected(await genuine, way)
        actual = await record(way)
      })

      it('publishes the same events, in the same order for each job', () => {
        for (const [name, events] of Object.entries(wanted.events)) {
          assert.deepEqual(
            withoutFalseStarts(actual.events[name]),
            events,
            `the events of "${name}"`
          )
        }
        assert.deepEqual(Object.keys(actual.events).sort(), Object.keys(wanted.events).sort())
      })

      it('tells the creator’s job objects the same', () => {
        for (const [name, events] of Object.entries(wanted.heard)) {
          assert.deepEqual(withoutFalseStarts(actual.heard[name]), events, `what "${name}" heard`)
        }
      })

      for (const [moment, when] of Object.entries({
        waiting: 'once all jobs are saved',
        idle: 'once all are over',
        active: 'while jobs are in hand',
        ended: 'once those are over too'
      })) {
        it(`leaves the same keys ${when}`, () => {
          for (const [key, value] of Object.entries(wanted.keys[moment])) {
            assert.deepEqual(actual.keys[moment][key], value, key)
          }
          assert.deepEqual(
            Object.keys(actual.keys[moment]).sort(),
            Object.keys(wanted.keys[moment]).sort(),
            'the keys'
          )
        })
      }
    })
  }
})
