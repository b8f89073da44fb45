'use strict'

/**
 * Each library, brought to the same few calls in the quickest way that its documentation shows: the
 * messages are parsed beforehand, formatters are kept, and nothing is escaped or isolated.
 */

const fs = require('node:fs')
const path = require('node:path')

/**
 * @typedef {object} Library
 * @property {(locale: string, id: string, args?: object) => string} text
 * @property {((locale: string, asked: [string, object?][]) => string[])} page many texts
 */

/** The messages, in the form of each. Same ids, same texts. */
const FLUENT = `plain = Your order is on its way
greeting = Hello { $name }, welcome back
plural =
    { $count ->
        [one] { $count } item in { $place }
       *[other] { $count } items in { $place }
    }
currency = That is { NUMBER($price, style: "currency", currency: "EUR") } in all
date = Sent on { DATETIME($when, dateStyle: "long", timeZone: "UTC") }
`
const ICU = {
  plain: 'Your order is on its way',
  greeting: 'Hello {name}, welcome back',
  plural: '{count, plural, one {# item in {place}} other {# items in {place}}}',
  currency: 'That is {price, number, euros} in all',
  date: 'Sent on {when, date, utc}'
}
const ICU_FORMATS = {
  number: { euros: { style: 'currency', currency: 'EUR' } },
  date: { utc: { dateStyle: 'long', timeZone: 'UTC' } }
}
const I18NEXT = {
  plain: 'Your order is on its way',
  greeting: 'Hello {{name}}, welcome back',
  plural_one: '{{count, int}} item in {{place}}',
  plural_other: '{{count, int}} items in {{place}}',
  currency: 'That is {{price, euros}} in all',
  date: 'Sent on {{when, utc}}'
}

/** @type {Record<string, (dir: string) => Promise<Library>>} */
const SPEAKERS = {
  async rekue(dir) {
    const { I18n } = require('../../lib/i18n')
    fs.mkdirSync(path.join(dir, 'en'), { recursive: true })
    fs.writeFileSync(path.join(dir, 'en', 'bench.ftl'), FLUENT)
    const i18n = await I18n.load({ dir })
    return {
      text: (locale, id, args) => i18n.t(locale, id, args),
      page: (locale, asked) => i18n.tMany(locale, asked)
    }
  },

  async '@fluent/bundle'() {
    const { FluentBundle, FluentResource, FluentNumber, FluentDateTime } = require('@fluent/bundle')
    // It takes the style of a currency, and a zone, from the argument only.
    const source = FLUENT.replace(/NUMBER\(\$price.*\)/, '$price').replace(
      /DATETIME\(\$when.*\)/,
      '$when'
    )
    const bundle = new FluentBundle('en', { useIsolating: false })
    bundle.addResource(new FluentResource(source))
    const bundles = new Map([['en', bundle]])
    const EURO = { style: 'currency', currency: 'EUR' }
    const LONG = { dateStyle: 'long', timeZone: 'UTC' }
    const text = (locale, id, args) => {
      const own = bundles.get(locale)
      const message = own.getMessage(id)
      if (args === undefined) return own.formatPattern(message.value)
      if (args.price !== undefined) args = { price: new FluentNumber(args.price, EURO) }
      else if (args.when !== undefined) args = { when: new FluentDateTime(args.when, LONG) }
      return own.formatPattern(message.value, args)
    }
    return { text, page: (locale, asked) => asked.map(([id, args]) => text(locale, id, args)) }
  },

  async 'intl-messageformat'() {
    const { IntlMessageFormat } = await import('intl-messageformat')
    const messages = new Map(
      Object.entries(ICU).map(([id, text]) => [id, new IntlMessageFormat(text, 'en', ICU_FORMATS)])
    )
    const locales = new Map([['en', messages]])
    const text = (locale, id, args) => locales.get(locale).get(id).format(args)
    return { text, page: (locale, asked) => asked.map(([id, args]) => text(locale, id, args)) }
  },

  async i18next() {
    const { default: i18next } = await import('i18next')
    const resources = { en: { translation: I18NEXT } }
    // Its own formats make a formatter for each value anew.
    const int = new Intl.NumberFormat('en')
    const euros = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })
    const utc = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' })
    await i18next.init({ lng: 'en', resources, interpolation: { escapeValue: false } })
    i18next.services.formatter.add('int', (value) => int.format(value))
    i18next.services.formatter.add('euros', (value) => euros.format(value))
    i18next.services.formatter.add('utc', (value) => utc.format(value))
    const fixed = new Map([['en', i18next.getFixedT('en')]])
    const text = (locale, id, args) => fixed.get(locale)(id, args)
    return { text, page: (locale, asked) => asked.map(([id, args]) => text(locale, id, args)) }
  }
}

/**
 * Load catalogs of many locales.
 * @type {Record<string, (dir: string, locales: string[]) => Promise<(locale: string, id: string, args?: object) => string>>}
 */
const LOADERS = {
  async rekue(dir) {
    const { I18n } = require('../../lib/i18n')
    const i18n = await I18n.load({ dir })
    return (locale, id, args) => i18n.t(locale, id, args)
  },

  async '@fluent/bundle'(dir, locales) {
    const { FluentBundle, FluentResource } = require('@fluent/bundle')
    const bundles = new Map()
    for (const locale of locales) {
      const bundle = new FluentBundle(locale, { useIsolating: false })
      const source = await fs.promises.readFile(path.join(dir, locale, 'main.ftl'), 'utf8')
      bundle.addResource(new FluentResource(source))
      bundles.set(locale, bundle)
    }
    return (locale, id, args) => {
      const bundle = bundles.get(locale)
      return bundle.formatPattern(bundle.getMessage(id).value, args)
    }
  }
}

module.exports = { SPEAKERS, LOADERS }
