'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs/promises')
const path = require('node:path')
const { promisify } = require('node:util')
const { I18n } = require('rekue/i18n')
const { withCatalogs, writeCatalogs } = require('../test-support/catalogs')

/** Errors as they come, to be waited for. */
function listener() {
  /** @type {any[]} */
  const heard = []
  /** @type {(() => void)[]} */
  const waiting = []
  return {
    heard,
    onError: (error) => {
      heard.push(error)
      for (const wake of waiting.splice(0)) wake()
    },
    next: () => new Promise((resolve) => waiting.push(() => resolve(undefined)))
  }
}

describe('reload', () => {
  it('brings new texts, files and locales, and takes away what is gone', () =>
    withCatalogs({ en: { 'a.ftl': 'a = 1', 'b.ftl': 'b = 1' }, fr: 'a = f' }, async (dir) => {
      const i18n = await I18n.load({ dir })
      const all = (locale) => i18n.tMany(locale, ['a', 'b', 'c'])
      assert.deepEqual(all('fr'), ['f', '1', 'c'])
      await writeCatalogs(dir, { en: { 'a.ftl': 'a = 2', 'c.ftl': 'c = 2' }, de: 'a = d' })
      await fs.rm(path.join(dir, 'en', 'b.ftl'))
      await fs.rm(path.join(dir, 'fr'), { recursive: true })
      assert.deepEqual(all('fr'), ['f', '1', 'c'])
      await i18n.reload()
      assert.deepEqual(i18n.locales, ['de', 'en'])
      assert.deepEqual(all('fr'), ['2', 'b', '2'])
      assert.deepEqual(all('de'), ['d', 'b', '2'])
      assert.equal(i18n.negotiate('fr, de;q=0.1'), 'de')
    }))

  it('keeps the last good version of a broken file, and takes the others', () =>
    withCatalogs({ en: { 'a.ftl': 'a = 1\nx = 1', 'b.ftl': 'b = 1' } }, async (dir) => {
      const { heard, onError } = listener()
      const i18n = await I18n.load({ dir, onError })
      const all = () => i18n.tMany('en', ['a', 'x', 'b'])
      await writeCatalogs(dir, { en: { 'a.ftl': 'a = 2\nx = { $\n', 'b.ftl': 'b = 2' } })
      await i18n.reload()
      assert.deepEqual(all(), ['1', '1', '2'])
      assert.deepEqual([heard[0].code, heard[0].file, heard[0].line], ['ERR_FTL', 'en/a.ftl', 2])
      // Broken twice over, and then as bytes that are no text.
      for (const text of ['{', Buffer.from([0xff])]) {
        await writeCatalogs(dir, { en: { 'a.ftl': text } })
        await i18n.reload()
        assert.deepEqual(all(), ['1', '1', '2'])
      }
      await writeCatalogs(dir, { en: { 'a.ftl': 'a = 3' } })
      await i18n.reload()
      assert.deepEqual(all(), ['3', 'x', '2'])
    }))

  it('changes nothing where it fails', () =>
    withCatalogs({ en: 'a = 1', fr: 'a = f' }, async (dir) => {
      const i18n = await I18n.load({ dir })
      const strict = await I18n.load({ dir, strict: true })
      await writeCatalogs(dir, { en: 'a = { $', fr: 'a = g' })
      await assert.rejects(strict.reload(), { code: 'ERR_FTL', file: 'en/main.ftl' })
      assert.equal(strict.t('fr', 'a'), 'f')
      await fs.rm(path.join(dir, 'en'), { recursive: true })
      await assert.rejects(i18n.reload(), { code: 'ERR_UNSUPPORTED_LOCALE', locale: 'en' })
      await fs.rm(dir, { recursive: true })
      await assert.rejects(i18n.reload(), { code: 'ERR_INVALID_ARG' })
      assert.deepEqual([i18n.t('en', 'a'), i18n.t('fr', 'a')], ['1', 'f'])
    }))

  it('is one for all who ask at the same time, and mixes no versions', () =>
    withCatalogs({ en: { 'a.ftl': 'a = 1', 'b.ftl': 'b = 1' } }, async (dir) => {
      const i18n = await I18n.load({ dir })
      await writeCatalogs(dir, { en: { 'a.ftl': 'a = 2', 'b.ftl': 'b = 2' } })
      let over = false
      const both = [i18n.reload(), i18n.reload()]
      assert.equal(both[0], both[1])
      const done = Promise.all(both).then(() => (over = true))
      while (!over) {
        const [a, b] = i18n.tMany('en', ['a', 'b'])
        assert.equal(a, b)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await done
      assert.deepEqual(i18n.tMany('en', ['a', 'b']), ['2', '2'])
    }))
})

describe('watch', () => {
  /** Ask until it is so: how soon a system tells of a change is its own affair. */
  async function until(isSo) {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  it('follows changed, new and broken files, and new locales, until it is ended', () =>
    withCatalogs({ en: 'a = 1' }, async (dir) => {
      const { heard, onError, next } = listener()
      const i18n = await I18n.load({ dir, watch: true, onError })
      await writeCatalogs(dir, { en: 'a = 2' })
      await until(() => i18n.t('en', 'a') === '2')
      await writeCatalogs(dir, { en: { 'more.ftl': 'b = 3' } })
      await until(() => i18n.t('en', 'b') === '3')
      heard.length = 0
      const told = next()
      await writeCatalogs(dir, { en: 'a = { $' })
      await told
      assert.equal(heard[0].code, 'ERR_FTL')
      assert.equal(i18n.t('en', 'a'), '2')
      await writeCatalogs(dir, { en: 'a = 4', fr: 'a = f' })
      await until(() => i18n.t('fr', 'a') === 'f' && i18n.t('en', 'a') === '4')
      await writeCatalogs(dir, { fr: 'a = g' })
      await until(() => i18n.t('fr', 'a') === 'g')
      i18n.unwatch()
      await writeCatalogs(dir, { fr: 'a = h' })
      await i18n.reload()
      assert.equal(i18n.t('fr', 'a'), 'h')
    }))

  it('keeps no process alive', async () => {
    await withCatalogs({ en: 'a = done' }, async (dir) => {
      const program = `
        const { I18n } = require('rekue/i18n')
        I18n.load({ dir: ${JSON.stringify(dir)}, watch: true })
          .then((i18n) => console.log(i18n.t('en', 'a')))`
      const options = { cwd: path.join(__dirname, '..'), timeout: 10_000 }
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], options)
      assert.equal(stdout, 'done\n')
    })
  })
})
