'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const redis = require('rekue/redis')
const { freePort } = require('../../test-support/ports')
const { startRedis } = require('../../test-support/redis-server')
const { quit } = require('../../test-support/redis-clients')

describe('streams to a server', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-tls-'))
  after(() => fs.rmSync(folder, { recursive: true, force: true }))

  it('a unix socket', async () => {
    const server = await startRedis({ socket: true })
    const { socket } = server
    for (const args of [[socket], [{ path: socket }], [{ path: socket, db: 1 }]]) {
      const client = redis.createClient(...args)
      assert.equal(client.address, socket)
      assert.equal(await client.async.ping(), 'PONG')
      await quit(client)
    }
    await server.stop()
  })

  describe('TLS', () => {
    /** @type {Awaited<ReturnType<typeof startRedis>>} */
    let server
    /** @type {number} */
    let port
    const [keyFile, certFile] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name))
    /** @type {string} */
    let ca
    before(async function () {
      const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
      const { status } = spawnSync('openssl', [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
        ...['-keyout', keyFile, '-out', certFile, '-subj', '/CN=localhost', '-addext', names]
      ])
      // Without the program there is no certificate to test with.
      if (status !== 0) return this.skip()
      ca = fs.readFileSync(certFile, 'utf8')
      port = await freePort()
      const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile]
      const asked = ['--tls-ca-cert-file', certFile, '--tls-auth-clients', 'optional']
      server = await startRedis({ args: ['--tls-port', String(port), ...files, ...asked] })
    })
    after(() => server?.stop())

    const taken = {
      'a server whose certificate was given': () => [{ port, tls: { ca } }],
      'it as a Buffer, and a URL': () => [
        `rediss://127.0.0.1:${port}`,
        { tls: { ca: Buffer.from(ca) } }
      ],
      'any server, if asked to': () => [{ port, tls: { rejectUnauthorized: false } }],
      'a name beside the address': () => [{ port, tls: { ca, servername: 'localhost' } }],
      'a certificate of one’s own': () => [
        { port, tls: { ca, cert: ca, key: fs.readFileSync(keyFile) } }
      ]
    }
    for (const [name, args] of Object.entries(taken)) {
      it(`takes ${name}`, async () => {
        const client = redis.createClient(...args())
        const text = 'x'.repeat(1_000_000)
        assert.equal(await client.async.set('key', text), 'OK')
        assert.equal(await client.async.get('key'), text)
        await quit(client)
      })
    }

    const refused = {
      'a certificate that nobody vouches for': () => ({ port, tls: {} }),
      'a certificate of another name': () => ({
        port,
        tls: { ca, servername: 'elsewhere.example' }
      }),
      'what is no certificate': () => ({ port, tls: { ca: '-----BEGIN CERTIFICATE-----\nx' } })
    }
    for (const [name, options] of Object.entries(refused)) {
      it(`refuses ${name}`, async () => {
        const client = redis.createClient(options())
        /** @type {any} */
        const error = await new Promise((resolve) => client.on('error', resolve))
        client.end(true)
        assert.match(error.message, /^Redis connection to 127\.0\.0\.1:\d+ failed - /)
        assert.equal(error.code, 'ERR_STORE_UNAVAILABLE')
      })
    }
  })
})
