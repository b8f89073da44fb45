'use strict'

const assert = require('node:assert/strict')
const net = require('node:net')
const zlib = require('node:zlib')
const express4 = require('express4')
const express5 = require('express')
const { createApp } = require('../../lib/http')
const { acceptsJson } = require('../../lib/http/dispatch')
const { find } = require('../../lib/http/routes')
const { request, serving } = require('../../test-support/http')
const { setUp, saved, rekue, until } = require('../../test-support/queues')
const { stores, sqlite } = require('../../test-support/stores')

const TYPE = { 'Content-Type': 'application/json' }

/** @param {any} body @param {Record<string, string>} [headers] */
const post = (body, headers) => ({
  method: 'POST',
  headers: { ...TYPE, ...headers },
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
})

/** @param {import('node:http').Server} server */
const listening = (server) => new Promise((resolve) => server.once('listening', resolve))

/** @param {import('node:http').Server} server @returns {any} */
const addressOf = (server) => server.address()

for (const store of stores) {
  describe(`rekue.app on ${store.name}`, () => {
    const t = setUp(store)

    it('serves jobs, their states and their removal', async () => {
      const queue = t.queue()
      const job = await saved(queue.create('mail', { to: 'ü' }))
      await serving(rekue.app, async (port) => {
        const read = await request(port, `/job/${job.id}`)
        assert.equal(read.body.data.to, 'ü')
        assert.equal((await request(port, '/stats')).body.inactiveCount, 1)
        const { body } = await request(port, `/job/${job.id}/state/failed`, { method: 'PUT' })
        assert.deepEqual(body, { message: 'updated state' })
        assert.equal((await request(port, '/jobs/mail/failed/stats')).body.count, 1)
        const again = await request(port, `/inactive/${job.id}`, { method: 'POST' })
        assert.deepEqual(again.body, { message: `job ${job.id} inactive` })
        const removed = await request(port, `/job/${job.id}`, { method: 'DELETE' })
        assert.deepEqual(removed.body, { message: `job ${job.id} removed` })
        assert.deepEqual((await request(port, '/jobs/0..-1')).body, [])
      })
    })

    it('takes whole numbers and names for a priority, and nothing that only begins like one', async () => {
      const queue = t.queue()
      const { id } = await saved(queue.create('mail', {}))
      await serving(rekue.app, async (port) => {
        const put = (/** @type {string} */ level) =>
          request(port, `/job/${id}/priority/${encodeURIComponent(level)}`, { method: 'PUT' })
        const stored = async () => Number((await request(port, `/job/${id}`)).body.priority)
        const right = {
          '-12': -12,
          '+5': 5,
          '007': 7,
          high: -10,
          normal: 0,
          9007199254740991: 2 ** 53 - 1
        }
        for (const [level, wanted] of Object.entries(right)) {
          assert.deepEqual((await put(level)).body, { message: 'updated priority' }, level)
          assert.equal(await stored(), wanted, level)
        }
        assert.equal((await put('3')).status, 200)
        const wrong = [
          '1e3',
          '5abc',
          '5.5',
          '0x10',
          'urgent',
          'toString',
          ' ',
          'NaN',
          '9007199254740992'
        ]
        for (const level of [...wrong, '9'.repeat(309)]) {
          const { status, body } = await put(level)
          assert.equal(status, 400, level)
          assert.match(body.error, /whole number from -\d+ to \d+, or one of low, normal/, level)
          assert.equal(await stored(), 3, level)
        }
      })
    })

    it('takes a type in the query as well, where any text comes through', async () => {
      const queue = t.queue()
      const { id } = await saved(queue.create('a/b', {}))
      await saved(queue.create('other', {}))
      await serving(rekue.app, async (port) => {
        const body = async (/** @type {string} */ path) => (await request(port, path)).body
        const ids = async (/** @type {string} */ path) =>
          (await body(path)).map((/** @type {any} */ job) => job.id)
        assert.deepEqual(await ids('/jobs/inactive/0..9/asc?type=a%2Fb'), [id])
        assert.deepEqual(await ids('/jobs/inactive/0..9?type='), [id, id + 1])
        assert.deepEqual(await ids('/jobs/failed/0..9?type=a%2Fb'), [])
        assert.deepEqual(await body('/jobs/inactive/stats?type=a/b'), { count: 1 })
        assert.deepEqual(await body('/jobs/inactive/stats'), { count: 2 })
        assert.equal((await request(port, '/jobs/done/stats?type=a')).status, 400)
      })
    })

    it('gives the lines of a log, all of them or from one on', async () => {
      const queue = t.queue()
      const job = await saved(queue.create('mail', {}))
      for (const line of ['one', 'two', 'three']) job.log(line)
      await serving(rekue.app, async (port) => {
        const lines = async (/** @type {string} */ more) =>
          (await request(port, `/job/${job.id}/log${more}`)).body
        await until(async () => (await lines('')).length === 3)
        assert.deepEqual(await lines(''), ['one', 'two', 'three'])
        assert.deepEqual(await lines('?from=0'), ['one', 'two', 'three'])
        assert.deepEqual(await lines('?from=2'), ['three'])
        assert.deepEqual(await lines('?from=3'), [])
        assert.deepEqual((await request(port, '/job/99/log?from=3')).body, [])
        for (const from of ['-1', 'x', '']) {
          const refused = await request(port, `/job/${job.id}/log?from=${from}`)
          assert.equal(refused.status, 400, from)
          assert.match(refused.body.error, /from must be a whole number/)
        }
      })
    })

    it('creates jobs that a processor gets', async () => {
      const queue = t.queue()
      const done = new Promise((resolve) => queue.process('sum', async (job) => resolve(job.data)))
      await serving(rekue.app, async (port) => {
        const { status, body } = await request(port, '/job', post({ type: 'sum', data: { a: 1 } }))
        assert.equal(status, 200)
        assert.deepEqual(body, { message: 'job created', id: 1 })
      })
      assert.deepEqual(await done, { a: 1 })
    })

    it('creates many in one request, with ids in their order', async () => {
      t.queue()
      const jobs = Array.from({ length: 250 }, (_, n) => ({ type: 'many', data: { n } }))
      await serving(rekue.app, async (port) => {
        const { body } = await request(port, '/job', post(jobs))
        assert.deepEqual(
          body.map((/** @type {any} */ { id }) => id),
          jobs.map((_, n) => n + 1)
        )
      })
    })

    it('refuses what is no job, each entry by itself', async () => {
      t.queue()
      const wrong = [
        null,
        7,
        'text',
        [],
        { type: '' },
        { type: 5 },
        { type: 'a', options: 'x' },
        { type: 'a', options: { priority: 'urgent' } },
        { type: 'a', options: { attempts: 'many' } },
        { type: 'a', options: { backoff: 'process.exit()' } },
        { type: 'a', options: { backoff: ['process.exit()'] } },
        { type: 'a', options: { backoff: { type: 'else' } } },
        { type: 'a', options: { backoff: { type: 'fixed', delay: 'soon' } } },
        { type: 'a', options: { attempts: { toString: 'x' } } },
        { type: 'a', options: { priority: { toString: 'x' } } },
        { type: 'a', options: { delay: { valueOf: 5 } } },
        { type: 'a', options: { ttl: [5] } }
      ]
      await serving(rekue.app, async (port) => {
        const { status, body } = await request(port, '/job', post([...wrong, { type: 'right' }]))
        assert.equal(status, 400)
        assert.deepEqual(body.pop(), { message: 'job created', id: 1 })
        for (const [i, { error }] of body.entries()) {
          assert.equal(typeof error, 'string', JSON.stringify(wrong[i]))
        }
        assert.equal((await request(port, '/jobs/0..-1')).body.length, 1)
      })
    })

    it('keeps data with names that JavaScript takes for its own', async () => {
      t.queue()
      await serving(rekue.app, async (port) => {
        await request(port, '/job', post('{"type":"a","data":{"__proto__":{"polluted":1}}}'))
        assert.equal(/** @type {any} */ ({}).polluted, undefined)
        const { text } = await request(port, '/job/1')
        assert.match(text, /"__proto__":\{"polluted":1\}/)
      })
    })
  })
}

describe('rekue.app', () => {
  const t = setUp(sqlite)

  for (const [name, express] of Object.entries({ 'Express 4': express4, 'Express 5': express5 })) {
    it(`is mounted at a path of ${name}, and leaves the rest to it`, async () => {
      t.queue()
      const server = express()
      server.use('/kue', rekue.app)
      server.get('/kue/mine', (/** @type {any} */ req, /** @type {any} */ res) => res.send('mine'))
      await serving(server, async (port) => {
        assert.equal((await request(port, '/kue/stats')).body.inactiveCount, 0)
        assert.equal((await request(port, '/kue/mine')).text, 'mine')
        assert.equal((await request(port, '/stats')).status, 404)
        assert.equal((await request(port, '/kue/job', post({ type: 'a' }))).body.id, 1)
      })
    })

    it(`takes a body that ${name} has read already`, async () => {
      t.queue()
      const server = express()
      server.use(express.json(), rekue.app)
      await serving(server, async (port) => {
        assert.equal((await request(port, '/job', post({ type: 'a' }))).body.id, 1)
      })
    })

    it(`hands errors of an authorize hook to ${name}`, async () => {
      t.queue()
      const app = createApp()
      app.set('authorize', async () => {
        throw new Error('no directory')
      })
      const server = express()
      server.use(app)
      server.use(
        (/** @type {any} */ error, /** @type {any} */ req, /** @type {any} */ res, _next) =>
          res.status(500).send(error.message)
      )
      await serving(server, async (port) => {
        assert.equal((await request(port, '/stats')).text, 'no directory')
      })
    })
  }

  it('lets in whom the authorize hook lets in', async () => {
    t.queue()
    const app = createApp()
    app.set('authorize', async (/** @type {any} */ req) => {
      if (!req.headers.authorization) return { challenge: 'Basic realm="jobs"' }
      return req.headers.authorization === 'Basic cmlnaHQ='
    })
    await serving(app, async (port) => {
      const asked = await request(port, '/stats')
      assert.deepEqual(
        [asked.status, asked.headers['www-authenticate']],
        [401, 'Basic realm="jobs"']
      )
      const headers = { Authorization: 'Basic d3Jvbmc=' }
      assert.equal((await request(port, '/stats', { headers })).status, 403)
      assert.equal((await request(port, '/job', post({ type: 'a' }, headers))).status, 403)
      const right = { headers: { Authorization: 'Basic cmlnaHQ=' } }
      assert.equal((await request(port, '/stats', right)).body.inactiveCount, 0)
    })
  })

  it('takes nothing truthy for a yes', async () => {
    t.queue()
    const app = createApp()
    app.set('authorize', () => 'no')
    await serving(app, async (port) => assert.equal((await request(port, '/stats')).status, 403))
  })

  it('answers 500 where a hook fails and there is no server around it', async () => {
    t.queue()
    const app = createApp()
    app.set('authorize', () => {
      throw new Error('secret')
    })
    await serving(app, async (port) => {
      const { status, text } = await request(port, '/stats')
      assert.equal(status, 500)
      assert.doesNotMatch(text, /secret/)
    })
    assert.equal(t.errors.pop().message, 'secret')
  })

  it('runs handlers given to use before its own', async () => {
    t.queue()
    const app = createApp()
    /** @type {string[]} */
    const seen = []
    app.use((/** @type {any} */ req, /** @type {any} */ res, /** @type {any} */ next) => {
      seen.push(req.url)
      next()
    })
    app.use((/** @type {any} */ req, /** @type {any} */ res, /** @type {any} */ next) =>
      req.url === '/stats' ? res.writeHead(418).end() : next()
    )
    await serving(app, async (port) => {
      assert.equal((await request(port, '/stats')).status, 418)
      assert.equal((await request(port, '/job/types')).status, 200)
    })
    assert.deepEqual(seen, ['/stats', '/job/types'])
  })

  it('hands errors to the handlers of four parameters that use was given', async () => {
    t.queue()
    const app = createApp()
    /** @type {string[]} */
    const seen = []
    app.set('authorize', () => {
      throw new Error('no directory')
    })
    app.use(
      (/** @type {any} */ error, /** @type {any} */ req, /** @type {any} */ res, next) => {
        seen.push(req.url)
        next(error)
      },
      (/** @type {any} */ error, /** @type {any} */ req, /** @type {any} */ res, _next) =>
        res.writeHead(418).end(error.message)
    )
    await serving(app, async (port) => {
      const { status, text } = await request(port, '/stats')
      assert.deepEqual([status, text], [418, 'no directory'])
      assert.equal((await request(port, '/nothing')).status, 404)
    })
    assert.deepEqual(seen, ['/stats'])
  })

  it('takes a handler that fails with nothing for one that fails', async () => {
    t.queue()
    const app = createApp()
    app.use(() => Promise.reject())
    const thrower = createApp()
    thrower.use(() => {
      throw undefined
    })
    for (const refusing of [app, thrower]) {
      await serving(refusing, async (port) =>
        assert.equal((await request(port, '/stats')).status, 500)
      )
      assert.match(t.errors.pop().message, /did not say why/)
    }
  })

  it('answers 500 where its error handlers leave an error to others and there are none', async () => {
    t.queue()
    const app = createApp()
    app.set('authorize', () => {
      throw new Error('secret')
    })
    app.use((/** @type {any} */ error, /** @type {any} */ req, /** @type {any} */ res, next) =>
      next(error)
    )
    await serving(app, async (port) => {
      const { status, text } = await request(port, '/stats')
      assert.equal(status, 500)
      assert.doesNotMatch(text, /secret/)
    })
    assert.equal(t.errors.pop().message, 'secret')
  })

  it('tells the methods that a path takes', async () => {
    t.queue()
    await serving(createApp(), async (port) => {
      const allowed = async (/** @type {string} */ path) => {
        const { status, headers } = await request(port, path, { method: 'OPTIONS' })
        return [status, headers.allow]
      }
      assert.deepEqual(await allowed('/job/1'), [200, 'GET,HEAD,DELETE'])
      assert.deepEqual(await allowed('/inactive/1'), [200, 'POST,PUT'])
      assert.deepEqual(await allowed('/failed'), [200, 'GET,HEAD'])
      assert.deepEqual(await allowed('/nothing'), [404, undefined])
    })
  })

  it('answers those who can do with JSON, by the range that says most', async () => {
    t.queue()
    await serving(createApp(), async (port) => {
      const status = async (/** @type {string} */ accept) =>
        (await request(port, '/stats', { headers: { Accept: accept } })).status
      for (const accept of [
        '',
        '*/*',
        'text/html, */*;q=0.1',
        'APPLICATION/JSON',
        'application/*'
      ]) {
        assert.equal(await status(accept), 200, accept)
      }
      for (const accept of ['text/html', 'application/json;q=0, */*', '*/* ; q=0.0', 'json']) {
        assert.equal(await status(accept), 404, accept)
      }
    })
  })

  it('is not kept busy by a path of dots or a header of spaces', () => {
    // Of a hundred times the length, which would take ten thousand times as long where it mattered.
    const times = [150, 15_000].map((length) => {
      const path = `/jobs/a/b/${'.'.repeat(length)}//x`
      const accept = `a${' '.repeat(length)}b`
      const began = performance.now()
      for (let i = 0; i < 20; i++) {
        find('GET', path)
        acceptsJson({ headers: { accept } })
      }
      return performance.now() - began
    })
    assert.ok(times[1] < 1000 * Math.max(times[0], 0.1), String(times))
  })

  it('refuses changes that a browser says another site asks for', async () => {
    t.queue()
    await serving(rekue.app, async (port) => {
      const host = `127.0.0.1:${port}`
      const status = async (/** @type {Record<string, string>} */ headers) =>
        (await request(port, '/job', post({ type: 'a' }, headers))).status
      for (const site of ['cross-site', 'same-site']) {
        assert.equal(await status({ 'Sec-Fetch-Site': site }), 403, site)
      }
      for (const origin of ['https://elsewhere.example', 'null', `http://localhost:${port}`]) {
        assert.equal(await status({ Origin: origin }), 403, origin)
      }
      assert.equal(await status({ 'Sec-Fetch-Site': 'same-origin', Origin: `http://${host}` }), 200)
      assert.equal(await status({ 'Sec-Fetch-Site': 'none' }), 200)
      assert.equal(await status({ Origin: `http://${host}` }), 200)
      assert.equal(await status({}), 200)
      // A proxy that asks under a name of its own.
      const behind = { Origin: 'http://jobs.example', 'X-Forwarded-Host': 'jobs.example, inner' }
      assert.equal(await status(behind), 200)
      assert.equal(await status({ ...behind, Origin: 'http://undefined' }), 403)
      assert.equal(await status({ Origin: 'http://undefined' }), 403)
      for (const [path, method] of [
        ['/job/1', 'DELETE'],
        ['/job/1/state/failed', 'PUT'],
        ['/job/1/priority/1', 'PUT'],
        ['/inactive/1', 'POST']
      ]) {
        const headers = { 'Sec-Fetch-Site': 'cross-site' }
        assert.equal((await request(port, path, { method, headers })).status, 403, path)
      }
      const reading = { headers: { 'Sec-Fetch-Site': 'cross-site' } }
      assert.equal((await request(port, '/job/1', reading)).status, 200)
    })
  })

  it('refuses bodies above its limit, whatever they say of their size', async () => {
    t.queue()
    const app = createApp()
    app.set('body limit', 1000)
    const large = JSON.stringify({ type: 'a', data: { text: 'x'.repeat(2000) } })
    await serving(app, async (port) => {
      assert.equal((await request(port, '/job', post(large))).status, 413)
      const chunked = { ...TYPE, 'Transfer-Encoding': 'chunked' }
      assert.equal((await request(port, '/job', post(large, chunked))).status, 413)
      const zipped = post(zlib.gzipSync(large), { 'Content-Encoding': 'gzip' })
      assert.ok(zipped.body.length < 1000)
      assert.equal((await request(port, '/job', zipped)).status, 413)
      const endless = JSON.stringify({ type: 'a', data: { text: 'x'.repeat(5_000_000) } })
      assert.equal((await request(port, '/job', post(endless, chunked))).status, 413)
      assert.deepEqual((await request(port, '/jobs/0..-1')).body, [])
    })
  })

  it('bears a sender that leaves in the middle of a body', async () => {
    t.queue()
    await serving(rekue.app, async (port) => {
      const socket = net.connect(port, '127.0.0.1')
      const head = 'POST /job HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
      await new Promise((resolve) =>
        socket.write(`${head}Content-Length: 90\r\n\r\n{"type":`, resolve)
      )
      socket.destroy()
      assert.equal((await request(port, '/stats')).body.inactiveCount, 0)
    })
  })

  it('reads compressed bodies', async () => {
    t.queue()
    await serving(rekue.app, async (port) => {
      const json = JSON.stringify({ type: 'a', data: { text: 'x'.repeat(2000) } })
      for (const [encoding, bytes] of /** @type {[string, Buffer][]} */ ([
        ['gzip', zlib.gzipSync(json)],
        ['deflate', zlib.deflateSync(json)]
      ])) {
        const sent = post(bytes, { 'Content-Encoding': encoding })
        assert.equal((await request(port, '/job', sent)).status, 200, encoding)
      }
    })
  })

  it('says what is wrong with a request', async () => {
    t.queue()
    await serving(rekue.app, async (port) => {
      const wrong = [
        [400, '/job', post('{"type":')],
        [400, '/job', post('null')],
        [400, '/job', post('5')],
        [400, '/job', post('"text"')],
        [415, '/job', post('{"type":"a"}', { 'Content-Type': 'application/json; charset=koi8-r' })],
        [415, '/job', post('{}', { 'Content-Encoding': 'br' })],
        [400, '/job', post('{}', { 'Content-Encoding': 'gzip' })],
        [400, '/job/%E0%A4%A', {}],
        [400, '/jobs/done/0..1', {}],
        [405, '/inactive/1', {}],
        [404, '/nothing', {}]
      ]
      for (const [status, path, options] of /** @type {[number, string, any][]} */ (wrong)) {
        const answer = await request(port, path, options)
        assert.equal(answer.status, status, path)
        assert.equal(typeof answer.body.error, 'string', path)
      }
      const range = await request(port, '/jobs/a..b')
      assert.match(range.body.error, /from must be a whole number/)
      assert.equal((await request(port, '/inactive/1')).headers.allow, 'POST, PUT')
    })
  })

  it('answers 503 once its queue is closed', async () => {
    await t.queue().close()
    await serving(rekue.app, async (port) =>
      assert.equal((await request(port, '/stats')).status, 503)
    )
  })

  it('keeps settings as Express does', () => {
    const app = createApp()
    assert.equal(app.get('title'), 'rekue')
    assert.equal(app.set('title', 'My jobs'), app)
    assert.equal(app.set('title'), 'My jobs')
    assert.equal(app.enable('mine'), app)
    assert.deepEqual([app.enabled('mine'), app.disabled('mine')], [true, false])
    assert.equal(app.disable('mine').enabled('mine'), false)
  })

  it('refuses settings that cannot be', () => {
    const app = createApp()
    const cases = [
      ['', 1],
      [5, 1],
      ['title', 7],
      ['authorize', true],
      ['authorize', null],
      ['body limit', 0],
      ['body limit', '1mb'],
      ['authorise', () => true]
    ]
    for (const [name, value] of /** @type {any[][]} */ (cases)) {
      assert.throws(() => app.set(name, value), { code: 'ERR_INVALID_ARG' }, String(name))
    }
    assert.throws(() => app.use('/path', () => {}), { code: 'ERR_INVALID_ARG' })
    for (const method of ['get', 'post', 'all', 'route']) {
      const told = { code: 'ERR_INVALID_ARG', message: /an Express app of your own/ }
      assert.throws(() => app[method]('/path', () => {}), told)
    }
    assert.throws(() => app.listen('80a', '::'), { code: 'ERR_INVALID_ARG' })
    assert.throws(() => app.listen(70000), { code: 'ERR_INVALID_ARG' })
  })

  it('listens to this machine alone as long as nobody says who may', async () => {
    t.queue()
    const app = createApp()
    const server = app.listen(0)
    await listening(server)
    assert.equal(addressOf(server).address, '127.0.0.1')
    assert.equal((await request(addressOf(server).port, '/stats')).status, 200)
    server.close()
    for (const args of [[0, '0.0.0.0'], [0, '::'], [{ port: 0, host: '10.0.0.1' }], [{ fd: 9 }]]) {
      assert.throws(() => app.listen(...args), { code: 'ERR_INVALID_ARG' }, JSON.stringify(args))
    }
    const again = app.listen({ port: 0, host: 'localhost' }, () => {})
    await listening(again)
    again.close()
  })

  it('answers under names of this machine only, as long as nobody says who may', async () => {
    t.queue()
    const app = createApp()
    const server = app.listen(0)
    await listening(server)
    const { port } = addressOf(server)
    const status = async (/** @type {string} */ Host, /** @type {string} */ path = '/stats') =>
      (await request(port, path, { headers: { Host } })).status
    const mine = ['localhost', `127.0.0.1:${port}`, '[::1]:80', 'LOCALHOST:1', 'kue.localhost:5']
    for (const host of mine) assert.equal(await status(host), 200, host)
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      '10.0.0.1'
    ]) {
      assert.equal(await status(host), 403, host)
      assert.equal(await status(host, '/'), 403, host)
    }
    app.set('authorize', () => true)
    assert.equal(await status('jobs.example'), 200)
    server.close()
  })

  it('listens as Node does where a hook decides', async () => {
    const app = createApp()
    app.set('authorize', () => true)
    const server = await new Promise((resolve) => {
      const started = app.listen(0, '0.0.0.0', () => resolve(started))
    })
    assert.equal(addressOf(server).address, '0.0.0.0')
    server.close()
  })

  it('is the same app every time', () => {
    assert.equal(rekue.app, rekue.app)
    assert.equal(typeof rekue.app, 'function')
  })
})
