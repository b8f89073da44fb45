'use strict'

/** Streams of events: what they hold while they are open, and that it is let go. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const v8 = require('node:v8')
const vm = require('node:vm')
const { eventually, startApp } = require('../../test-support/app')

const CONNECTIONS = 20

/** Tells of a connection by its first event. @param {string} url */
async function open(url) {
  const request = http.get(url, { agent: false })
  request.on('error', () => {})
  const [response] = await once(request, 'response')
  let text = ''
  response.setEncoding('utf8').on('data', (/** @type {string} */ part) => (text += part))
  response.on('error', () => {})
  while (!text.includes('\n\n')) await once(response, 'data')
  return { text: () => text, response, close: () => request.destroy() }
}

describe('streams of a notification', () => {
  /** Nobody works here, so that its jobs wait. @type {Awaited<ReturnType<typeof startApp>>} */
  let app
  /** @type {{ id: number, links: { events: string } }} */
  let notification

  beforeEach(async () => {
    app = await startApp({ ROLE: 'web' })
    const one = { phoneNumber: '4153518743', message: 'hello' }
    const { body } = await app.post('/notifications').send([one]).expect(202)
    notification = body.notifications[0]
  })

  afterEach(() => app.stop())

  it('leave nothing behind when their clients go, although the job waits', async () => {
    v8.setFlagsFromString('--expose-gc')
    const collect = vm.runInNewContext('gc')
    /** @type {WeakRef<object>[]} */
    const answers = []
    app.service.server.on('request', (_req, res) => answers.push(new WeakRef(res)))
    for (let each = 0; each < CONNECTIONS; each++) {
      const stream = await open(app.url + notification.links.events)
      stream.close()
    }
    assert.equal(answers.length, CONNECTIONS)
    await eventually(
      async () => {
        collect()
        return answers.filter((answer) => answer.deref() !== undefined).length
      },
      (held) => held === 0
    )
    assert.equal(app.service.parts.watch.size, 0)
  })

  it('share one subscription, and all hear of the progress and the outcome', async () => {
    const opening = Array.from({ length: CONNECTIONS }, () =>
      open(app.url + notification.links.events)
    )
    const streams = await Promise.all(opening)
    assert.equal(app.service.parts.watch.size, 1)
    // A client that leaves takes nothing away from the others.
    streams.pop()?.close()
    const ended = streams.map(({ response }) => once(response, 'end'))
    const worker = await startApp({ ROLE: 'worker' }, { folder: app.folder })
    try {
      await Promise.all(ended)
    } finally {
      await worker.stop()
    }
    for (const { text } of streams) {
      assert.match(text(), /"progress":50/)
      assert.match(text(), /event: outcome\ndata: .*"state":"complete".*\n\n$/)
    }
    assert.equal(app.service.parts.watch.size, 0)
  })

  it('end where the job is removed', async () => {
    const { response } = await open(app.url + notification.links.events)
    const ended = once(response, 'end')
    const job = await app.service.parts.queue.get(notification.id)
    await new Promise((resolve, reject) =>
      job.remove((/** @type {unknown} */ error) => (error ? reject(error) : resolve(undefined)))
    )
    await ended
    assert.equal(app.service.parts.watch.size, 0)
  })
})
