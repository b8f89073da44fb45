'use strict'

const assert = require('node:assert/strict')
const { request, serving } = require('../../test-support/http')
const { ask, rekue, saved, setUp } = require('../../test-support/queues')
const { stores } = require('../../test-support/stores')

for (const store of stores) {
  describe(`jobs in brief on ${store.name}`, () => {
    const t = setUp(store)

    it('are whole where they are small, and elsewhere tell what is left out', async () => {
      const queue = t.queue({ disableSearch: false })
      const small = await saved(queue.create('mail', { title: 'small', n: 1 }))
      const large = await saved(queue.create('mail', { title: 'large', blob: 'x'.repeat(5000) }))
      const list = await saved(queue.create('mail', ['large', 'y'.repeat(5000)]))
      large.error(new Error(`first line\n${'z'.repeat(5000)}`))
      await ask(large, 'failed')
      await serving(rekue.app, async (port) => {
        const body = async (/** @type {string} */ path) => (await request(port, path)).body
        const found = 'job/search?q=large&from=0&to=9'
        for (const path of [
          '/jobs/0..-1/asc?',
          '/jobs/mail/failed/0..-1?',
          '/jobs/failed/0..-1?'
        ]) {
          const one = async (/** @type {string} */ more) =>
            (await body(path + more)).find((/** @type {any} */ { id }) => id === large.id)
          const whole = await one('')
          const { cut, ...brief } = await one('brief=100')
          assert.deepEqual(cut, ['data', 'error'], path)
          const wanted = { ...whole, data: { title: 'large' }, error: whole.error.slice(0, 100) }
          assert.deepEqual(brief, wanted, path)
        }
        const [first, , last] = await body('/jobs/0..-1/asc?brief=100')
        assert.deepEqual([first.id, first.data, first.cut], [small.id, small.data, undefined])
        assert.equal(last.data.title, `["large","${'y'.repeat(90)}`)
        assert.equal((await body(`/${found}&brief=100`)).jobs[0].cut.length, 2)
        assert.equal((await body(`/${found}`)).jobs[1].id, list.id)
      })
    })
  })
}
