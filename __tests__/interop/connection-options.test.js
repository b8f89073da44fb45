'use strict'

const assert = require('node:assert/strict')
const { eventually } = require('../../test-support/four-ways')
const { openStage } = require('../../test-support/stage')

/** The same place, said in each of the ways that Kue takes. @type {Record<string, (port: number) => object>} */
const PLACES = {
  'a host, a port and a database': (port) => ({ redis: { host: '127.0.0.1', port, db: 3 } }),
  'texts for numbers': (port) => ({ redis: { host: '127.0.0.1', port: String(port), db: '3' } }),
  'a URL with the database as its path': (port) => ({ redis: `redis://127.0.0.1:${port}/3` }),
  'a URL with the database as a parameter': (port) => ({ redis: `redis://127.0.0.1:${port}?db=3` })
}

describe('a place that is named to Kue and to rekue in the same words', () => {
  /** @type {import('../../test-support/stage').Stage} */
  let stage
  beforeEach(async () => (stage = await openStage()))
  afterEach(() => stage.close())

  for (const [words, place] of Object.entries(PLACES)) {
    it(`is the same for both: ${words}`, async () => {
      const options = { ...place(stage.server.port), prefix: 'my:own' }
      const kue = await stage.peer('kue', options)
      const rekue = await stage.peer('rekue', options)
      await kue.call('process', 'by kue', 1)
      await rekue.call('process', 'by rekue', 1)
      const job = (/** @type {string} */ type) => ({ type, data: { name: type } })
      await kue.call('create', [job('by rekue')])
      await rekue.call('create', [job('by kue')])
      await stage.recorder.over([1, 2])
      for (const [creator, type] of /** @type {const} */ ([
        [kue, 'by rekue'],
        [rekue, 'by kue']
      ])) {
        const heard = await eventually(
          () => creator.call('heard'),
          (heard) => heard[type].at(-1)?.[0] === 'complete'
        )
        assert.deepEqual(heard[type].at(-1), ['complete', null, null])
      }
      // Kue's locks alone have no prefix; all else is in the third database.
      assert.deepEqual(await stage.keys(), {})
    })
  }
})
