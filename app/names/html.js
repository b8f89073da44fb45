'use strict'

/** A page of names for people: the table, the ways on, a filter, the other languages. */

const { html, document } = require('../http/html')
const { conditionsOf, pathOf } = require('./query')

/** What the form offers; the address takes far more. */
const GENDERS = [
  ['', 'names-all'],
  ['FEMALE', 'gender-female'],
  ['MALE', 'gender-male']
]
const ORDERS = [
  ['', 'sort-file'],
  ['-Count', 'sort-count'],
  ["Child's First Name", 'sort-name']
]

/**
 * @param {any} page what `makePage` made
 * @param {import('./query').NamesQuery} query
 * @param {import('./page').Reader} reader
 * @returns {string}
 */
function pageAsHtml(page, query, { i18n, locale, timeZone }) {
  const t = (/** @type {string} */ id) => i18n.t(locale, id)
  const columns = Object.keys(page.labels)
  // Another data file has other columns.
  const orders = ORDERS.filter(([sort]) => !sort || columns.includes(sort.replace(/^-/, '')))
  const link = (/** @type {string} */ relation) =>
    page.links[relation] &&
    html`<a rel="${relation}" href="${page.links[relation]}">${t(`names-${relation}`)}</a> `
  const languages = i18n.locales.map(
    (/** @type {string} */ other) =>
      html`<a
        hreflang="${other}"
        lang="${other}"
        href="${pathOf(query, { locale: other, timezone: timeZone })}"
        >${i18n.t(other, 'language')}</a
      > `
  )
  // What somebody chose by the address stays chosen, though the form would not offer it.
  const offered = (/** @type {string[][]} */ known, /** @type {any} */ chosen = '') =>
    known.some(([value]) => value === chosen) ? known : [...known, [chosen, '']]
  const option = (/** @type {string[]} */ [value, id], /** @type {unknown} */ chosen) =>
    html`<option value="${value}" ${value === (chosen ?? '') && html` selected`}>
      ${id ? t(id) : value}
    </option>`
  const gender = query.filter.Gender?.eq
  // The form sends all of the question, not only what it has fields for; from the first page on.
  const kept = conditionsOf(query.filter).filter(([name]) => name !== 'filter[Gender]')
  return document({
    locale,
    title: page.text.title,
    body: html`<header>
        <h1>${page.text.title}</h1>
        <nav>${languages}</nav>
      </header>
      <main>
        <form action="/names">
          <input type="hidden" name="locale" value="${locale}" />
          <input type="hidden" name="timezone" value="${timeZone}" />
          <input type="hidden" name="page_size" value="${query.pageSize}" />
          ${kept.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          ${
            columns.includes('Gender') &&
            html`<label
              >${page.labels.Gender}
              <select name="filter[Gender]">
                ${offered(GENDERS, gender).map((each) => option(each, gender))}
              </select></label
            >`
          }
          <label
            >${t('sort-by')}
            <select name="sort">
              ${offered(orders, query.sort).map((order) => option(order, query.sort))}
            </select></label
          >
          <button>${t('names-apply')}</button>
        </form>
        <p>${page.text.total} ${page.text.place}</p>
        <div class="table" role="region" aria-label="${page.text.title}" tabindex="0">
          <table>
            <thead>
              <tr>
                ${columns.map((column) => html`<th scope="col">${page.labels[column]}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${page.display.map(
                (/** @type {Record<string, string>} */ row) =>
                  html`<tr>
                    ${columns.map((column) => html`<td>${row[column]}</td>`)}
                  </tr> `
              )}
            </tbody>
          </table>
        </div>
        ${page.display.length === 0 && html`<p>${t('names-empty')}</p>`}
        <nav>${link('first')}${link('prev')}${link('next')}${link('last')}</nav>
      </main>
      <footer>${page.text.generated_at}</footer>`
  })
}

module.exports = { pageAsHtml }
