'use strict'

const assert = require('node:assert/strict')
const { FluentBundle, FluentResource } = require('@fluent/bundle')
const { I18n } = require('rekue/i18n')
const { withCatalogs } = require('../test-support/catalogs')
const { generator } = require('../test-support/ftl-generator')

const CATALOGS = 60
const ROUNDS = 6
const LOCALES = ['en', 'fr', 'ar', 'pl', 'ja']

/** What @fluent/bundle makes of a message, and whether something was wrong. */
function expected(bundle, id, args) {
  const [name, attribute] = id.split('.')
  const message = bundle.getMessage(name)
  /** @type {Error[]} */
  const errors = []
  const pattern = attribute ? message.attributes[attribute] : message.value
  return { text: bundle.formatPattern(pattern, args, errors), faulty: errors.length > 0 }
}

/** @fluent/bundle takes the zone of the process for dates. */
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** Lines that begin with a placeable, in every place that they may have. */
const INDENTED = {
  'first, then a text': 'm =\n    { $s }a\n     x\n',
  'first and alone': 'm =\n    { $s }\n        x\n',
  'first, deeper than the rest': 'm =\n        { $s }\n    x\n',
  'first, before two lines': 'm =\n    { $s }\n      x\n    y\n',
  'less deep than a text': 'm =\n     a\n    { $s }\n',
  'behind the equals sign': 'm = { $s }\n      x\n        { $s }\n',
  'nothing else': 'm =\n    { $s }\n      { "" }{ 1 }\n     { { -1 } }\n',
  'in the first column': 'm =\n{ $s }\n  x\n',
  'over several lines': 'm =\n    {\n $s\n }\n      x\n',
  'in an attribute': 'm =\n    .a =\n        { $s }a\n          x\n',
  'in a variant': 'm = { $s ->\n   *[o]\n      { $s }\n        deep\n  }\n',
  'a selector': 'm =\n    { $s ->\n       *[o] o\n    }\n      <li>x</li>\n    end\n',
  'a term and a call': '-t = T\nm =\n      { -t }\n    { NUMBER(1) }\n     { n }\nn = N\n',
  'beside lines of blanks': 'm =\n  a\n        \n    { $s }\n \n   b\n'
}

describe('messages, beside @fluent/bundle', () => {
  for (const [name, source] of Object.entries(INDENTED)) {
    it(`are indented alike where a placeable begins a line: ${name}`, async () => {
      for (const text of [source, source.replaceAll('\n', '\r\n')]) {
        const bundle = new FluentBundle('en', { useIsolating: false })
        bundle.addResource(new FluentResource(text))
        const id = bundle.getMessage('m').value === null ? 'm.a' : 'm'
        await withCatalogs({ en: text }, async (dir) => {
          const i18n = await I18n.load({ dir, isolating: false })
          assert.equal(i18n.t('en', id, { s: 'S' }), expected(bundle, id, { s: 'S' }).text)
        })
      }
    })
  }

  for (const isolating of [true, false]) {
    it(`are the same with any arguments, isolating ${isolating}`, async function () {
      this.timeout(60000)
      let [texts, faults, fatal] = [0, 0, 0]
      for (let seed = 1; seed <= CATALOGS; seed++) {
        const { catalog, args, ids } = generator(seed * 7919)
        const source = catalog()
        const locale = LOCALES[seed % LOCALES.length]
        const bundle = new FluentBundle(locale, { useIsolating: isolating })
        assert.deepEqual(bundle.addResource(new FluentResource(source)), [])
        await withCatalogs({ [locale]: source }, async (dir) => {
          /** @type {Error[]} */
          const heard = []
          const i18n = await I18n.load({
            dir,
            isolating,
            defaultLocale: locale,
            defaultTimeZone: timeZone,
            onError: (error) => heard.push(error)
          })
          assert.deepEqual(heard, [], source)
          for (let round = 0; round < ROUNDS; round++) {
            for (const id of ids) {
              const given = args()
              const { text, faulty } = expected(bundle, id, given)
              heard.length = 0
              assert.equal(i18n.t(locale, id, given), text, `seed ${seed}, ${id}\n${source}`)
              assert.equal(heard.length > 0, faulty, `seed ${seed}, ${id}\n${source}`)
              texts++
              if (faulty) faults++
              if (text === '{???}') fatal++
            }
          }
        })
      }
      // The generator must reach what goes well as well as what does not.
      assert.ok(texts === CATALOGS * ROUNDS * 24 && faults > texts / 5 && faults < (texts * 9) / 10)
      assert.ok(fatal > 50, `${fatal} fatal`)
    })
  }
})
