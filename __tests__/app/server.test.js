'use strict'

/** The program: how it starts, what it says, how it ends. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const path = require('node:path')
const express = require('express')
const { ConfigError, readConfig } = require('../../app/config')
const { sharedSecret } = require('../../app/names/secret')
const { eventually, spawnApp, startApp, temporaryFolder } = require('../../test-support/app')
const { freePort } = require('../../test-support/ports')
const { startRedis } = require('../../test-support/redis-server')
const { runScript } = require('../../test-support/script')

/** Each starts programs, on a machine that may be busy. */
const PATIENCE_MS = 60_000

describe('the settings of the app', () => {
  it('have defaults that need nothing', () => {
    const config = readConfig({})
    assert.equal(config.host, '127.0.0.1')
    assert.equal(config.port, 3000)
    assert.equal(config.store, `sqlite:${path.resolve('app/data/jobs.db')}`)
    assert.equal(config.redisUrl, undefined)
    assert.ok(config.serves && config.works && config.adminOpen)
  })

  it('take Redis from REDIS_URL, and an empty variable for none', () => {
    assert.equal(readConfig({ REDIS_URL: 'redis://host:1/2' }).store, 'redis://host:1/2')
    assert.match(readConfig({ REDIS_URL: '' }).store, /^sqlite:/)
  })

  it('close the management of jobs where others reach it and there is no password', () => {
    assert.equal(readConfig({ HOST: '0.0.0.0' }).adminOpen, false)
    assert.equal(readConfig({ HOST: '0.0.0.0', ADMIN_PASSWORD: 'long enough' }).adminOpen, true)
  })

  it('take for this machine only what is this machine', () => {
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.8.9.10', '::1']) {
      assert.equal(readConfig({ HOST: host }).adminOpen, true, host)
    }
    for (const host of [
      '127.example.com',
      '127.0.0.1.example.com',
      'localhost.example.com',
      '::'
    ]) {
      assert.equal(readConfig({ HOST: host }).adminOpen, false, host)
    }
  })

  it('take proxies by number, name and address', () => {
    const trust = (/** @type {string} */ text) => readConfig({ TRUST_PROXY: text }).trustProxy
    assert.deepEqual(readConfig({}).trustProxy, ['loopback'])
    assert.equal(trust('2'), 2)
    assert.equal(trust('false'), false)
    const list = ['loopback', '10.0.0.0/8', 'fd00::/8', '192.0.2.1']
    assert.deepEqual(trust(list.join(', ')), list)
    // What passes here, Express must take.
    assert.doesNotThrow(() => express().set('trust proxy', list))
  })

  it('say what TRUST_PROXY may be, and why it may not be true', () => {
    for (const value of ['bogus', '11', '10.0.0.0/0', '10.0.0.0/33', 'loopback,', '1.2.3', ' ']) {
      assert.throws(() => readConfig({ TRUST_PROXY: value }), /TRUST_PROXY=.*loopback, linklocal/)
    }
    assert.throws(() => readConfig({ TRUST_PROXY: 'true' }), /TRUST_PROXY=true: .*how many proxies/)
  })

  it('show no secret in what they complain of', () => {
    const wrong = [
      ['ADMIN_PASSWORD', 'hunter2'],
      ['CURSOR_SECRET', 'hunter2'],
      ['REDIS_URL', 'http://user:hunter2@host'],
      ['REDIS_URL', 'user:hunter2@host:6379'],
      ['REDIS_URL', 'redis://:h@hunter2/@host:port'],
      ['REDIS_URL', 'redis://host:port?db=1&pass=hunter2']
    ]
    for (const [name, value] of wrong) {
      assert.throws(
        () => readConfig({ [name]: value }),
        (error) =>
          error instanceof ConfigError &&
          error.message.includes(`${name}=`) &&
          error.message.includes('***') &&
          !error.message.includes('hunter2'),
        value
      )
    }
  })

  it('refuse what is wrong, naming the variable', () => {
    const wrong = {
      PORT: ' ',
      REDIS_URL: 'localhost:6379',
      ROLE: 'boss',
      SEATS: '0',
      CACHE: 'maybe',
      CACHE_TTL_MS: '-1',
      RATE_LIMIT: 'many',
      LOG_LEVEL: 'loud',
      QUEUE_PREFIX: 'a b',
      TRUST_PROXY: 'a;b',
      DATA_DIR: 'what?'
    }
    for (const [name, value] of Object.entries(wrong)) {
      assert.throws(
        () => readConfig({ [name]: value }),
        (error) => error instanceof ConfigError && error.message.includes(`${name}=${value}`)
      )
    }
  })
})

describe('the program of the app', function () {
  this.timeout(PATIENCE_MS)

  /** @type {string} */
  let folder

  beforeEach(() => {
    folder = temporaryFolder()
  })

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  it('says what runs where, and a line that works', async () => {
    const dataDir = path.join(folder, 'user@host')
    const app = await spawnApp({ DATA_DIR: dataDir })
    try {
      assert.ok(app.output.includes(`sqlite:${path.join(dataDir, 'jobs.db')}\n`), app.output)
      assert.match(app.output, /^names +19418 rows of /m)
      const [, url] = /^Try: +curl -g '([^']+)'$/m.exec(app.output) || []
      const { status, headers, body } = await read(url)
      assert.equal(status, 200)
      assert.equal(headers['x-cache'], 'miss')
      assert.match(body, /Prénoms populaires/)
    } finally {
      await app.end()
    }
  })

  it('makes a new secret for cursors where a crash left an empty file', async () => {
    const file = path.join(folder, 'cursor-secret')
    for (const left of ['', '\n']) {
      fs.writeFileSync(file, left)
      const app = await startApp({}, { folder })
      try {
        const { body } = await app.get('/names?cursor=&page_size=1').expect(200)
        assert.match(fs.readFileSync(file, 'utf8'), /^[\w-]{43}$/)
        await app.get(body.next_url).expect(200)
      } finally {
        await app.stop()
      }
    }
    const known = fs.readFileSync(file, 'utf8')
    assert.equal(sharedSecret(folder), known)
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      []
    )
    fs.writeFileSync(file, 'short')
    assert.throws(
      () => sharedSecret(folder),
      (error) => error instanceof ConfigError && error.message.includes(file)
    )
  })

  it('names its Redis without the password', async () => {
    const redis = await startRedis({ args: ['--requirepass', 'sesame-open'] })
    try {
      const url = redis.url.replace('redis://', 'redis://:sesame-open@')
      const app = await spawnApp({ DATA_DIR: folder, REDIS_URL: url })
      try {
        assert.ok(!app.output.includes('sesame-open'))
        assert.match(app.output, /^store +redis:\/\/\*\*\*@127\.0\.0\.1:\d+$/m)
        assert.equal((await read(`${app.url}/readyz`)).status, 200)
      } finally {
        await app.end()
      }
    } finally {
      await redis.stop()
    }
  })

  it('finishes what is in hand on SIGTERM, takes nothing new, and ends with 0', async () => {
    const app = await spawnApp({ DATA_DIR: folder, STEP_MS: '300' })
    const agent = new http.Agent({ keepAlive: true })
    const created = await post(`${app.url}/notifications`, agent)
    const [{ id, links }] = created.notifications
    // Its first event says that somebody listens; by then the job is in hand, or about to be.
    const stream = http.get(app.url + links.events, { agent })
    const [events] = await once(stream, 'response')
    let heard = ''
    events.setEncoding('utf8').on('data', (text) => (heard += text))
    while (!heard.includes('"state":"active"')) await once(events, 'data')
    app.child.kill('SIGTERM')
    await once(events, 'end')
    await app.ended
    agent.destroy()
    assert.equal(app.child.exitCode, 0, app.errors)
    assert.equal(app.errors, '')
    await assert.rejects(connect(app.url), { code: 'ECONNREFUSED' })
    // The job was finished rather than left to the next process.
    const next = await startApp({ ROLE: 'web' }, { folder })
    try {
      const { body } = await next.get(`/notifications/${id}`)
      assert.equal(body.state, 'complete')
    } finally {
      await next.stop()
    }
  })

  it('is not held up by who sends half of a request', async () => {
    const app = await spawnApp({ DATA_DIR: folder, SHUTDOWN_MS: '30000' })
    const { hostname, port } = new URL(app.url)
    const begun = [
      'POST /notifications HTTP/1.1\r\nHost: localhost\r\n' +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n[{',
      'GET /names HTTP/1.1\r\nHo',
      ''
    ]
    const sockets = begun.map((text) => {
      const socket = net.connect(Number(port), hostname)
      socket.on('error', () => {})
      socket.write(text)
      return socket
    })
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    // By its answer the three before it have been taken too.
    assert.equal((await read(`${app.url}/healthz`)).status, 200)
    const stoppedAt = performance.now()
    app.child.kill('SIGTERM')
    await app.ended
    assert.equal(app.child.exitCode, 0, app.errors)
    assert.ok(performance.now() - stoppedAt < 15_000)
    for (const socket of sockets) socket.destroy()
  })

  it('divides into servers and workers', async () => {
    const web = await spawnApp({ DATA_DIR: folder, ROLE: 'web' })
    const created = await post(`${web.url}/notifications`)
    const [{ links }] = created.notifications
    const worker = runScript('app/server.js', {
      env: { DATA_DIR: folder, ROLE: 'worker', LOG_LEVEL: 'silent', STEP_MS: '0' }
    })
    try {
      const state = async () => JSON.parse((await read(web.url + links.self)).body).state
      await eventually(state, (text) => text === 'complete')
      assert.match(worker.output, /^service +none: ROLE=worker$/m)
      assert.match(web.output, /^jobs +created only: ROLE=web$/m)
    } finally {
      for (const each of [worker, web]) {
        each.child.kill('SIGTERM')
        await each.ended
      }
    }
    assert.equal(worker.child.exitCode, 0)
  })

  it('says why it cannot start, and ends with 1', async () => {
    const port = String(await freePort())
    const other = net.createServer().listen(Number(port), '127.0.0.1')
    await once(other, 'listening')
    const reasons = [
      [{ PORT: 'x' }, /PORT=x/],
      [{ NAMES_CSV: path.join(folder, 'nothing.csv') }, /nothing\.csv/],
      [{ PORT: port }, /EADDRINUSE/],
      [{ TRUST_PROXY: 'bogus' }, /TRUST_PROXY=bogus/],
      // Found when the queue is made: what was opened before it must not keep the process.
      [{ REDIS_URL: 'redis+unix:///nothing?db=none' }, /redis/],
      [{ DATA_DIR: path.join(__filename, 'folder') }, /ENOTDIR/]
    ]
    for (const [env, reason] of reasons) {
      const app = runScript('app/server.js', { env: { DATA_DIR: folder, PORT: '0', ...env } })
      assert.equal(await app.exit(), 1)
      assert.match(app.errors, reason)
      assert.doesNotMatch(app.errors, /\n +at /)
    }
    other.close()
  })
})

describe('limits and passwords of the app', () => {
  it('refuse requests beyond the limit, with the time to wait, over all instances of a Redis', async () => {
    const redis = await startRedis()
    const env = { REDIS_URL: redis.url, RATE_LIMIT: '5', RATE_LIMIT_WINDOW_MS: '60000' }
    const first = await startApp(env)
    try {
      for (let i = 0; i < 5; i++) await first.get('/list_products').expect(200)
      const other = await spawnApp({ ...env, DATA_DIR: first.folder })
      try {
        const { status, headers, body } = await read(`${other.url}/list_products?locale=es`)
        assert.equal(status, 429)
        assert.ok(Number(headers['retry-after']) > 0)
        assert.match(headers.ratelimit, /r=0/)
        assert.equal(JSON.parse(body).title, 'Demasiadas peticiones')
        // Those who watch over the service are not counted.
        assert.equal((await read(`${other.url}/healthz`)).status, 200)
        assert.equal((await read(`${other.url}/metrics`)).status, 200)
      } finally {
        await other.end()
      }
    } finally {
      await first.stop()
      await redis.stop()
    }
  })

  it('close the management of jobs where others reach it and there is no password', async () => {
    const app = await startApp({ HOST: '0.0.0.0' })
    try {
      for (const path of ['/dashboard', '/kue/stats']) {
        const { body } = await app.get(path).expect(403)
        assert.equal(body.type, '/problems/forbidden')
      }
      await app.get('/names').expect(200)
    } finally {
      await app.stop()
    }
  })

  it('close it, without a password, to what a proxy brings', async () => {
    const app = await startApp()
    try {
      const headers = [
        { 'X-Forwarded-For': '127.0.0.1' },
        { 'X-Forwarded-For': '' },
        { 'X-Real-IP': '192.0.2.1' },
        { Forwarded: 'for=192.0.2.1' }
      ]
      for (const header of headers) {
        for (const path of ['/dashboard', '/kue/', '/kue/stats']) {
          const { body, headers } = await app.get(path).set(header).expect(403)
          assert.match(headers['content-type'], /^application\/problem\+json/)
          assert.equal(body.type, '/problems/forbidden-proxied')
          assert.match(body.detail, /ADMIN_PASSWORD/)
        }
        await app.get('/names').set(header).expect(200)
      }
    } finally {
      await app.stop()
    }
  })

  it('close it, without a password, under names that are not of this machine', async () => {
    const app = await startApp()
    try {
      const others = [
        ...[
          'evil.example',
          'evil.example:3000',
          'localhost.evil.example',
          '127.0.0.1.evil.example'
        ],
        ...['127.evil.example', 'notlocalhost', '192.0.2.1', '0.0.0.0', '[::]', '[::2]:80', '']
      ]
      for (const host of others) {
        for (const path of ['/dashboard', '/kue/', '/kue/stats']) {
          const { body } = await app.get(path).set('Host', host).expect(403)
          assert.equal(body.type, '/problems/forbidden-host', host)
          assert.match(body.detail, /ADMIN_PASSWORD/)
        }
        await app.agent.delete('/kue/job/1').set('Host', host).expect(403)
        await app.get('/names').set('Host', host).expect(200)
      }
      const own = [
        'localhost',
        'LocalHost:8080',
        'app.localhost:1',
        '127.0.0.1',
        '127.1.2.3:9',
        '[::1]:9'
      ]
      for (const host of own) await app.get('/kue/stats').set('Host', host).expect(200)
      const { hostname, port } = new URL(app.url)
      const socket = net.connect(Number(port), hostname)
      socket.write('GET /kue/stats HTTP/1.0\r\n\r\n')
      const [answer] = await once(socket.setEncoding('utf8'), 'data')
      assert.match(answer, /^HTTP\/1\.1 200 /)
      await once(socket, 'close')
    } finally {
      await app.stop()
    }
  })

  it('ask for the password before jobs are managed', async () => {
    const app = await startApp({ ADMIN_PASSWORD: 'open sesame' })
    try {
      for (const path of ['/dashboard', '/kue/stats', '/metrics', '/analytics']) {
        const refused = await app.get(path)
        assert.equal(refused.status, 401)
        assert.match(refused.headers['www-authenticate'], /^Basic /)
        await app.get(path).auth('anybody', 'open sesam').expect(401)
        await app.get(path).set('Authorization', 'Basic !!').expect(401)
        await app.get(path).auth('anybody', 'open sesame').expect(200)
        // Through a proxy and under any name: that is what the password is for.
        const proxied = app.get(path).set({ 'X-Forwarded-For': '192.0.2.1', Host: 'example.com' })
        await proxied.auth('anybody', 'open sesame').expect(200)
      }
      for (const path of ['/names', '/healthz', '/readyz']) await app.get(path).expect(200)
    } finally {
      await app.stop()
    }
  })
})

/** @param {string} url */
function read(url) {
  return new Promise((resolve, reject) => {
    const asked = http.get(url, { agent: false }, async (res) => {
      let body = ''
      for await (const chunk of res.setEncoding('utf8')) body += chunk
      resolve({ status: res.statusCode, headers: res.headers, body })
    })
    asked.on('error', reject)
  })
}

/** Create a notification. @param {string} url @param {http.Agent} [agent] */
function post(url, agent) {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' }
    const asked = http.request(url, { method: 'POST', headers, agent }, async (res) => {
      let body = ''
      for await (const chunk of res.setEncoding('utf8')) body += chunk
      resolve(JSON.parse(body))
    })
    asked.on('error', reject)
    asked.end('[{"phoneNumber":"4153518743","message":"hello"}]')
  })
}

/** @param {string} url */
async function connect(url) {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.destroy()
}
