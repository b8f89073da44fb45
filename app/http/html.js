'use strict'

/**
 * HTML from template strings, in which everything that is put in is escaped: a name that is markup
 * is shown, not obeyed. What `html` made itself goes in as it is.
 */

class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text
  }
}

/** @type {Record<string, string>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** @param {unknown} value @returns {string} */
function escape(value) {
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(escape).join('')
  if (value === undefined || value === null || value === false) return ''
  // Every attribute here stands in double quotes, so an apostrophe may stay one.
  return String(value).replace(/[&<>"]/g, (sign) => ENTITIES[sign])
}

/**
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 */
function html(strings, ...values) {
  return new Markup(strings.reduce((text, part, i) => text + escape(values[i - 1]) + part))
}

/** Languages that are written from the right. */
const FROM_RIGHT = new Set(['ar', 'fa', 'he', 'ur'])

/**
 * A whole page.
 * @param {object} options
 * @param {string} options.locale
 * @param {string} options.title
 * @param {Markup} options.body
 * @param {string} [options.script] a path of this service
 * @returns {string}
 */
function document({ locale, title, body, script }) {
  const direction = FROM_RIGHT.has(locale.split('-')[0]) ? 'rtl' : 'ltr'
  return html`<!doctype html>
    <html lang="${locale}" dir="${direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/static/app.css" />
        ${script && html`<script src="${script}" defer></script>`}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text
}

module.exports = { html, document }
