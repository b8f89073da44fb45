'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const rekue = require('../..')
const { certificates, serverArgs } = require('../../test-support/certificates')
const { freePort } = require('../../test-support/ports')
const { startRedis } = require('../../test-support/redis-server')

/** Redis asks for certificates of clients unless it is told not to. */
describe('queues over TLS, with an authority of one’s own', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-queue-tls-'))
  /** @type {NonNullable<ReturnType<typeof certificates>>} */
  let made
  /** @type {import('../../test-support/certificates').Certificate} */
  let authority
  /** @type {any} what a queue is told */
  let tls
  /** @type {{ port: number, server: import('../../test-support/redis-server').RedisServer }} */
  let main
  /** @type {{ stop(): Promise<void> }[]} */
  const servers = []
  /** @type {any[]} */
  const queues = []

  /**
   * @param {import('../../test-support/certificates').Certificate} certificate
   * @param {{ args?: string[], config?: (port: number) => string }} [options]
   */
  async function start(certificate, { args = [], config = () => '' } = {}) {
    const port = await freePort()
    const trusted = ['--tls-ca-cert-file', authority.certFile]
    const server = await startRedis({
      config: config(port),
      args: [...args, ...serverArgs(certificate, port), ...trusted]
    })
    servers.push(server)
    return { port, server }
  }

  /** @param {any} options */
  function open(options) {
    const queue = new rekue({ commandTimeout: 3000, ...options })
    queues.push(queue)
    return queue.on('error', () => {})
  }

  /** All of its connections: calls, the wait for jobs, events, the client. @param {any} queue */
  async function works(queue) {
    const heard = new Promise((resolve) => queue.on('job complete', resolve))
    queue.process('mail', async ({ data }) => data.n + 1)
    const job = await queue.add('mail', { n: 1 })
    assert.equal(await job.finished(), 2)
    assert.equal(String(await heard), String(job.id))
  }

  before(async function () {
    const program = certificates(folder)
    // Without the program there is no certificate to test with.
    if (!program) return this.skip()
    made = program
    authority = made.authority('authority')
    const client = made.issue('client', { by: authority })
    tls = { ca: authority.cert, cert: client.cert, key: client.key }
    main = await start(made.issue('server', { by: authority }))
  })
  afterEach(() => Promise.all(queues.splice(0).map((queue) => queue.close(300).catch(() => {}))))
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    fs.rmSync(folder, { recursive: true, force: true })
  })

  for (const [place, options] of Object.entries({
    'as tls beside a store': () => ({ store: `rediss://localhost:${main.port}`, tls }),
    'as tls beside a URL of redis': () => ({ redis: `rediss://localhost:${main.port}`, tls }),
    'as tls beside an address': () => ({ redis: { port: main.port }, tls }),
    'as redis.tls': () => ({ redis: { port: main.port, tls } }),
    'as redis.options.tls': () => ({ redis: { port: main.port, options: { tls } } }),
    'as redis.tls beside a store': () => ({
      store: `rediss://localhost:${main.port}`,
      redis: { tls }
    }),
    'as Buffers, the authority as one of several': () => ({
      store: `rediss://127.0.0.1:${main.port}`,
      tls: {
        ca: [made.authority('other').cert, Buffer.from(tls.ca)],
        cert: Buffer.from(tls.cert),
        key: Buffer.from(tls.key)
      }
    })
  })) {
    it(`they are told ${place}, and so is queue.client`, async () => {
      const queue = open(options())
      await works(queue)
      const value = await new Promise((resolve, reject) =>
        queue.client.get('q:ids', (error, value) => (error ? reject(error) : resolve(value)))
      )
      assert.ok(Number(value) > 0)
      await new Promise((resolve) => queue.client.quit(resolve))
    })
  }

  it('a server is taken without knowing it, where that is asked for', async () => {
    const other = { ...tls, ca: undefined, rejectUnauthorized: false }
    await works(open({ store: `rediss://localhost:${main.port}`, tls: other }))
  })

  it('the name of the certificate may be another than that of the address', async () => {
    const { port } = await start(made.issue('elsewhere', { by: authority, kind: 'elsewhere' }))
    const store = `rediss://localhost:${port}`
    await assert.rejects(open({ store, tls, commandTimeout: 500 }).add('a'), {
      code: 'ERR_STORE_UNAVAILABLE',
      message: /TLS failed.*not valid for name.*elsewhere\.example.*tls\.servername/
    })
    await works(open({ store, tls: { ...tls, servername: 'elsewhere.example' } }))
  })

  for (const [name, change, says] of /** @type {const} */ ([
    [
      'without a certificate of one’s own',
      { cert: undefined, key: undefined },
      /TLS failed.*tls\.cert and tls\.key/
    ],
    [
      'whose authority is not known',
      { ca: undefined },
      /TLS failed.*nobody who is trusted \(UnknownIssuer\): .*tls\.ca.*SSL_CERT_FILE|ca is needed/
    ]
  ])) {
    it(`none is reached ${name}`, async () => {
      const store = `rediss://localhost:${main.port}`
      const queue = open({ store, tls: { ...tls, ...change }, commandTimeout: 500 })
      await assert.rejects(queue.add('a'), { code: 'ERR_STORE_UNAVAILABLE', message: says })
    })
  }

  it('a server whose certificate has expired is refused, also where it is the given one', async () => {
    for (const by of [authority, undefined]) {
      const expired = made.issue('expired', { by, from: -20, to: -10 })
      const { port } = await start(expired)
      const trusted = { ...tls, ca: by ? tls.ca : expired.cert }
      const queue = open({ store: `rediss://localhost:${port}`, tls: trusted, commandTimeout: 500 })
      await assert.rejects(queue.add('a'), {
        code: 'ERR_STORE_UNAVAILABLE',
        message: /TLS failed.*expired at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, and it is \d{4}-/
      })
    }
  })

  it('a server with a certificate of its own making is told how it would be trusted', async () => {
    const own = made.issue('own', { kind: 'own' })
    const { port } = await start(own)
    const store = `rediss://localhost:${port}`
    await assert.rejects(open({ store, tls, commandTimeout: 500 }).add('a'), {
      code: 'ERR_STORE_UNAVAILABLE',
      message: /TLS failed.*made for itself.*give it as tls\.ca/
    })
    await works(open({ store, tls: { ...tls, ca: own.cert } }))
  })

  it('a certificate that the server does not know is told of', async () => {
    const stranger = made.issue('stranger', { by: made.authority('strange') })
    const other = { ...tls, cert: stranger.cert, key: stranger.key }
    const store = `rediss://localhost:${main.port}`
    await assert.rejects(open({ store, tls: other, commandTimeout: 500 }).add('a'), {
      code: 'ERR_STORE_UNAVAILABLE',
      message: /TLS failed.*does not know the authority of tls\.cert.*UnknownCA/
    })
  })

  it('a port that is one for TLS, or that is none, may be the wrong one', async () => {
    const plain = await startRedis()
    servers.push(plain)
    for (const [store, says] of /** @type {const} */ ([
      [`redis://localhost:${main.port}`, /connection lost.*begins with rediss/],
      [`redis+cluster://localhost:${main.port}`, /connection lost.*begins with rediss/],
      [`rediss://localhost:${plain.port}`, /in time.*begins with redis, not/],
      [`rediss+sentinel://localhost:${plain.port}/m`, /in time.*begins with redis, not/]
    ])) {
      for (const connectTimeout of [300, 3000]) {
        await assert.rejects(open({ store, connectTimeout, commandTimeout: 1000 }).add('a'), {
          code: 'ERR_STORE_UNAVAILABLE',
          message: says
        })
      }
    }
  })

  for (const [what, text] of [
    ['is missing', null],
    ['is no PEM', 'nothing of that kind']
  ]) {
    it(`a file of authorities that ${what} is named`, () => {
      const file = path.join(folder, 'authorities.pem')
      if (text !== null) fs.writeFileSync(file, text)
      const program = `
        const queue = new (require(process.argv[1]))({ store: process.argv[2], commandTimeout: 500 })
        queue.on('error', () => {})
        queue.add('a').catch(({ message }) => console.log(message)).finally(() => queue.close())`
      const args = ['-e', program, path.join(__dirname, '../..'), `rediss://localhost:${main.port}`]
      const { stdout } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        env: { ...process.env, SSL_CERT_FILE: file, SSL_CERT_DIR: '' }
      })
      assert.match(stdout, /TLS failed.*SSL_CERT_FILE names ".*authorities\.pem".*no certificates/)
    })
  }

  it('sentinels are asked in the same way', async () => {
    const sentinel = await start(made.issue('sentinel', { by: authority }), {
      args: ['--sentinel', '--tls-replication', 'yes'],
      config: () => `sentinel monitor main 127.0.0.1 ${main.port} 1\n`
    })
    await works(open({ store: `rediss+sentinel://localhost:${sentinel.port}/main`, tls }))
  })

  it('nodes of a cluster are asked in the same way', async () => {
    const bus = String(await freePort())
    const node = await start(made.issue('node', { by: authority }), {
      args: ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--cluster-port', bus]
    })
    await node.server.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16383)
    await works(open({ store: `rediss+cluster://localhost:${node.port}`, tls }))
  })
})
