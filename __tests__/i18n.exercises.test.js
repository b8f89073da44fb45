'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { I18n } = require('rekue/i18n')

const dir = path.join(__dirname, '..', 'locales')

/** The original's users. */
const USERS = {
  1: { name: 'Balou', locale: 'fr', timezone: 'Europe/Paris' },
  2: { name: 'Beyonce', locale: 'en', timezone: 'US/Central' },
  3: { name: 'Spock', locale: 'kg', timezone: 'Vulcan' },
  4: { name: 'Teletubby', locale: null, timezone: 'Europe/London' }
}

describe('the i18n exercises', () => {
  /** @type {I18n} */
  let i18n
  before(async () => {
    i18n = await I18n.load({ dir, locales: ['en', 'fr'] })
  })

  it('show the texts of the original', () => {
    const all = (locale) =>
      i18n.tMany(locale, [
        'home_title',
        'home_header',
        ['logged_in_as', { username: 'Balou' }],
        'not_logged_in',
        ['current_time_is', { current_time: 'Jan 21, 2020, 5:55:39 AM' }]
      ])
    assert.deepEqual(all('en'), [
      'Welcome to Holberton',
      'Hello world!',
      'You are logged in as Balou.',
      'You are not logged in.',
      'The current time is Jan 21, 2020, 5:55:39 AM.'
    ])
    assert.deepEqual(all('fr'), [
      'Bienvenue chez Holberton',
      'Bonjour monde!',
      'Vous êtes connecté en tant que Balou.',
      "Vous n'êtes pas connecté.",
      'Nous sommes le Jan 21, 2020, 5:55:39 AM.'
    ])
    assert.equal(i18n.t('fr', 'no_such_message'), 'no_such_message')
  })

  it('choose the locale by header', () => {
    assert.equal(i18n.negotiate('fr-FR,fr;q=0.9,en;q=0.8'), 'fr')
    assert.equal(i18n.negotiate('en;q=0.5,fr;q=0.4'), 'en')
    assert.equal(i18n.negotiate('de'), 'en')
    assert.equal(i18n.negotiate(undefined), 'en')
  })

  const outcome = (query) => {
    const { locale, timezone } = i18n.resolve(query)
    return [locale, timezone]
  }

  it('choose locale and zone by URL, user, header and default, in this order', () => {
    assert.deepEqual(outcome({ user: USERS[1] }), ['fr', 'Europe/Paris'])
    assert.deepEqual(outcome({ user: USERS[2], header: 'fr' }), ['en', 'US/Central'])
    assert.deepEqual(outcome({ user: USERS[3], header: 'fr' }), ['fr', 'UTC'])
    assert.deepEqual(outcome({ user: USERS[3] }), ['en', 'UTC'])
    assert.deepEqual(outcome({ user: USERS[4], header: 'fr' }), ['fr', 'Europe/London'])
    assert.deepEqual(outcome({ user: null }), ['en', 'UTC'])
    assert.deepEqual(outcome({ user: USERS[1], url: 'en' }), ['en', 'Europe/Paris'])
    assert.deepEqual(outcome({ user: USERS[1], url: 'FR', header: 'en' }), ['fr', 'Europe/Paris'])
    assert.deepEqual(outcome({ url: 'FR' }), ['en', 'UTC'])
    assert.deepEqual(outcome({ user: USERS[1], urlTimezone: 'Bogus' }), ['fr', 'Europe/Paris'])
    assert.deepEqual(outcome({ user: USERS[1], urlTimezone: 'US/Central' }), ['fr', 'US/Central'])
    assert.deepEqual(outcome({ urlTimezone: 'Bogus' }), ['en', 'UTC'])
  })

  it('know where a locale came from', () => {
    assert.deepEqual(i18n.resolve({ user: USERS[1], header: 'en' }), {
      locale: 'fr',
      timezone: 'Europe/Paris',
      user_preference: true,
      detected_locale: 'en'
    })
    assert.deepEqual(i18n.resolve({ user: USERS[1], url: 'fr', header: 'fr' }), {
      locale: 'fr',
      timezone: 'Europe/Paris',
      user_preference: false,
      detected_locale: 'fr'
    })
  })
})
