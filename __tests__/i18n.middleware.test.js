'use strict'

const assert = require('node:assert/strict')
const net = require('node:net')
const { I18n } = require('rekue/i18n')
const { withCatalogs } = require('../test-support/catalogs')
const { request, serving } = require('../test-support/http')

const EXPRESS = { 'Express 4': require('express4'), 'Express 5': require('express') }

const CATALOGS = {
  en: 'hi = Hello { $name }\nat = { DATETIME($d, timeStyle: "short", hourCycle: "h23") }',
  fr: 'hi = Bonjour { $name }',
  ar: 'hi = مرحبا { $name }'
}

for (const [label, express] of Object.entries(EXPRESS)) {
  describe(`the i18n middleware on ${label}`, () => {
    /**
     * @param {object | undefined} options
     * @param {(get: (path: string, headers?: Record<string, string>) => ReturnType<typeof request>) => Promise<void>} use
     * @param {(app: any) => void} [before] what stands before it
     */
    function withApp(options, use, before = () => {}) {
      return withCatalogs(CATALOGS, async (dir) => {
        const i18n = await I18n.load({ dir })
        const app = express()
        before(app)
        app.use(i18n.middleware(options))
        app.use((req, res) => {
          assert.equal(res.locals.t, req.t)
          assert.equal(res.locals.locale, req.locale)
          assert.equal(res.locals.timeZone, req.timeZone)
          const at = req.t('at', { d: new Date(0) })
          res.json({ locale: req.locale, zone: req.timeZone, hi: req.t('hi', { name: 'Kim' }), at })
        })
        app.use((error, _req, res, _next) => res.status(500).json({ message: error.message }))
        await serving(app, (port) => use((path, headers) => request(port, path, { headers })))
      })
    }

    it('gives each request its locale, zone and t, and tells caches', () =>
      withApp(undefined, async (get) => {
        const plain = await get('/')
        assert.deepEqual(plain.body, { locale: 'en', zone: 'UTC', hi: 'Hello Kim', at: '00:00' })
        assert.equal(plain.headers['content-language'], 'en')
        assert.equal(plain.headers.vary, 'Accept-Language')
        const french = await get('/x?a=b&locale=fr&timezone=Asia/Kolkata', {
          'accept-language': 'en'
        })
        assert.deepEqual(french.body, {
          locale: 'fr',
          zone: 'Asia/Kolkata',
          hi: 'Bonjour Kim',
          at: '05:30'
        })
        assert.equal(french.headers['content-language'], 'fr')
        assert.equal(french.headers.vary, 'Accept-Language')
        const header = await get('/', { 'accept-language': 'de, ar;q=0.5' })
        assert.equal(header.body.hi, 'مرحبا \u2068Kim\u2069')
      }))

    it('keeps what others put into Vary', () =>
      withApp(
        undefined,
        async (get) => {
          assert.equal((await get('/one')).headers.vary, 'Origin, Accept-Language')
          assert.equal((await get('/has')).headers.vary, 'accept-language')
          assert.equal((await get('/star')).headers.vary, '*')
        },
        (app) => {
          const put = (vary) => (_req, res, next) => {
            res.setHeader('Vary', vary)
            next()
          }
          app.use('/one', put('Origin'))
          app.use('/has', put('accept-language'))
          app.use('/star', put('*'))
        }
      ))

    it('asks who the user is, at once or later, and passes failures on', async () => {
      const users = {
        1: { locale: 'fr', timezone: 'Europe/Paris' },
        3: { locale: 'kg', timezone: 'Vulcan' }
      }
      const find = (req) => users[new URL(req.url, 'http://x').searchParams.get('as') ?? ''] ?? null
      for (const user of [find, async (req) => find(req)]) {
        await withApp({ user }, async (get) => {
          const { locale, zone } = (await get('/?as=1', { 'accept-language': 'en' })).body
          assert.deepEqual([locale, zone], ['fr', 'Europe/Paris'])
          assert.equal((await get('/?as=1&locale=ar')).body.locale, 'ar')
          assert.equal((await get('/?as=3', { 'accept-language': 'fr' })).body.locale, 'fr')
          assert.equal((await get('/?as=3')).body.zone, 'UTC')
          assert.equal((await get('/?as=9')).body.locale, 'en')
        })
      }
      const failing = [
        () => {
          throw new Error('no session')
        },
        async () => {
          throw new Error('no session')
        }
      ]
      for (const user of failing) {
        await withApp({ user }, async (get) => {
          const { status, body } = await get('/')
          assert.deepEqual([status, body.message], [500, 'no session'])
        })
      }
    })

    it('goes on to nobody where who asks cannot be told, even without a reason', async () => {
      const reasonless = [
        () => {
          throw undefined
        },
        () => Promise.reject()
      ]
      for (const user of reasonless) {
        await withApp({ user }, async (get) => {
          const { status, body } = await get('/')
          assert.deepEqual([status, body.message], [500, 'user failed without saying why'])
        })
      }
    })

    it('reads other parameters, a cookie and the path where it is told to', () =>
      withApp(
        { queryParam: 'lang', timezoneParam: 'tz', cookie: 'lng', path: true },
        async (get) => {
          const of = async (path, headers) => (await get(path, headers)).body.locale
          assert.equal(await of('/?locale=fr'), 'en')
          assert.equal(await of('/?lang=fr'), 'fr')
          assert.equal(await of('/fr'), 'fr')
          assert.equal(await of('/fr/page?x=1'), 'fr')
          assert.equal(await of('/fr?lang=ar'), 'ar')
          assert.equal(await of('/fr?lang=xx'), 'fr')
          assert.equal(await of('/french'), 'en')
          assert.equal(await of('/', { cookie: 'a=b; lng=fr; c=d' }), 'fr')
          assert.equal(await of('/', { cookie: 'lng="fr"', 'accept-language': 'ar' }), 'fr')
          assert.equal(await of('/ar/', { cookie: 'lng=fr' }), 'ar')
          assert.equal(await of('/', { cookie: 'xlng=fr; lng=', 'accept-language': 'ar' }), 'ar')
          const { headers, body } = await get('/?tz=Asia/Tokyo')
          assert.equal(headers.vary, 'Accept-Language, Cookie')
          assert.equal(body.zone, 'Asia/Tokyo')
        }
      ))

    it('never gives back what it was sent: paths, prototypes, line breaks, lists', () =>
      withApp({ cookie: 'lng', path: true }, async (get) => {
        const evil = [
          '../../../etc/passwd',
          '..%2f..%2fen',
          'en/../fr',
          '__proto__',
          'constructor',
          'toString',
          'en%0d%0aSet-Cookie:%20a=b',
          'en%0aX-Evil:%201',
          'fr%00',
          'en-US-x-<script>',
          '%',
          '%ff',
          'FR',
          '+fr'
        ]
        for (const value of evil) {
          for (const path of [
            `/?locale=${value}`,
            `/?locale[]=${value}`,
            `/?locale[__proto__]=${value}`,
            `/?locale=${value}&locale=fr`,
            `/?timezone=${value}`,
            `/?__proto__[locale]=fr&constructor[prototype][locale]=fr&x=${value}`
          ].map((each) => each.replace(/[<> ]/g, encodeURIComponent))) {
            // As a header, FR would be fr.
            const header = /^fr$/i.test(value) ? {} : { 'accept-language': value }
            const headers = { cookie: `lng=${value}`, ...header }
            const res = await get(path, headers)
            assert.equal(res.status, 200, path)
            assert.equal(res.headers['content-language'], 'en', path)
            assert.deepEqual([res.body.locale, res.body.zone], ['en', 'UTC'], path)
            assert.equal(res.headers['set-cookie'], undefined)
            assert.equal(res.headers['x-evil'], undefined)
          }
        }
        assert.equal(/** @type {any} */ ({}).locale, undefined)
        // The first of several counts.
        assert.equal((await get('/?locale=fr&locale=en')).body.locale, 'fr')
      }))

    it('shares nothing between requests that run at the same time', () => {
      let release = () => {}
      const gate = new Promise((resolve) => (release = () => resolve(undefined)))
      let waiting = 0
      const user = async (req) => {
        if (++waiting === 30) release()
        await gate
        return { locale: /** @type {any} */ (req).headers['x-user'], timezone: 'Asia/Tokyo' }
      }
      return withApp({ user }, async (get) => {
        const locales = Array.from({ length: 30 }, (_, at) => ['en', 'fr', 'ar'][at % 3])
        const all = await Promise.all(locales.map((locale) => get('/', { 'x-user': locale })))
        assert.deepEqual(
          all.map((res) => [res.body.locale, res.headers['content-language']]),
          locales.map((locale) => [locale, locale])
        )
      })
    })

    it('escapes for HTML on request', () =>
      withCatalogs(CATALOGS, async (dir) => {
        const i18n = await I18n.load({ dir })
        const app = express()
        app.use(i18n.middleware({ escape: 'html' }))
        app.use((req, res) => res.send(req.t('hi', { name: '<b>' })))
        await serving(app, async (port) => {
          assert.equal((await request(port, '/')).text, 'Hello &lt;b&gt;')
        })
      }))
  })
}

describe('the i18n middleware', () => {
  it('works on a plain server too', () =>
    withCatalogs(CATALOGS, async (dir) => {
      const i18n = await I18n.load({ dir })
      const handle = i18n.middleware()
      const server = (req, res) =>
        handle(req, res, (error) => res.end(error ? 'error' : req.t('hi', { name: 'Kim' })))
      await serving(server, async (port) => {
        const res = await request(port, '/?locale=fr')
        assert.deepEqual([res.text, res.headers['content-language']], ['Bonjour Kim', 'fr'])
      })
    }))

  it('bears bytes that are no header of a browser', () =>
    withCatalogs(CATALOGS, async (dir) => {
      const i18n = await I18n.load({ dir })
      const handle = i18n.middleware({ cookie: 'lng' })
      const server = (req, res) => handle(req, res, () => res.end(req.locale))
      await serving(server, async (port) => {
        const socket = net.connect(port, '127.0.0.1')
        const lines = [
          'GET /?locale=\xff\xfe HTTP/1.1',
          'Host: x',
          'Accept-Language: \xe9\xff,fr;q=0.5'
        ]
        socket.write(Buffer.from([...lines, 'Connection: close', '', ''].join('\r\n'), 'latin1'))
        let answer = ''
        for await (const chunk of socket) answer += chunk
        // Node itself refuses the address, or the header's other range counts.
        assert.match(answer, /^HTTP\/1\.1 (400|200)/)
        if (answer.includes(' 200 ')) assert.match(answer, /Content-Language: fr/)
      })
    }))

  it('refuses options that are none', () =>
    withCatalogs(CATALOGS, async (dir) => {
      const i18n = await I18n.load({ dir })
      const refused = (options) =>
        assert.throws(() => i18n.middleware(/** @type {any} */ (options)), {
          code: 'ERR_INVALID_ARG'
        })
      for (const options of [
        7,
        { queryparam: 'x' },
        { queryParam: 7 },
        { timezoneParam: null },
        { user: {} },
        { cookie: true },
        { path: 'yes' },
        { escape: true }
      ]) {
        refused(options)
      }
    }))

  it('takes no address for a defect, though the rest is strict', () =>
    withCatalogs(CATALOGS, async (dir) => {
      const i18n = await I18n.load({ dir, strict: true })
      const handle = i18n.middleware()
      const server = (req, res) =>
        handle(req, res, (error) => res.end(error ? error.code : `${req.locale} ${req.timeZone}`))
      await serving(server, async (port) => {
        assert.equal((await request(port, '/?locale=xx&timezone=Vulcan')).text, 'en UTC')
        assert.equal((await request(port, '/?locale=fr')).text, 'fr UTC')
      })
      assert.throws(() => i18n.resolve({ urlTimezone: 'Vulcan' }), { code: 'ERR_INVALID_TIMEZONE' })
    }))

  it('leaves a response alone whose head is sent', () =>
    withCatalogs(CATALOGS, async (dir) => {
      const i18n = await I18n.load({ dir })
      const handle = i18n.middleware()
      await serving(
        (req, res) => {
          res.writeHead(200)
          res.write('head')
          handle(req, res, (error) => res.end(error ? ' error' : ` ${req.locale}`))
        },
        async (port) => assert.equal((await request(port, '/')).text, 'head en')
      )
    }))
})
