'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { inspect } = require('node:util')
const redis = require('rekue/redis')
const { certificates, serverArgs } = require('../../test-support/certificates')
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

  // The connection would be less safe than its owner believes.
  for (const [tls, argument, says] of /** @type {[any, string, RegExp][]} */ ([
    [{ checkServerIdentity: () => new Error('pinned') }, '.checkServerIdentity', /cannot be used/],
    [{ pfx: Buffer.from('x'), passphrase: 'hunter2' }, '.pfx', /give cert and key as PEM/],
    [{ passphrase: 'hunter2' }, '.passphrase', /give cert and key as PEM/],
    [{ minVersion: 'TLSv1.3' }, '.minVersion', /TLS 1\.2 and 1\.3/],
    [{ rejectUnauthorised: false }, '.rejectUnauthorised', /did you mean .*\.rejectUnauthorized/],
    [{ rejectUnauthorized: 'false' }, '.rejectUnauthorized', /true or false/],
    [{ ca: 5 }, '.ca', /must be PEM/],
    ['false', '', /must be true or an object/]
  ])) {
    it(`refuses options.tls${argument} that cannot be used: ${inspect(tls).slice(0, 50)}`, () => {
      for (const make of [
        () => redis.createClient({ port: 1, tls }),
        () => redis.createClient('rediss://127.0.0.1:1', { tls }),
        () => new redis.RedisClient({ port: 1, tls })
      ]) {
        assert.throws(make, (/** @type {any} */ error) => {
          assert.equal(error.code, 'ERR_INVALID_ARG')
          assert.equal(error.argument, `options.tls${argument}`)
          assert.match(error.message, says)
          assert.ok(!error.message.includes('hunter2'))
          return true
        })
      }
    })
  }

  // It would be taken for the path of a socket or a database, and told as that.
  for (const url of [
    'redis:user:S3CRET@host:6379',
    'redis:/user:S3CRET@host',
    'redis:///user:S3CRET@host:6379/0',
    'rediss:user:S3CRET@host',
    'user:S3CRET@host'
  ]) {
    it(`refuses ${url}, and does not repeat its password`, () => {
      for (const make of [() => redis.createClient(url), () => redis.createClient({ url })]) {
        assert.throws(make, (/** @type {any} */ error) => {
          assert.equal(error.code, 'ERR_INVALID_ARG')
          assert.match(error.message, /redis:\/\/user:password@host/)
          assert.ok(!error.message.includes('S3CRET'))
          return true
        })
      }
    })
  }

  describe('TLS', () => {
    /** @type {Awaited<ReturnType<typeof startRedis>>} */
    let server
    /** @type {number} */
    let port

    /**
     * @param {import('../../test-support/certificates').Certificate} certificate
     * @param {number} at the port for TLS
     */
    const startTls = (certificate, at) => {
      const asked = ['--tls-ca-cert-file', certificate.certFile, '--tls-auth-clients', 'optional']
      return startRedis({ args: [...serverArgs(certificate, at), ...asked] })
    }
    /** @type {NonNullable<ReturnType<typeof certificates>>} */
    let made
    /** @type {import('../../test-support/certificates').Certificate} */
    let own
    before(async function () {
      const program = certificates(folder)
      // Without the program there is no certificate to test with.
      if (!program) return this.skip()
      made = program
      // As `openssl req -x509` makes them: its own authority.
      own = made.issue('localhost', { kind: 'own' })
      port = await freePort()
      server = await startTls(own, port)
    })
    after(() => server?.stop())

    const taken = {
      'a server whose certificate was given': () => [{ port, tls: { ca: own.cert } }],
      'an address, a version and lists among its options': () => [
        {
          tls: {
            port,
            host: '127.0.0.1',
            minVersion: 'TLSv1.2',
            ca: [own.cert],
            cert: [own.cert],
            key: [own.key]
          }
        }
      ],
      'it as a Buffer, and a URL': () => [
        `rediss://127.0.0.1:${port}`,
        { tls: { ca: Buffer.from(own.cert) } }
      ],
      'any server, if asked to': () => [{ port, tls: { rejectUnauthorized: false } }],
      'a name beside the address': () => [{ port, tls: { ca: own.cert, servername: 'localhost' } }],
      'a certificate of one’s own': () => [
        { port, tls: { ca: own.cert, cert: own.cert, key: Buffer.from(own.key) } }
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
        tls: { ca: own.cert, servername: 'elsewhere.example' }
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

    // Small set-ups give the server's own certificate as `ca`. That it is the very same does not make
    // it one that is valid.
    const pinned = {
      'that is valid': { from: -1, to: 2, says: null },
      'that has expired': { from: -20, to: -10, says: /expired/i },
      'whose time is yet to come': { from: 10, to: 20, says: /not.*valid.*yet/i }
    }
    for (const kind of /** @type {const} */ (['own', 'member'])) {
      for (const [name, { from, to, says }] of Object.entries(pinned)) {
        it(`${says ? 'refuses' : 'takes'} a given ${kind} certificate ${name}`, async () => {
          const certificate = made.issue('given', { kind, from, to })
          const other = await freePort()
          const second = await startTls(certificate, other)
          const client = redis.createClient({ port: other, tls: { ca: certificate.cert } })
          if (says) {
            /** @type {any} */
            const error = await new Promise((resolve) => client.on('error', resolve))
            assert.match(error.message, says)
            assert.equal(error.code, 'ERR_STORE_UNAVAILABLE')
            client.end(true)
          } else {
            assert.equal(await client.async.ping(), 'PONG')
            await quit(client)
          }
          await second.stop()
        })
      }
    }

    it('takes a given certificate of somebody who is not known', async () => {
      const certificate = made.issue('led', { by: made.authority('unknown') })
      const other = await freePort()
      const second = await startTls(certificate, other)
      const client = redis.createClient({ port: other, tls: { ca: certificate.cert } })
      assert.equal(await client.async.ping(), 'PONG')
      await quit(client)
      await second.stop()
    })
  })
})
