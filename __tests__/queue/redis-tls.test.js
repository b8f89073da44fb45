'use strict'

const assert = require('node:assert/strict')
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
      message: /TLS failed.*not valid for name/
    })
    await works(open({ store, tls: { ...tls, servername: 'elsewhere.example' } }))
  })

  for (const [name, change, says] of /** @type {const} */ ([
    [
      'without a certificate of one’s own',
      { cert: undefined, key: undefined },
      /TLS failed.*tls\.cert and tls\.key/
    ],
    ['whose authority is not known', { ca: undefined }, /TLS failed.*UnknownIssuer|ca is needed/]
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
        message: /TLS failed.*expired/
      })
    }
  })

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
