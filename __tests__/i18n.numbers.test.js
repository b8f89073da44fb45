'use strict'

const assert = require('node:assert/strict')
const { I18n } = require('rekue/i18n')
const { NumberFormatter, USES_BEFORE_PLAN } = require('../lib/i18n/numbers')
const { withCatalogs } = require('../test-support/catalogs')
const { LOCALES } = require('../test-support/locales')
const { randomFrom } = require('../test-support/random')

/** Options of Intl.NumberFormat, of every kind that is written without it and of some others. */
const OPTIONS = {
  plain: {},
  'two digits': { minimumFractionDigits: 2 },
  'no digits': { maximumFractionDigits: 0 },
  'many digits': { minimumFractionDigits: 1, maximumFractionDigits: 8 },
  euros: { style: 'currency', currency: 'EUR' },
  yen: { style: 'currency', currency: 'JPY' },
  'dollars, narrow': { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' },
  'dinars by code': { style: 'currency', currency: 'KWD', currencyDisplay: 'code' },
  'francs by name': { style: 'currency', currency: 'CHF', currencyDisplay: 'name' },
  accounting: { style: 'currency', currency: 'GBP', currencySign: 'accounting' },
  'per cent': { style: 'percent' },
  'per cent, digits': { style: 'percent', maximumFractionDigits: 2 },
  ungrouped: { useGrouping: false },
  'grouped always': { useGrouping: 'always' },
  'grouped from two': { useGrouping: 'min2' },
  'Thai digits': { numberingSystem: 'thai' },
  'Chinese digits': { numberingSystem: 'hanidec' },
  compact: { notation: 'compact' },
  'compact, long': { notation: 'compact', compactDisplay: 'long' },
  scientific: { notation: 'scientific' },
  significant: { maximumSignificantDigits: 3 },
  'leading zeros': { minimumIntegerDigits: 4 },
  signed: { signDisplay: 'exceptZero' },
  unit: { style: 'unit', unit: 'kilometer-per-hour' },
  'rounding down': { roundingMode: 'floor', maximumFractionDigits: 1 },
  nickels: { roundingIncrement: 5, minimumFractionDigits: 2, maximumFractionDigits: 2 }
}

const SPECIAL = [
  0,
  -0,
  0.5,
  -0.5,
  1,
  -1,
  1.005,
  0.995,
  9.995,
  99.995,
  999.995,
  1234.5,
  2.5,
  3.5,
  0.0005,
  1e-7,
  -1e-7,
  1e15,
  1e15 - 1,
  1e15 - 0.5,
  1e20,
  1e21,
  1.5e300,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
  NaN,
  0.1 + 0.2,
  1.45,
  1.55,
  8.345,
  1.0000005,
  4.35,
  0.285,
  999999.9999999
]

const BIG = [0n, -1n, 1234567890123456789012345678901234567890n, -(10n ** 60n)]

/** A number of any size, with any number of decimals, either sign. */
function anyNumber(random) {
  const digits = random(16)
  const whole = Math.floor((random(2 ** 31) / 2 ** 31) * 10 ** digits)
  const decimals = random(3) === 0 ? 0 : random(9)
  const value = decimals === 0 ? whole : Number(`${whole}.${String(random(10 ** decimals))}`)
  return random(4) === 0 ? -value : value
}

describe(`numbers, beside Intl (CLDR ${process.versions.cldr}, ICU ${process.versions.icu})`, () => {
  it(`are the same in ${LOCALES.length} locales and ${Object.keys(OPTIONS).length} styles`, function () {
    this.timeout(120000)
    const random = randomFrom(20260101)
    let planned = 0
    for (const locale of LOCALES) {
      for (const [name, options] of Object.entries(OPTIONS)) {
        const ours = new NumberFormatter(locale, /** @type {any} */ (options))
        const intl = new Intl.NumberFormat(locale, /** @type {any} */ (options))
        // Past 999, that Intl alone writes; now the formatter has had to make a plan, if it can.
        for (let use = 0; use < USES_BEFORE_PLAN; use++) ours.format(1000 + use)
        if (ours.planned) planned++
        const values = [...SPECIAL, ...BIG]
        for (let count = 0; count < 150; count++) values.push(anyNumber(random))
        for (const value of values) {
          const text = ours.format(/** @type {number} */ (value))
          const wanted = intl.format(/** @type {number} */ (value))
          if (text !== wanted) assert.fail(`${locale}, ${name}, ${value}: ${text} for ${wanted}`)
        }
      }
    }
    // Of these styles 17 can be written without Intl: it must not all have come from there.
    assert.ok(planned > LOCALES.length * 15, `${planned} plans`)
  })

  it('are the same through the calls of I18n, from the first use to the thousandth', () =>
    withCatalogs(
      Object.fromEntries(LOCALES.map((locale) => [locale, 'n = { $n }'])),
      async (dir) => {
        const i18n = await I18n.load({ dir })
        assert.deepEqual(i18n.locales, [...LOCALES].sort())
        const random = randomFrom(7)
        for (const locale of LOCALES) {
          const intl = new Intl.NumberFormat(locale)
          const euros = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' })
          const percent = new Intl.NumberFormat(locale, { style: 'percent' })
          const values = [...SPECIAL, ...Array.from({ length: 60 }, () => anyNumber(random))]
          for (const value of values) {
            assert.equal(i18n.formatNumber(locale, value), intl.format(value))
            assert.equal(i18n.t(locale, 'n', { n: value }), intl.format(value))
            assert.equal(i18n.formatCurrency(locale, value, 'eur'), euros.format(value))
            assert.equal(i18n.formatPercent(locale, value), percent.format(value))
          }
          for (const value of BIG)
            assert.equal(i18n.formatNumber(locale, value), intl.format(value))
        }
      }
    ))
})

describe('plural categories, beside Intl', () => {
  const CATEGORIES = ['zero', 'one', 'two', 'few', 'many', 'other']
  const select = (call) =>
    `{ ${call} ->\n${CATEGORIES.map((each) => `    ${each === 'other' ? '*' : ''}[${each}] ${each}\n`).join('')} }`
  const source = [
    `cardinal = ${select('$n')}`,
    `ordinal = ${select('NUMBER($n, type: "ordinal")')}`,
    `digits = ${select('NUMBER($n, minimumFractionDigits: 1)')}`,
    `euros = ${select('NUMBER($n, style: "currency", currency: "EUR", maximumFractionDigits: 0)')}`,
    ''
  ].join('\n')
  const KINDS = {
    cardinal: {},
    ordinal: { type: 'ordinal' },
    digits: { minimumFractionDigits: 1 },
    euros: { maximumFractionDigits: 0 }
  }

  it(`are the same in ${LOCALES.length} locales`, () =>
    withCatalogs(Object.fromEntries(LOCALES.map((locale) => [locale, source])), async (dir) => {
      const i18n = await I18n.load({ dir, strict: true })
      const random = randomFrom(99)
      const values = [
        ...Array(200).keys(),
        999,
        1000,
        1001,
        1e5,
        1e6,
        2e6,
        1e6 + 1,
        1e9,
        0.5,
        1.5,
        1.01
      ]
      values.push(-1, -0, NaN, Infinity, 1e21, ...Array.from({ length: 50 }, () => random(1e7)))
      for (const locale of LOCALES) {
        for (const [id, options] of Object.entries(KINDS)) {
          const rules = new Intl.PluralRules(locale, /** @type {any} */ (options))
          for (const n of values) {
            const text = i18n.t(locale, id, { n })
            if (text !== rules.select(n)) {
              assert.fail(`${locale}, ${id}, ${n}: ${text} for ${rules.select(n)}`)
            }
          }
        }
      }
      for (const locale of ['fr', 'es', 'it', 'pt']) {
        assert.equal(i18n.t(locale, 'cardinal', { n: 1_000_000 }), 'many')
      }
    }))
})

describe('dates, beside Intl', () => {
  const source = [
    'short = { $d }',
    'long = { DATETIME($d, dateStyle: "full", timeStyle: "long") }',
    'zoned = { DATETIME($d, dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Kolkata") }',
    'parts = { DATETIME($d, weekday: "short", year: "numeric", month: "long", day: "2-digit", hour: "numeric", hour12: "false") }',
    ''
  ].join('\n')
  const OPTIONS_OF = {
    short: {},
    long: { dateStyle: 'full', timeStyle: 'long' },
    zoned: { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Kolkata' },
    parts: {
      weekday: 'short',
      year: 'numeric',
      month: 'long',
      day: '2-digit',
      hour: 'numeric',
      hour12: false
    }
  }

  it(`are the same in ${LOCALES.length} locales, in the zone that is asked for`, function () {
    this.timeout(60000)
    return withCatalogs(
      Object.fromEntries(LOCALES.map((locale) => [locale, source])),
      async (dir) => {
        const i18n = await I18n.load({ dir, defaultTimeZone: 'America/New_York' })
        const dates = [0, 1579586139000, -1e12, 1e13, Date.UTC(2024, 1, 29, 23, 59)]
        for (const locale of LOCALES) {
          for (const [id, options] of Object.entries(OPTIONS_OF)) {
            for (const [zone, settings] of /** @type {const} */ ([
              ['America/New_York', undefined],
              ['Pacific/Chatham', { timeZone: 'Pacific/Chatham' }]
            ])) {
              const all = /** @type {any} */ ({ timeZone: zone, ...options })
              const intl = new Intl.DateTimeFormat(locale, all)
              for (const time of dates) {
                const args = { d: new Date(time) }
                assert.equal(
                  i18n.t(locale, id, args, settings),
                  intl.format(time),
                  `${locale} ${id}`
                )
                assert.equal(i18n.formatDate(locale, time, all), intl.format(time))
              }
            }
          }
        }
      }
    )
  })
})
