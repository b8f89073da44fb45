'use strict'

const assert = require('node:assert/strict')
const { stores } = require('../../test-support/stores')
const { setUp, gather } = require('../../test-support/queues')

/** What comes from the engine. */
for (const store of stores) {
  describe(`messages, ${store.name}`, () => {
    const t = setUp(store)

    it('what comes is read in pieces, with turns for others in between', async () => {
      const creator = t.queue()
      const data = 'x'.repeat(1 << 20)
      for (let i = 0; i < 30; i++) await creator.add('a', { i, data })
      const queue = t.queue()
      const wire = /** @type {any} */ (queue)._wire
      const pieces = []
      const hear = wire._hear
      wire._hear = (text) => {
        if (text.length > 1 << 20)
          pieces.push({ length: text.length, turns, more: text.endsWith(',[10]]') })
        hear.call(wire, text)
      }
      let turns = 0
      let over = false
      const turn = () => {
        turns++
        if (!over) setImmediate(turn)
      }
      turn()
      const ran = gather(30)
      queue.process('a', 30, async (job) => void ran.push(job.data.i))
      // By then they are there, mostly.
      wire.flush()
      const end = Date.now() + 300
      while (Date.now() < end);
      const order = await ran.full
      over = true
      assert.deepEqual(
        order,
        Array.from({ length: 30 }, (_, i) => i)
      )
      assert.ok(pieces.length >= 3, 'several pieces')
      for (const [i, { length, turns }] of pieces.entries()) {
        assert.ok(length < 10 << 20, `${length}`)
        assert.ok(!pieces[i - 1]?.more || turns > pieces[i - 1].turns, 'a turn for others')
      }
    })
  })
}
