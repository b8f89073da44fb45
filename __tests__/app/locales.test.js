'use strict'

/** The texts of the app: all of them in all languages, and one for every problem. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { i18n } = require('rekue')
const { STATUS } = require('../../app/http/problems')

const FOLDER = path.join(__dirname, '../../app/locales')
const LOCALES = ['ar', 'en', 'es', 'fr']

/** Messages and attributes of a catalog, in order. @param {string} locale */
function idsOf(locale) {
  const text = fs.readFileSync(path.join(FOLDER, locale, 'app.ftl'), 'utf8')
  return text.match(/^([a-z][\w-]*| +\.\w+) =/gm)
}

describe('the texts of the app', () => {
  it('are the same messages in every language', () => {
    assert.deepEqual(fs.readdirSync(FOLDER).sort(), LOCALES)
    const english = idsOf('en')
    assert.ok(english.length > 60)
    for (const locale of LOCALES) assert.deepEqual(idsOf(locale), english, locale)
  })

  it('can be read without a complaint, and take the plural of the language', async () => {
    const texts = await i18n.I18n.load({ dir: FOLDER, strict: true })
    for (const locale of LOCALES) {
      for (const total of [0, 1, 2, 3, 11, 100, 19418]) {
        assert.doesNotMatch(texts.t(locale, 'names-total', { total }), /\{|names-total/)
      }
    }
    assert.match(texts.t('fr', 'names-total', { total: 1 }), /^1 prénom\.$/)
    assert.equal(texts.t('ar', 'names-total', { total: 2 }), 'اسمان.')
  })

  it('say every problem that the app tells', async () => {
    const texts = await i18n.I18n.load({ dir: FOLDER })
    for (const locale of LOCALES) {
      for (const type of Object.keys(STATUS)) {
        for (const id of [`problem-${type}`, `problem-${type}.detail`]) {
          assert.notEqual(texts.t(locale, id), id)
        }
      }
    }
  })
})
