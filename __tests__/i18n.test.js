'use strict'

const assert = require('node:assert/strict')
const vm = require('node:vm')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { I18n } = require('rekue/i18n')
const { withCatalogs } = require('../test-support/catalogs')

const [FSI, PDI] = ['\u2068', '\u2069']

/**
 * @template T
 * @param {import('../test-support/catalogs').Catalogs} catalogs
 * @param {object} options
 * @param {(i18n: I18n) => T | Promise<T>} use
 */
const using = (catalogs, options, use) =>
  withCatalogs(catalogs, async (dir) => use(await I18n.load({ dir, ...options })))

/** A time of day as this Node writes it: which space stands before AM depends on its version. */
const clock = (hours, minutes = 0) =>
  new Intl.DateTimeFormat('en', { timeStyle: 'short', timeZone: 'UTC' }).format(
    Date.UTC(2024, 0, 1, hours, minutes)
  )

const code =
  (wanted, pattern = /./) =>
  (error) =>
    error instanceof Error && error.code === wanted && pattern.test(error.message)

describe('I18n.load', () => {
  it('reads every folder that is named like a locale and has catalogs', () =>
    using(
      {
        fr: 'a = x',
        en: {
          'one.ftl': 'a = one',
          'two.ftl': 'b = two',
          'notes.txt': 'c = none',
          '.x.ftl': 'd = 1'
        },
        'zh-Hant-TW': 'a = x',
        node_modules: 'a = x',
        en_US: 'a = x',
        de: { 'notes.txt': '' }
      },
      {},
      (i18n) => {
        assert.deepEqual(i18n.locales, ['en', 'fr', 'zh-Hant-TW'])
        assert.equal(i18n.defaultLocale, 'en')
        assert.equal(i18n.defaultTimeZone, 'UTC')
        assert.deepEqual(i18n.tMany('en', ['a', 'b', 'c', 'd']), ['one', 'two', 'c', 'd'])
        i18n.locales.push('xx')
        assert.equal(i18n.locales.length, 3)
      }
    ))

  it('takes a file: URL, and reads only the locales that are wanted, in their order', () =>
    withCatalogs({ en: 'a = x', fr: 'a = y', es: 'a = z' }, async (dir) => {
      const i18n = await I18n.load({ dir: pathToFileURL(dir), locales: ['fr', 'en'] })
      assert.deepEqual(i18n.locales, ['fr', 'en'])
      assert.equal(i18n.t('es', 'a'), 'x')
    }))

  it('refuses what it cannot use, with the way out', () =>
    withCatalogs({ fr: 'a = x' }, async (dir) => {
      const refused = (options, ...wanted) =>
        assert.rejects(I18n.load(/** @type {any} */ (options)), code(...wanted))
      await refused(undefined, 'ERR_INVALID_ARG', /^dir must be/)
      await refused('locales', 'ERR_INVALID_ARG', /^options must be/)
      await refused({ dir: 7 }, 'ERR_INVALID_ARG', /number 7/)
      await refused({ dir: new URL('https://example.com/') }, 'ERR_INVALID_ARG', /^dir/)
      await refused({ dir: 'a\0b' }, 'ERR_INVALID_ARG', /^dir/)
      await refused({ dir: new URL('file:///a%2Fb') }, 'ERR_INVALID_ARG', /^dir/)
      await refused({ dir, locales: new Array(1) }, 'ERR_INVALID_ARG', /^locales/)
      await refused({ dir: path.join(dir, 'nowhere') }, 'ERR_INVALID_ARG', /nowhere cannot be read/)
      await refused({ dir, defaultlocale: 'fr' }, 'ERR_INVALID_ARG', /defaultlocale.*there are dir/)
      await refused({ dir }, 'ERR_UNSUPPORTED_LOCALE', /"en".*: fr\)/)
      await refused({ dir, defaultLocale: 1 }, 'ERR_INVALID_ARG', /^defaultLocale/)
      await refused(
        { dir, defaultLocale: 'fr', locales: ['fr', 'de'] },
        'ERR_UNSUPPORTED_LOCALE',
        /"de"/
      )
      await refused({ dir, defaultLocale: 'fr', locales: ['../fr'] }, 'ERR_UNSUPPORTED_LOCALE')
      await refused({ dir, defaultLocale: 'fr', locales: [] }, 'ERR_INVALID_ARG', /^locales/)
      await refused({ dir, defaultLocale: 'fr', locales: ['fr', 'fr'] }, 'ERR_INVALID_ARG', /repet/)
      await refused(
        { dir, defaultLocale: 'fr', defaultTimeZone: 'Vulcan' },
        'ERR_INVALID_TIMEZONE',
        /Vulcan/
      )
      await refused({ dir, defaultLocale: 'fr', isolating: 'yes' }, 'ERR_INVALID_ARG', /^isolating/)
      await refused({ dir, defaultLocale: 'fr', escape: 'xml' }, 'ERR_INVALID_ARG', /^escape/)
      await withCatalogs({ 'fr-CA': 'a = x', 'fr-ca': 'a = y' }, (twice) =>
        refused({ dir: twice, defaultLocale: 'fr-CA' }, 'ERR_INVALID_ARG', /fr-CA and fr-ca/)
      )
      await refused(
        { dir: '/no\u0001\u0001folder', defaultLocale: 'fr' },
        'ERR_INVALID_ARG',
        /no\\u0001\\u0001folder/
      )
      await refused({ dir, defaultLocale: 'fr', strict: 1 }, 'ERR_INVALID_ARG', /^strict/)
      await refused({ dir, defaultLocale: 'fr', watch: 1 }, 'ERR_INVALID_ARG', /^watch/)
      await refused({ dir, defaultLocale: 'fr', onError: true }, 'ERR_INVALID_ARG', /^onError/)
      assert.throws(() => new /** @type {any} */ (I18n)(), code('ERR_INVALID_ARG', /I18n\.load/))
    }))

  const BROKEN = { en: { 'a.ftl': 'good = yes\n\nbad = { $x\nlast = yes', 'b.ftl': 'more = x' } }

  it('leaves out what cannot be parsed, and says where it is', async () => {
    const heard = []
    await using(BROKEN, { onError: (error) => heard.push(error) }, (i18n) => {
      assert.deepEqual(i18n.tMany('en', ['good', 'bad', 'last', 'more']), [
        'yes',
        'bad',
        'yes',
        'x'
      ])
    })
    const [{ code, file, line, message }] = heard
    assert.deepEqual([code, file, line], ['ERR_FTL', 'en/a.ftl', 4])
    assert.match(message, /^en\/a\.ftl:4:1: /)
  })

  it('warns of it where nobody listens', async () => {
    const warned = new Promise((resolve) => {
      const hear = (warning) => {
        if (warning.code !== 'ERR_FTL') return
        process.off('warning', hear)
        resolve(warning)
      }
      process.on('warning', hear)
    })
    await using({ en: 'only here = nothing' }, {}, () => {})
    const warning = await warned
    assert.equal(warning.name, 'RekueWarning')
    assert.match(warning.message, /^en\/main\.ftl:1:6: /)
  })

  it('is refused by strict, and always where a file is no text', async () => {
    await withCatalogs(BROKEN, async (dir) => {
      await assert.rejects(I18n.load({ dir, strict: true }), (error) => {
        assert.deepEqual([error.code, error.file, error.line], ['ERR_FTL', 'en/a.ftl', 4])
        return true
      })
    })
    const bytes = Buffer.concat([Buffer.from('a = b\né'), Buffer.from([0xff, 0xfe])])
    await withCatalogs({ en: { 'a.ftl': bytes } }, async (dir) => {
      await assert.rejects(I18n.load({ dir }), (error) => {
        assert.deepEqual(
          [error.code, error.file, error.line, error.column],
          ['ERR_FTL', 'en/a.ftl', 2, 2]
        )
        return true
      })
    })
  })
})

describe('t', () => {
  it('goes along the chain, then gives the id', () =>
    using(
      {
        'fr-CA': 'a = fr-CA\n    .title = fr-CA title\nonly =\n    .title = x',
        fr: 'a = fr\nb = fr { $n }\nonly = fr',
        en: 'a = en\nb = en\nc = en { $n }',
        'zh-Hant': 'a = hant',
        zh: 'b = zh'
      },
      {},
      (i18n) => {
        const all = (locale) => i18n.tMany(locale, ['a', ['b', { n: 1.5 }], ['c', { n: 1.5 }], 'd'])
        assert.deepEqual(all('fr-CA'), ['fr-CA', 'fr 1,5', 'en 1.5', 'd'])
        assert.deepEqual(all('fr'), ['fr', 'fr 1,5', 'en 1.5', 'd'])
        assert.deepEqual(all('fr-BE'), ['fr', 'fr 1,5', 'en 1.5', 'd'])
        assert.deepEqual(all('FR-ca'), ['fr-CA', 'fr 1,5', 'en 1.5', 'd'])
        assert.deepEqual(all('zh-Hant-TW'), ['hant', 'zh', 'en 1.5', 'd'])
        for (const none of ['', 'de', '-', '../..', '__proto__', 'constructor', 'x'.repeat(1e6)]) {
          assert.deepEqual(all(none), ['en', 'en', 'en 1.5', 'd'], none.slice(0, 20))
        }
        assert.equal(i18n.t('fr-CA', 'a.title'), 'fr-CA title')
        assert.equal(i18n.t('fr', 'a.title'), 'a.title')
        assert.equal(i18n.t('fr-CA', 'only'), 'fr')
        assert.equal(i18n.t('en', '-term'), '-term')
        assert.ok(i18n.has('fr-CA', 'c') && i18n.has('fr-CA', 'only.title'))
        assert.ok(!i18n.has('fr-CA', 'd') && !i18n.has('en', 'only'))
      }
    ))

  it('refuses what is no locale, id or list', () =>
    using({ en: 'a = x' }, {}, (i18n) => {
      const any = /** @type {any} */ (i18n)
      for (const wrong of [undefined, null, 7, {}, ['en']]) {
        assert.throws(() => any.t(wrong, 'a'), code('ERR_INVALID_ARG', /^locale/))
        assert.throws(() => any.translator(wrong), code('ERR_INVALID_ARG', /^locale/))
        assert.throws(() => any.t('en', wrong), code('ERR_INVALID_ARG', /^id/))
        assert.throws(
          () => any.tMany('en', [wrong === 7 ? 7 : [wrong]]),
          code('ERR_INVALID_ARG', /^id/)
        )
        assert.throws(() => any.has('en', wrong), code('ERR_INVALID_ARG', /^id/))
      }
      assert.throws(() => any.tMany('en', 'a'), code('ERR_INVALID_ARG', /^ids/))
      assert.throws(() => any.t('en', 'a', {}, 'UTC'), code('ERR_INVALID_ARG', /^options/))
      assert.throws(
        () => any.t('en', 'a', {}, { timezone: 'UTC' }),
        code('ERR_INVALID_ARG', /timeZone/)
      )
    }))

  it('shows what is not there by name, and hides no other part', () =>
    using(
      { en: 'a = Hi { $who }, { $n } { missing } { -term } { NUMBER($n) } { FOO() }' },
      {},
      (i18n) => {
        assert.equal(
          i18n.t('en', 'a', { who: 'Kim' }),
          'Hi Kim, {$n} {missing} {-term} {NUMBER($n)} {FOO()}'
        )
        for (const args of [undefined, null, 5, 'text', [], () => {}]) {
          const text = i18n.t('en', 'a', /** @type {any} */ (args))
          assert.equal(text, 'Hi {$who}, {$n} {missing} {-term} {NUMBER($n)} {FOO()}')
        }
      }
    ))

  it('takes own properties only, and survives those that throw', () =>
    using({ en: 'a = { $constructor } { $toString } { $n }' }, {}, (i18n) => {
      const throwing = {
        get n() {
          throw new Error('never')
        }
      }
      assert.equal(i18n.t('en', 'a', throwing), '{$constructor} {$toString} {$n}')
      const own = JSON.parse('{"__proto__": {"n": 1}, "constructor": "c", "toString": "t"}')
      assert.equal(i18n.t('en', 'a', own), 'c t {$n}')
      const proxy = new Proxy(
        {},
        {
          getOwnPropertyDescriptor() {
            throw new Error('never')
          }
        }
      )
      assert.equal(i18n.t('en', 'a', proxy), '{$constructor} {$toString} {$n}')
      const { proxy: revoked, revoke } = Proxy.revocable({}, {})
      revoke()
      assert.equal(i18n.t('en', 'a', revoked), '{$constructor} {$toString} {$n}')
    }))

  it('matches exact numbers beside plural categories', () =>
    using(
      {
        en: [
          'exact = { NUMBER($n, minimumFractionDigits: 2) ->',
          '    [0] none',
          '    [one] one',
          '   *[other] { NUMBER($n, minimumFractionDigits: 2) }',
          ' }',
          'place = { NUMBER($n, type: "ordinal") ->',
          '    [one] { $n }st',
          '    [two] { $n }nd',
          '    [few] { $n }rd',
          '   *[other] { $n }th',
          ' }',
          'text = { $n ->',
          '    [1] number',
          '   *[one] by default',
          ' }'
        ].join('\n')
      },
      {},
      (i18n) => {
        assert.deepEqual(
          [0, -0, 1, 2, 0.5].map((n) => i18n.t('en', 'exact', { n })),
          ['none', 'none', '1.00', '2.00', '0.50']
        )
        assert.deepEqual(
          [1, 2, 3, 11, 21].map((n) => i18n.t('en', 'place', { n })),
          ['1st', '2nd', '3rd', '11th', '21st']
        )
        assert.equal(i18n.t('en', 'text', { n: 1 }), 'number')
        assert.equal(i18n.t('en', 'text', { n: '1' }), 'by default')
      }
    ))

  it('gives terms the arguments that the message names, and no others', () =>
    using(
      {
        en: [
          '-brand = { $case ->',
          '    [genitive] Rekue’s',
          '   *[nominative] Rekue',
          ' }',
          '    .kind = library',
          '-outer = ({ -brand(case: "genitive") } { $case } { $user })',
          'a = { -brand } { -brand(case: "genitive") } { $case }',
          'b = { -outer(case: "mine") }',
          'c = { -brand.kind ->',
          '    [library] It',
          '   *[person] She',
          ' } runs'
        ].join('\n')
      },
      {},
      (i18n) => {
        assert.equal(i18n.t('en', 'a', { case: 'genitive' }), 'Rekue Rekue’s genitive')
        assert.equal(i18n.t('en', 'b', { user: 'Kim' }), '(Rekue’s mine {$user})')
        assert.equal(i18n.t('en', 'c'), 'It runs')
      }
    ))

  it('passes every option on to Intl, and over what Intl refuses', () =>
    using(
      {
        en: [
          'cur = { NUMBER($n, style: "currency", currency: "EUR", currencyDisplay: "name") }',
          'pct = { NUMBER($n, style: "percent", maximumFractionDigits: 1) }',
          'unit = { NUMBER($n, style: "unit", unit: "liter", unitDisplay: "long") }',
          'big = { NUMBER($n, notation: "compact") }',
          'flag = { NUMBER($n, useGrouping: "false") }',
          'nonsense = { NUMBER($n, style: "nonsense") }',
          'day = { DATETIME($d, weekday: "long", timeZone: "Asia/Tokyo") }',
          'half = { DATETIME($d, timeStyle: "short", hour12: "false") }',
          'nozone = { DATETIME($d, timeZone: "Nowhere") }',
          'ms = { DATETIME($n, year: "numeric") }',
          'since = { NUMBER($d) }'
        ].join('\n')
      },
      {},
      (i18n) => {
        const d = new Date(Date.UTC(2024, 0, 31, 20, 5))
        const all = (n) => (id) => i18n.t('en', id, { n, d })
        assert.deepEqual(['cur', 'pct', 'unit', 'big', 'flag', 'nonsense'].map(all(12345.678)), [
          '12,345.68 euros',
          '1,234,567.8%',
          '12,345.678 liters',
          '12K',
          '12345.678',
          '12345.678'
        ])
        assert.deepEqual(['day', 'half', 'nozone', 'ms', 'since'].map(all(0)), [
          'Thursday',
          '20:05',
          '2024-01-31T20:05:00.000Z',
          '1970',
          '1,706,731,500,000'
        ])
      }
    ))

  it('formats dates in the zone of the call, else the default', () =>
    using(
      { en: 'at = { DATETIME($d, timeStyle: "short") }' },
      { defaultTimeZone: 'Europe/Paris' },
      (i18n) => {
        const d = new Date(0)
        assert.equal(i18n.t('en', 'at', { d }), clock(1))
        assert.equal(i18n.t('en', 'at', { d }, { timeZone: 'Asia/Kolkata' }), clock(5, 30))
        assert.deepEqual(i18n.tMany('en', [['at', { d }]], { timeZone: 'UTC' }), [clock(0)])
        assert.equal(i18n.translator('en')('at', { d }), clock(1))
        assert.equal(i18n.translator('xx', { timeZone: 'UTC' })('at', { d }), clock(0))
        for (const timeZone of ['+01:00', 'Vulcan', '', 7]) {
          const options = /** @type {any} */ ({ timeZone })
          assert.throws(() => i18n.t('en', 'at', { d }, options), code('ERR_INVALID_TIMEZONE'))
          assert.throws(() => i18n.translator('en', options), code('ERR_INVALID_TIMEZONE'))
        }
      }
    ))

  it('throws in strict calls what others make do with', () =>
    using({ en: 'a = { $x }\nb = b', fr: 'b = f' }, {}, (i18n) => {
      const strict = { strict: true }
      assert.equal(i18n.t('en', 'a', { x: 'y' }, strict), 'y')
      assert.throws(() => i18n.t('en', 'a', {}, strict), code('ERR_FTL', /"a" of en.*\$x/))
      assert.throws(() => i18n.t('en', 'c', {}, strict), code('ERR_FTL', /"c" in en/))
      assert.throws(
        () => i18n.t('de', 'b', {}, strict),
        code('ERR_UNSUPPORTED_LOCALE', /"de".*en, fr/)
      )
      assert.throws(() => i18n.tMany('de', ['b'], strict), code('ERR_UNSUPPORTED_LOCALE'))
      assert.throws(() => i18n.resolve({ url: 'de', strict: true }), code('ERR_UNSUPPORTED_LOCALE'))
      assert.throws(
        () => i18n.resolve({ urlTimezone: 'X', strict: true }),
        code('ERR_INVALID_TIMEZONE')
      )
      assert.equal(
        i18n.resolve({ url: 'fr', urlTimezone: 'Asia/Tokyo', strict: true }).locale,
        'fr'
      )
    }))

  it('of two messages with one id takes the first, with its attributes', () =>
    using(
      { en: { 'a.ftl': 'x = 1\n    .t = one\nx = 2', 'b.ftl': 'x = 3\n    .u = three\ny = 4' } },
      {},
      (i18n) => {
        assert.deepEqual(i18n.tMany('en', ['x', 'x.t', 'x.u', 'y']), ['1', 'one', 'x.u', '4'])
      }
    ))
})

describe('isolation marks', () => {
  const CATALOGS = {
    en: 'a = Hi { $x }!\nalone = { $x }\nref = see { alone }\nnum = { $x } of { $y }',
    he: 'a = שלום { $x }!\nnum = { $x } מתוך { $y }'
  }

  it('stand by default only where directions mix', () =>
    using(CATALOGS, {}, (i18n) => {
      const t = (locale, id, x) => i18n.t(locale, id, { x, y: 2000 })
      assert.equal(t('en', 'a', 'Kim 50% (x)'), 'Hi Kim 50% (x)!')
      assert.equal(t('en', 'a', 'דנה'), `Hi ${FSI}דנה${PDI}!`)
      assert.equal(t('en', 'a', 'x\u202e'), `Hi ${FSI}x\u202e${PDI}!`)
      assert.equal(t('en', 'alone', 'דנה'), 'דנה')
      assert.equal(t('en', 'ref', 'דנה'), `see ${FSI}דנה${PDI}`)
      assert.equal(t('en', 'num', -1000), '-1,000 of 2,000')
      assert.equal(t('he', 'a', 'דנה'), 'שלום דנה!')
      assert.equal(t('he', 'a', '42'), 'שלום 42!')
      assert.equal(t('he', 'a', 'Kim'), `שלום ${FSI}Kim${PDI}!`)
      assert.equal(t('he', 'a', '+1 555 1234'), `שלום ${FSI}+1 555 1234${PDI}!`)
      assert.equal(i18n.t('he', 'num', { x: 1, y: 2000 }), '1 מתוך 2,000')
      // The text is English here, whatever was asked for.
      assert.equal(i18n.t('he', 'ref', { x: 'Kim' }), 'see Kim')
    }))

  it('stand around every placeable, or nowhere, on request', async () => {
    await using(CATALOGS, { isolating: true }, (i18n) => {
      assert.equal(i18n.t('en', 'a', { x: 'Kim' }), `Hi ${FSI}Kim${PDI}!`)
      assert.equal(i18n.t('en', 'alone', { x: 'Kim' }), 'Kim')
    })
    await using(CATALOGS, { isolating: false }, (i18n) => {
      assert.equal(i18n.t('en', 'a', { x: 'דנה' }), 'Hi דנה!')
    })
  })
})

describe('escaping', () => {
  const CATALOGS = {
    en: 'a = <b>{ $x }</b> & { -t(v: "<i>") } { $n }\nsel = { $x -> \n    [one] 1\n   *[other] { $x }\n }\n-t = { $v }'
  }
  const nasty = '<a href="x" onclick=\'y\'>&'
  const escaped = '&lt;a href=&quot;x&quot; onclick=&#39;y&#39;&gt;&amp;'

  it('changes arguments and nothing else, and only on request', async () => {
    await using(CATALOGS, {}, (i18n) => {
      assert.equal(i18n.t('en', 'a', { x: nasty, n: 1 }), `<b>${nasty}</b> & <i> 1`)
      const html = /** @type {const} */ ({ escape: 'html' })
      assert.equal(i18n.t('en', 'a', { x: nasty, n: 1 }, html), `<b>${escaped}</b> & <i> 1`)
      assert.deepEqual(i18n.tMany('en', [['sel', { x: nasty }]], html), [escaped])
      assert.throws(
        () => i18n.t('en', 'a', {}, /** @type {any} */ ({ escape: true })),
        code('ERR_INVALID_ARG')
      )
    })
    await using(CATALOGS, { escape: 'html' }, (i18n) => {
      assert.equal(i18n.t('en', 'sel', { x: nasty }), escaped)
      assert.equal(i18n.t('en', 'sel', { x: nasty }, { escape: false }), nasty)
      // The id stands for a message that there is not, and may come from outside too.
      assert.equal(i18n.t('en', nasty), escaped)
      assert.equal(i18n.t('en', nasty, {}, { escape: false }), nasty)
      assert.equal(i18n.t('en', 'a', { x: `<${'א'}`, n: 1 }), `<b>${FSI}&lt;א${PDI}</b> & <i> 1`)
    })
  })
})

describe('the other formats', () => {
  it('are those of Intl, in the next supported locale', () =>
    using({ en: 'a = x', fr: 'a = x' }, { defaultTimeZone: 'Europe/Paris' }, (i18n) => {
      assert.equal(i18n.formatNumber('fr', 1234.5), '1\u202f234,5')
      assert.equal(i18n.formatNumber('fr-CA', 1234.5), '1\u202f234,5')
      assert.equal(i18n.formatNumber('de', 1234.5), '1,234.5')
      assert.equal(i18n.formatNumber('en', 10n ** 20n), '100,000,000,000,000,000,000')
      assert.equal(i18n.formatNumber('en', 0.256, { style: 'percent' }), '26%')
      assert.equal(i18n.formatCurrency('fr', 12.5, 'EUR'), '12,50\u00a0€')
      assert.equal(i18n.formatCurrency('en', 12.5, 'jpy', { minimumFractionDigits: 1 }), '¥12.5')
      const inherited = Object.create({ useGrouping: false })
      assert.equal(i18n.formatNumber('en', 1234.5, inherited), '1234.5')
      assert.equal(i18n.formatPercent('en', 0.256, { maximumFractionDigits: 1 }), '25.6%')
      assert.equal(i18n.formatDate('en', 0), '1/1/1970')
      assert.equal(i18n.formatDate('en', vm.runInNewContext('new Date(0)')), '1/1/1970')
      assert.equal(i18n.formatDate('en', new Date(0), { timeStyle: 'short' }), clock(1))
      assert.equal(i18n.formatDate('en', 0, { timeStyle: 'short', timeZone: 'UTC' }), clock(0))
      assert.equal(i18n.formatRelative('en', -1, 'day'), '1 day ago')
      assert.equal(i18n.formatRelative('fr', -1, 'day', { numeric: 'auto' }), 'hier')
      assert.equal(i18n.formatList('en', ['a', 'b', 'c']), 'a, b, and c')
      assert.equal(i18n.formatList('fr', ['a', 'b'], { type: 'disjunction' }), 'a ou b')
    }))

  it('refuse what Intl cannot take, as an argument that is wrong', () =>
    using({ en: 'a = x' }, {}, (i18n) => {
      const any = /** @type {any} */ (i18n)
      const refused = (call, pattern) => assert.throws(call, code('ERR_INVALID_ARG', pattern))
      refused(() => any.formatNumber('en', '5'), /^n must be/)
      refused(() => any.formatNumber(5, 5), /^locale/)
      refused(() => any.formatNumber('en', 5, { style: 'nonsense' }), /nonsense/)
      refused(() => any.formatNumber('en', 5, { minimumFractionDigits: 1000 }), /Intl refuses/)
      refused(() => any.formatNumber('en', 5, 'EUR'), /^options/)
      refused(() => any.formatCurrency('en', 5), /^currency/)
      refused(() => any.formatCurrency('en', 5, 'EURO'), /^currency/)
      refused(() => any.formatCurrency('en', null, 'EUR'), /^n must be/)
      refused(() => any.formatPercent('en'), /^n must be/)
      refused(() => any.formatDate('en', 'yesterday'), /^date/)
      refused(() => any.formatDate('en', new Date(NaN)), /invalid Date/)
      refused(() => any.formatDate('en', vm.runInNewContext('new Date(NaN)')), /invalid Date/)
      const odd = {
        toString: () => {
          throw Object.create(null)
        }
      }
      refused(() => any.formatNumber('en', 1, { style: odd }), /^Intl/)
      refused(() => any.formatDate('en', 8.64e15 + 1), /^date/)
      refused(() => any.formatDate('en', 0, { timeZone: 'Vulcan' }), /Vulcan/)
      refused(() => any.formatRelative('en', NaN, 'day'), /^n must be/)
      refused(() => any.formatRelative('en', 1, 'moon'), /moon/)
      refused(() => any.formatRelative('en', 1), /^unit/)
      refused(() => any.formatList('en', 'abc'), /^items/)
      refused(() => any.formatList('en', [1]), /^items/)
      const throwing = {
        get style() {
          throw new Error('a getter')
        }
      }
      refused(() => any.formatNumber('en', 5, throwing), /a getter/)
      refused(() => any.formatNumber('en', 5, { style: Symbol('s') }), /./)
    }))
})
