'use strict'

/**
 * The last step of the i18n exercise: one page, in the language and the time zone of the address,
 * else of the user, else of the request, else the default.
 */

const path = require('node:path')
const { i18n } = require('rekue')

/** A login that the exercise only plays. */
const USERS = new Map([
  ['1', { name: 'Balou', locale: 'fr', timezone: 'Europe/Paris' }],
  ['2', { name: 'Beyonce', locale: 'en', timezone: 'US/Central' }],
  ['3', { name: 'Spock', locale: 'kg', timezone: 'Vulcan' }],
  ['4', { name: 'Teletubby', locale: null, timezone: 'Europe/London' }]
])

/** The catalogs of the exercise. */
function loadExerciseI18n() {
  return i18n.I18n.load({
    dir: path.join(__dirname, 'locales'),
    locales: ['en', 'fr'],
    defaultLocale: 'en',
    defaultTimeZone: 'UTC',
    isolating: false
  })
}

/** @param {string} text */
function escape(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/**
 * @param {any} texts from `loadExerciseI18n`
 * @param {{ locale?: string, timezone?: string, login_as?: string }} query
 * @param {string} [header] Accept-Language
 * @param {Date} [now]
 * @returns {{ locale: string, timezone: string, body: string }}
 */
function exercisePage(texts, query, header, now = new Date()) {
  const user = USERS.get(String(query.login_as)) || null
  const { locale, timezone } = texts.resolve({
    url: query.locale,
    urlTimezone: query.timezone,
    user,
    header
  })
  const t = (/** @type {string} */ id, /** @type {object} */ args) =>
    escape(texts.t(locale, id, args))
  const time = texts.formatDate(locale, now, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: timezone
  })
  const body = `<!DOCTYPE html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${t('home_title')}</title>
</head>
<body>
<h1>${t('home_header')}</h1>
<p>${user ? t('logged_in_as', { username: user.name }) : t('not_logged_in')}</p>
<p>${t('current_time_is', { current_time: time })}</p>
</body>
</html>
`
  return { locale, timezone, body }
}

module.exports = { exercisePage, loadExerciseI18n }
