'use strict'

const assert = require('node:assert/strict')
const Negotiator = require('negotiator')
const { I18n } = require('rekue/i18n')
const { withCatalogs } = require('../test-support/catalogs')
const { randomFrom } = require('../test-support/random')

/**
 * @template T
 * @param {string[]} locales the first is the default
 * @param {(i18n: I18n) => T} use
 */
const supporting = (locales, use) =>
  withCatalogs(Object.fromEntries(locales.map((each) => [each, 'a = x'])), async (dir) =>
    use(await I18n.load({ dir, locales, defaultLocale: locales[0] }))
  )

describe('negotiate', () => {
  /** What RFC 4647's Lookup says, case by case. */
  const CASES = [
    [['en', 'fr'], 'fr', 'fr'],
    [['en', 'fr'], 'fr-CA', 'fr'],
    [['en', 'fr'], 'fr-CA-x-ya, en', 'fr'],
    [['en', 'fr'], 'de', 'en'],
    [['en', 'fr'], 'de, fr;q=0.1', 'fr'],
    [['en', 'fr'], 'fr;q=0', 'en'],
    [['en', 'fr'], 'en;q=0, fr;q=0.001', 'fr'],
    [['en', 'fr'], 'en;q=0, *;q=0.5', 'fr'],
    [['en', 'fr'], 'fr;q=0.000, *', 'en'],
    [['en', 'fr'], 'fr;q=1.000, en;q=0.999', 'fr'],
    [['en', 'fr'], 'fr;q=1.001, en;q=0.1', 'en'],
    [['en', 'fr'], 'fr;q=-1', 'en'],
    [['en', 'fr'], 'fr;q=a', 'en'],
    [['en', 'fr'], '  fr\t;\tq=0.8 ,, , en;q=0.2 ', 'fr'],
    [['en', 'fr'], '', 'en'],
    [['en', 'fr', 'fr-CA'], 'fr-CA', 'fr-CA'],
    [['en', 'fr', 'fr-CA'], 'FR-ca', 'fr-CA'],
    [['en', 'fr', 'fr-CA'], 'fr-FR', 'fr'],
    [['en', 'fr-CA', 'fr-FR'], 'fr', 'fr-CA'],
    [['en', 'zh', 'zh-Hant'], 'zh-Hant-TW, en', 'zh-Hant'],
    [['en', 'zh', 'zh-Hant'], 'zh-TW', 'zh']
  ]

  for (const [locales, header, wanted] of CASES) {
    it(`of ${locales} takes ${wanted} for ${JSON.stringify(header)}`, () =>
      supporting(/** @type {string[]} */ (locales), (i18n) => {
        assert.equal(i18n.negotiate(/** @type {string} */ (header)), wanted)
        // From memory, too.
        assert.equal(i18n.negotiate(/** @type {string} */ (header)), wanted)
      }))
  }

  it('agrees with negotiator wherever that asks for languages as a whole', () =>
    supporting(['en', 'fr', 'es', 'ar', 'pt', 'de'], (i18n) => {
      const random = randomFrom(2024)
      const pick = (from) => from[random(from.length)]
      const tags = ['en', 'fr', 'es', 'ar', 'pt', 'de', 'it', 'ja', '*']
      let refusals = 0
      for (let round = 0; round < 5000; round++) {
        const ranges = [...new Set(Array.from({ length: 1 + random(5) }, () => pick(tags)))]
        const weight = () => pick(['', ';q=0', ';q=0.5', '; q=0.123', ';q=1', ';q=1.0', ';q=0.9'])
        const header = ranges.map((tag) => tag + weight()).join(pick([',', ', ']))
        const languages = new Negotiator({ headers: { 'accept-language': header } }).languages
        const wanted = languages.call(
          new Negotiator({ headers: { 'accept-language': header } }),
          i18n.locales
        )
        if (header.includes('q=0')) refusals++
        assert.equal(i18n.negotiate(header), wanted[0] ?? 'en', header)
      }
      assert.ok(refusals > 1000)
    }))

  it('gives a member of the list for whatever comes', () =>
    supporting(['en', 'fr'], (i18n) => {
      const any = /** @type {any} */ (i18n)
      for (const header of [
        '../../etc',
        'fr\r\nX: y',
        '__proto__',
        '\0',
        'fr'.repeat(1e5),
        '%00',
        '\ud800'
      ]) {
        assert.ok(i18n.locales.includes(i18n.negotiate(header)))
      }
      assert.equal(i18n.negotiate(null), 'en')
      assert.throws(() => any.negotiate(['fr']), { code: 'ERR_INVALID_ARG' })
    }))
})

describe('resolve', () => {
  it('takes only strings that are supported, letter by letter', () =>
    supporting(['en', 'fr', 'pt-BR'], (i18n) => {
      const locale = (query) => i18n.resolve(query).locale
      for (const url of [
        'FR',
        'fr-CA',
        ' fr',
        'fr\r\n',
        '../fr',
        '__proto__',
        'toString',
        ['fr'],
        0,
        {},
        null
      ]) {
        assert.equal(locale({ url }), 'en')
        assert.equal(locale({ user: { locale: url } }), 'en')
      }
      assert.equal(locale({ url: 'pt-BR', user: { locale: 'fr' } }), 'pt-BR')
      assert.equal(locale({ url: 'xx', user: { locale: 'fr' }, header: 'en' }), 'fr')
      assert.equal(locale({ url: 'xx', user: { locale: 'yy' }, header: 'pt-BR' }), 'pt-BR')
      assert.equal(locale({ header: ['fr'] }), 'en')
      assert.equal(locale(), 'en')
    }))

  it('refuses what is no query', () =>
    supporting(['en'], (i18n) => {
      const any = /** @type {any} */ (i18n)
      assert.throws(() => any.resolve('fr'), { code: 'ERR_INVALID_ARG' })
      assert.throws(() => any.resolve({ locale: 'fr' }), { code: 'ERR_INVALID_ARG' })
    }))

  it('takes zones of the IANA database, in any case, and no offsets', () =>
    supporting(['en'], (i18n) => {
      const zone = (urlTimezone) => i18n.resolve({ urlTimezone }).timezone
      assert.equal(zone('Europe/Paris'), 'Europe/Paris')
      assert.equal(zone('europe/PARIS'), 'Europe/Paris')
      assert.equal(zone('US/Central'), 'US/Central')
      assert.equal(zone('America/Argentina/Buenos_Aires'), 'America/Argentina/Buenos_Aires')
      assert.equal(zone('Etc/GMT+5'), 'Etc/GMT+5')
      const wrong = [
        '+01:00',
        '-0530',
        'Z',
        'UTC+1',
        'GMT+1',
        'Vulcan',
        'Europe/Paris ',
        '../UTC',
        ''
      ]
      for (const name of [
        ...wrong,
        'CTT',
        'AET',
        'x'.repeat(1e6),
        'Europe/Paris\r\nX: y',
        ['UTC'],
        0,
        {}
      ]) {
        assert.equal(zone(name), 'UTC', String(name).slice(0, 40))
      }
      const user = { timezone: 'Asia/Tokyo' }
      assert.equal(i18n.resolve({ urlTimezone: '+01:00', user }).timezone, 'Asia/Tokyo')
      assert.equal(i18n.resolve({ user: { timezone: 'Vulcan' } }).timezone, 'UTC')
    }))

  it('knows every zone that Intl lists', () =>
    supporting(['en'], (i18n) => {
      for (const name of Intl.supportedValuesOf('timeZone')) {
        assert.equal(i18n.resolve({ urlTimezone: name }).timezone, name)
      }
    }))
})
