'use strict'

/** The way in, and the page of the i18n exercise. */

const path = require('node:path')
const { z } = require('zod')
const { document, html } = require('../http/html')
const { Problem } = require('../http/problems')
const { exercisePage } = require('../exercises/i18n/page')

/** What a newcomer should see first. */
const LINKS = {
  names: '/names?sort=-Count&filter[Gender]=FEMALE',
  i18n: '/i18n?login_as=1',
  jobs: '/kue/',
  dashboard: '/dashboard',
  openapi: '/openapi.json',
  metrics: '/metrics'
}

/** Its script reads /analytics; the page itself is the same for everybody. */
const DASHBOARD = path.join(__dirname, '../public/dashboard.html')

const choice = {
  locale: z.string().max(100).optional(),
  timezone: z.string().max(100).optional()
}

/** @param {import('../service').Parts} parts @returns {import('../http/router').Route[]} */
function pageRoutes({ i18n, exerciseI18n }) {
  return [
    {
      method: 'get',
      path: '/',
      tag: 'operations',
      summary: 'The way to everything else',
      query: z.looseObject(choice),
      queryShape: choice,
      answers: {
        200: {
          description: 'Links',
          json: z.strictObject({ links: z.record(z.string(), z.string()) }),
          types: ['text/html']
        }
      },
      problems: ['not-acceptable'],
      handler(req, res) {
        const representation = req.accepts(['json', 'html'])
        if (!representation) throw new Problem('not-acceptable')
        res.vary('Accept')
        if (representation === 'json') return res.json({ links: LINKS })
        const links = Object.entries(LINKS).map(
          ([name, target]) => html`<li><a href="${target}">${req.t(`home-${name}`)}</a></li> `
        )
        const languages = i18n.locales.map(
          (/** @type {string} */ locale) =>
            html`<a hreflang="${locale}" lang="${locale}" href="/?locale=${locale}"
              >${i18n.t(locale, 'language')}</a
            > `
        )
        const title = req.t('home-title')
        res.type('html').send(
          document({
            locale: req.locale,
            title,
            body: html`<header>
                <h1>${title}</h1>
                <nav>${languages}</nav>
              </header>
              <ul>
                ${links}
              </ul>`
          })
        )
      }
    },
    {
      method: 'get',
      path: '/dashboard',
      tag: 'operations',
      summary: 'Counts and statistics, live; asks for the password where there is one',
      answers: { 200: { description: 'The page', types: ['text/html'] } },
      problems: ['unauthorized', 'forbidden', 'forbidden-proxied', 'forbidden-host'],
      handler: (_req, res) => res.sendFile(DASHBOARD)
    },
    {
      method: 'get',
      path: '/i18n',
      tag: 'exercises',
      summary:
        'The page of the i18n exercise: language and zone of the address, the user, the request',
      query: z.looseObject({ ...choice, login_as: z.string().optional() }),
      queryShape: { ...choice, login_as: z.string().optional() },
      answers: { 200: { description: 'The page', types: ['text/html'] } },
      handler(req, res) {
        const page = exercisePage(exerciseI18n, req.valid.query, req.get('Accept-Language'))
        res.set({ 'Content-Language': page.locale, 'Cache-Control': 'private, no-cache' })
        res.vary('Accept-Language')
        res.type('html').send(page.body)
      }
    }
  ]
}

module.exports = { pageRoutes }
