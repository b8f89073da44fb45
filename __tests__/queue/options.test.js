'use strict'

const assert = require('node:assert/strict')
const { inspect } = require('node:util')
const rekue = require('../..')
const { check } = require('../../lib/queue/options')
const { CLIENTS } = require('../../test-support/redis-clients')

/** What is refused before anything connects: no store is needed. */
describe('options of createQueue', () => {
  const refused = (argument, message) => ({
    name: 'TypeError',
    code: 'ERR_INVALID_ARG',
    argument,
    message
  })

  for (const [options, argument, says] of [
    [5, 'options', /^options must be an object.*number 5/],
    ['redis://127.0.0.1', 'options', /^options must be an object/],
    [{ prefx: 'a' }, 'options.prefx', /did you mean options\.prefix\?/],
    [{ comandTimeout: 5 }, 'options.comandTimeout', /did you mean options\.commandTimeout\?/],
    [{ Store: 'x' }, 'options.Store', /did you mean options\.store\?/],
    [{ stroe: 'x' }, 'options.stroe', /did you mean options\.store\?/],
    [{ leaes: {} }, 'options.leaes', /did you mean options\.lease\?/],
    [{ prefix: 5 }, 'options.prefix', /options\.prefix must be a non-empty string.*number 5/],
    [{ name: {} }, 'options.name', /options\.name/],
    [{ store: 5 }, 'options.store', /options\.store .*redis:\/\/127\.0\.0\.1:6379.*number 5/],
    [{ store: '' }, 'options.store', /options\.store/],
    [{ store: 'http://127.0.0.1' }, 'options.store', /options\.store .*redis:\/\/.*"http:"/],
    [{ store: 'redis://127.0.0.1/name' }, 'options.store', /database.*number.*"name"/],
    [{ store: 'redis://a/0?replicas=1' }, 'options.store', /replicas.*redis\+sentinel/],
    [{ redis: 'redis+unix:/a.sock?replicas=1' }, 'options.redis', /replicas/],
    [{ store: 'redis+sentinel://a,b' }, 'options.store', /does not name the master.*\//],
    [{ store: 'redis+sentinel://a,,b/m' }, 'options.store', /a host in it is none/],
    [{ store: 'redis+sentinel://a/m?replica=1' }, 'options.store', /no parameter "replica"/],
    [{ store: 'redis+sentinel://a/m/x' }, 'options.store', /database by a number.*"x"/],
    [{ redis: 'redis+sentinel://a' }, 'options.store', /does not name the master/],
    [{ store: 'redis+sentinel:a/m' }, 'options.store', /redis\+sentinel:\/\//],
    [{ store: 'redis+cluster://a:70000' }, 'options.store', /a host in it is none/],
    [{ store: 'rediss+cluster://a/1' }, 'options.store', /a cluster has only one/],
    [{ store: 'redis+cluster://a?replicas=x' }, 'options.store', /replicas="x" is no number/],
    [
      { store: 'redis+cluster://a', hashTag: false },
      'options.hashTag',
      /must be true on a cluster/
    ],
    [{ store: 'redis+cluster://a', prefix: '}' }, 'options.prefix', /must not begin with \}/],
    [{ redis: 5 }, 'options.redis', /options\.redis/],
    [{ redis: 'nonsense' }, 'options.redis', /options\.redis/],
    [{ redis: { port: 'x' } }, 'options.redis.port', /1 to 65535.*"x"/],
    [{ redis: { port: 70000 } }, 'options.redis.port', /70000/],
    [{ redis: { host: 5 } }, 'options.redis.host', /options\.redis\.host/],
    [{ redis: { socket: 5 } }, 'options.redis.socket', /non-empty string.*number 5/],
    [{ redis: { db: -1 } }, 'options.redis.db', /options\.redis\.db/],
    [
      { redis: { createClientFactory() {} } },
      'options.redis.createClientFactory',
      /cannot be used.*options\.store/
    ],
    [
      { redis: { auth: () => {} } },
      'options.redis.auth',
      /pass the address.* not a client.*function/
    ],
    [{ redis: { sendCommand() {} } }, 'options.redis', /must be an address.* not a client/],
    [
      { redis: { sendCommand() {}, options: { host: 'a', sentinels: [] } } },
      'options.redis',
      /cannot be told/
    ],
    [
      { redis: { options: { prefix: 'mine:' } } },
      'options.redis.options.prefix',
      /pass both as options\.prefix, "mine:q"/
    ],
    [{ hashTag: 'yes' }, 'options.hashTag', /true or false.*"yes"/],
    [{ lease: 5 }, 'options.lease', /options\.lease must be an object/],
    [{ lease: { duration: 0 } }, 'options.lease.duration', /100/],
    [{ lease: { duration: 'x' } }, 'options.lease.duration', /"x"/],
    [{ lease: { maxLost: -1 } }, 'options.lease.maxLost', /-1/],
    [{ lease: { maxLost: 1.5 } }, 'options.lease.maxLost', /1\.5/],
    [{ lease: { hungAfter: 'x' } }, 'options.lease.hungAfter', /"x"/],
    [{ lease: { duration: 500, hungAfter: 400 } }, 'options.lease.hungAfter', /from 500/],
    [{ connectTimeout: 0 }, 'options.connectTimeout', /from 1/],
    [{ commandTimeout: Infinity }, 'options.commandTimeout', /Infinity/],
    [{ commandTimeout: 2 ** 31 }, 'options.commandTimeout', /2147483648/],
    [{ promotion: true }, 'options.promotion', /object/],
    [{ promotion: { interval: 0 } }, 'options.promotion.interval', /from 1/],
    [{ promotion: { limit: 'x' } }, 'options.promotion.limit', /"x"/]
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => new rekue(options), refused(argument, says))
      assert.throws(() => rekue.createQueue(options), refused(argument, says))
    })
  }

  // The password would be taken for a part of the path, and repeated as one.
  for (const url of [
    'redis:user:S3CRET@host:6379',
    'redis:/user:S3CRET@host',
    'redis:///user:S3CRET@host:6379/0',
    'rediss:user:S3CRET@h',
    'redis://user:S3C/RET@host',
    'redis://host/S3CRET@',
    'redis://host/#S3CRET@',
    'redis://host?user:S3CRET@host',
    'redis+sentinel://a/user:S3CRET@m',
    'redis+sentinel://a/m/user:S3CRET@b',
    'redis+cluster:user:S3CRET@a',
    'user:S3CRET@host',
    'S3CRET@host'
  ]) {
    it(`refuses ${url}, and does not repeat it`, () => {
      for (const name of /** @type {const} */ (['store', 'redis'])) {
        assert.throws(
          () => rekue.createQueue({ [name]: url }),
          (/** @type {any} */ error) => {
            assert.equal(error.code, 'ERR_INVALID_ARG')
            assert.doesNotMatch(error.message, /S3C|RET|CRET/)
            return true
          }
        )
      }
    })
  }

  for (const url of ['redis://', 'redis:///0', 'redis:/0', 'redis://:p%40%2Fw@h/0?db=1']) {
    it(`takes ${url}`, () => assert.match(check({ redis: url }).native.store, /:6379\/0$/))
  }

  for (const [options, argument, says] of [
    [
      { lease: { durations: 5 } },
      'options.lease.durations',
      /did you mean options\.lease\.duration\?/
    ],
    [
      { promotion: { intervall: 5 } },
      'options.promotion.intervall',
      /options\.promotion\.interval\?/
    ],
    [{ redis: { hots: 'a' } }, 'options.redis.hots', /did you mean options\.redis\.host\?/],
    [{ redis: { passwrod: 'a' } }, 'options.redis.passwrod', /options\.redis\.password\?/]
  ]) {
    it(`refuses a slip inside: ${JSON.stringify(options)}`, () => {
      assert.throws(() => new rekue(options), refused(argument, says))
    })
  }

  it('takes empty texts of an address for unset variables, as Kue does', async () => {
    const redis = { host: '', port: '', db: '', auth: '', socket: '', options: '' }
    for (const unset of [redis, { port: NaN, db: NaN, createClientFactory: null }, false, '']) {
      const queue = new rekue({
        redis: unset,
        prefix: '',
        name: '',
        connectTimeout: 50,
        commandTimeout: 50
      })
      queue.on('error', () => {})
      assert.equal(queue.prefix, 'q')
      await queue.close()
    }
  })

  it('finds database and password of a Redis where Kue does', () => {
    const store = (redis) => check({ redis }).native.store
    // Kue selects its own behind that of the client's options.
    assert.equal(store({ options: { db: 3 } }), 'redis://127.0.0.1:6379/0')
    assert.equal(store({ db: 2, options: { db: 3 } }), 'redis://127.0.0.1:6379/2')
    assert.equal(store('redis://h?password=a%2Fb&db=4'), 'redis://:a%2Fb@h:6379/4')
    assert.equal(store('redis://h/?auth_pass=s'), 'redis://:s@h:6379/0')
    assert.equal(store('redis://s3cret@h'), 'redis://:s3cret@h:6379/0')
    assert.equal(store('redis://kim:s@h/1?password=other'), 'redis://kim:s@h:6379/1')
  })

  describe('of a client in the place of an address', () => {
    /** A client that is not there for long, and finds nobody. @param {any} redis @param {any[]} args */
    const storeOf = (redis, ...args) => {
      const client = redis.createClient(...args)
      client.on('error', () => {})
      try {
        return check({ redis: client }).native.store
      } finally {
        client.end(false)
      }
    }

    for (const [name, redis] of Object.entries(CLIENTS)) {
      it(`take its address: ${name}`, () => {
        assert.equal(storeOf(redis, 1, 'localhost'), 'redis://localhost:1/0')
        assert.equal(storeOf(redis, 'redis://:a%2Fb@127.0.0.1:1/3'), 'redis://:a%2Fb@127.0.0.1:1/3')
        assert.equal(storeOf(redis, { port: 1, db: 2, auth_pass: 's' }), 'redis://:s@127.0.0.1:1/2')
        assert.equal(storeOf(redis, { port: 1, tls: {} }), 'rediss://127.0.0.1:1/0')
        assert.match(storeOf(redis, '/nowhere.sock'), /^redis\+unix:\/\/\/nowhere\.sock\?db=0$/)
        const prefixed = { port: 1, prefix: 'mine:' }
        assert.throws(() => storeOf(redis, prefixed), { code: 'ERR_INVALID_ARG' })
      })
    }

    it('take that of ioredis, which has it among its options', () => {
      const options = { host: 'h', port: 7, path: null, db: 1, username: 'kim', password: 's' }
      const { native } = check({ redis: { sendCommand() {}, options } })
      assert.equal(native.store, 'redis://kim:s@h:7/1')
    })

    it('are nothing where the store is named', () => {
      const options = { store: 'redis://h', redis: { sendCommand() {} } }
      assert.equal(check(options).native.store, 'redis://h:6379/0')
    })
  })

  it('refuses a factory that was put in the place of that of rekue.redis', () => {
    const { createClientFactory } = rekue.redis
    rekue.redis.createClientFactory = () => {}
    try {
      const told = refused('rekue.redis.createClientFactory', /cannot be used.*options\.store/)
      assert.throws(() => new rekue({ store: 'sqlite::memory:' }), told)
    } finally {
      rekue.redis.createClientFactory = createClientFactory
    }
  })

  it('leaves what is an option of a client to the client', () => {
    const redis = { family: 4, path: '', no_ready_check: true, retry_strategy() {}, url: undefined }
    assert.equal(check({ redis }).native.store, 'redis://127.0.0.1:6379/0')
  })

  const HALF = '\ud800 secret'
  for (const [key, redis] of /** @type {[string, (value: any) => any][]} */ ([
    ['auth', (auth) => ({ auth })],
    ['auth', (auth) => ({ auth, socket: '/a.sock' })],
    ['password', (password) => ({ password })],
    ['username', (username) => ({ username, auth: 'x' })],
    ['options.auth_pass', (auth_pass) => ({ options: { auth_pass } })],
    ['options.password', (password) => ({ options: { password } })],
    ['options.user', (user) => ({ auth: 'x', options: { user } })],
    ['socket', (socket) => ({ socket })]
  ])) {
    it(`refuses what is no text as options.redis.${key}, and does not repeat it`, () => {
      for (const value of [
        HALF,
        Symbol('secret'),
        { secret: 1 },
        ['secret'],
        true,
        Object.create(null)
      ]) {
        assert.throws(
          () => check({ redis: redis(value) }),
          (/** @type {any} */ error) => {
            assert.equal(error.code, 'ERR_INVALID_ARG')
            assert.equal(error.argument, `options.redis.${key}`)
            assert.ok(error.message.startsWith(`options.redis.${key} must be`), error.message)
            assert.doesNotMatch(error.message, /secret/)
            return true
          }
        )
      }
    })
  }

  it('takes a password that is a number', () => {
    assert.equal(check({ redis: { auth: 123 } }).native.store, 'redis://:123@127.0.0.1:6379/0')
  })

  it('leaves short names to others, which they are not slips of', async () => {
    const others = { restore: false, node: 1, time: 2 }
    const queue = new rekue({ store: 'sqlite::memory:', ...others })
    await queue.close()
  })

  it('never repeats a password', () => {
    for (const options of [
      { store: 'http://kim:secret@host' },
      { store: 'redis://kim:secret@host/name' },
      { store: 'redis://kim:secret@ho st' },
      { redis: 'ftp://kim:secret@host' },
      { store: 'redis+sentinel://kim:secret@host' },
      { store: 'redis+sentinel://host/m?sentinelPasswd=secret' },
      { store: 'redis+cluster://kim:secret@ho st' }
    ]) {
      assert.throws(
        () => new rekue(options),
        (error) => error.code === 'ERR_INVALID_ARG' && !error.message.includes('secret')
      )
    }
  })

  describe('of TLS', () => {
    const secret = 'c2VjcmV0'
    const key = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`
    const cert = key.replaceAll('PRIVATE KEY', 'CERTIFICATE')

    for (const [tls, option, says] of [
      [5, '', /must be true or an object \{ ca, cert, key/],
      [key, '', /must be true or an object/],
      [Buffer.from(key), '', /must be true or an object/],
      [[key], '', /must be true or an object/],
      [{ ca: 5 }, '.ca', /must be PEM, as a string or a Buffer, or an array/],
      [{ ca: [] }, '.ca', /must be PEM/],
      [{ ca: [cert, {}] }, '.ca', /must be PEM/],
      [{ ca: secret }, '.ca', /must be certificates in PEM/],
      [{ ca: cert }, '.ca', /./],
      [{ ca: cert.slice(0, 30) }, '.ca', /must be certificates in PEM/],
      [{ cert, key: [key] }, '.key', /must be PEM, as a string or a Buffer$/],
      [{ cert, key: secret }, '.key', /must be a private key in PEM/],
      [{ cert, key: key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE') }, '.key', /not encrypted/],
      [{ cert, key: `-----BEGIN ${secret}` }, '.key', /must be a private key in PEM/],
      [{ cert: '', key }, '.cert', /is missing.*\.key/],
      [{ cert: secret, key }, '.cert', /must be certificates in PEM/],
      [{ cert }, '.key', /is missing.*\.cert/],
      [{ cert, key }, '.key', /is of no use|is not the key/],
      [{ pfx: Buffer.from(secret) }, '.pfx', /cannot be used/],
      [{ passphrase: secret }, '.passphrase', /cannot be used/],
      [{ servername: 5 }, '.servername', /non-empty string/],
      [{ servername: 'a b' }, '.servername', /name of a host/],
      [{ serverName: 'a' }, '.serverName', /did you mean .*\.servername/],
      [
        { checkServerIdentity: () => undefined },
        '.checkServerIdentity',
        /cannot be used.*servername/
      ],
      [{ constructor: 5 }, '.constructor', /cannot be used/],
      [{ valueOf: true }, '.valueOf', /cannot be used/],
      [{ toString: 'x' }, '.toString', /cannot be used/],
      [{ minVersion: Symbol('x') }, '.minVersion', /cannot be used/],
      [{ minVersion: Object.create(null) }, '.minVersion', /cannot be used/],
      [{ minVersion: 'TLSv1.3' }, '.minVersion', /cannot be used: TLS 1\.2 and 1\.3 are spoken/],
      [{ maxVersion: 'TLSv1.2' }, '.maxVersion', /cannot be used/],
      [{ crl: cert }, '.crl', /cannot be used/],
      [{ ciphers: 'HIGH' }, '.ciphers', /cannot be used/],
      [{ secureContext: {} }, '.secureContext', /cannot be used/],
      [{ ecdhCurve: 'P-521' }, '.ecdhCurve', /cannot be used/],
      [{ ALPNProtocols: ['redis'] }, '.ALPNProtocols', /cannot be used/],
      [{ pinned: secret }, '.pinned', /cannot be used/],
      [Object.create({ crl: cert }), '.crl', /cannot be used/],
      [{ rejectUnauthorized: 'no' }, '.rejectUnauthorized', /true or false/]
    ]) {
      for (const [place, options] of Object.entries({
        'options.tls': { store: 'rediss://127.0.0.1:1', tls },
        'options.redis.tls': { redis: { port: 1, tls } },
        'options.redis.options.tls': { redis: { port: 1, options: { tls } } }
      })) {
        const argument = place + option
        it(`${argument} refuses ${inspect(tls).slice(0, 60)}`, () => {
          assert.throws(
            () => rekue.createQueue(options),
            (/** @type {any} */ error) => {
              assert.equal(error.code, 'ERR_INVALID_ARG')
              assert.equal(error.argument, argument)
              assert.ok(error.message.startsWith(argument), error.message)
              assert.match(error.message, says)
              assert.ok(!error.stack.includes(secret), error.message)
              return true
            }
          )
        })
      }
    }

    for (const store of ['rediss+sentinel://a/m', 'rediss+cluster://a']) {
      it(`are looked at for ${store.split(':')[0]} too`, () => {
        const message = /^options\.tls\.crl cannot be used/
        assert.throws(() => check({ store, tls: { crl: cert } }), {
          code: 'ERR_INVALID_ARG',
          message
        })
      })
    }

    it('take what demands no more than is done', () => {
      const tls = {
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.3',
        host: 'elsewhere',
        enableTrace: true,
        requestCert: true,
        agent: false,
        crl: undefined,
        pfx: null,
        passphrase: ''
      }
      assert.deepEqual(check({ store: 'rediss://a', tls }).tls, {})
    })

    for (const store of ['redis://a', 'redis+sentinel://a/m', 'sqlite::memory:', undefined]) {
      const redis = store && { tls: {} }
      const tls = store ? {} : undefined
      it(`go with a store that is encrypted, which ${store} is not`, () => {
        if (store) {
          assert.throws(
            () => check({ store, tls }),
            refused('options.tls', /rediss:\/\/, rediss\+sentinel/)
          )
        }
        // Those of `redis` are of another store.
        assert.equal(check({ store, redis }).native.tls, undefined)
      })
    }

    it('ask for TLS where the address is given as parts', () => {
      assert.equal(check({ redis: { host: 'a' }, tls: {} }).native.store, 'rediss://a:6379/0')
      assert.equal(check({ redis: { host: 'a', tls: true } }).native.store, 'rediss://a:6379/0')
      for (const tls of [false, null, undefined, '']) {
        assert.equal(check({ redis: { host: 'a', tls } }).native.store, 'redis://a:6379/0')
      }
    })
  })
})
