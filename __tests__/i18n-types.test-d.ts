/**
 * Uses of the public types of rekue/i18n; nothing here runs.
 */

import { I18n, type LocaleContext, type LocalizedRequest } from 'rekue/i18n'

const loading: Promise<I18n> = I18n.load({
  dir: 'locales',
  defaultLocale: 'en',
  isolating: 'auto',
  escape: 'html',
  onError: (error) => console.error(error.code)
})

async function use(i18n: I18n) {
  const locales: string[] = i18n.locales
  const text: string = i18n.t('fr', 'hello.title', { name: 'Kim', n: 5, at: new Date() })
  const texts: string[] = i18n.tMany('fr', ['a', ['b', { n: 1 }]], { timeZone: 'Asia/Tokyo' })
  const own: string = i18n.translator('fr', { timeZone: 'Asia/Tokyo' })('a', { n: 1 })
  const context: LocaleContext = i18n.resolve({
    url: 'fr',
    user: { locale: null, timezone: 'Europe/Paris' },
    header: 'en;q=0.5'
  })
  const preferred: boolean = context.user_preference
  const numbers: string[] = [
    i18n.formatNumber('fr', 10n, { maximumFractionDigits: 2 }),
    i18n.formatCurrency('fr', 12.5, 'EUR'),
    i18n.formatPercent('fr', 0.5),
    i18n.formatDate('fr', Date.now(), { dateStyle: 'long' }),
    i18n.formatRelative('fr', -1, 'day'),
    i18n.formatList('fr', ['a', 'b'])
  ]
  i18n.middleware({ cookie: 'lng', path: true, user: async (req) => req.user })({}, {}, () => {})
  await i18n.watch()
  i18n.unwatch()
  await i18n.reload()
  return { locales, text, texts, own, preferred, numbers, negotiated: i18n.negotiate('fr') }
}
void loading.then(use)

declare const req: LocalizedRequest
const page: string = req.t('home_title') + req.locale + req.timeZone
void page

// @ts-expect-error -- loaded, not constructed
new I18n()
// @ts-expect-error -- a directory is needed
void I18n.load({})
// @ts-expect-error -- no such option
void I18n.load({ dir: 'locales', fallback: 'en' })
// @ts-expect-error -- an id is a string
void loading.then((i18n) => i18n.t('en', 5))
// @ts-expect-error -- no such way to escape
void loading.then((i18n) => i18n.t('en', 'a', {}, { escape: 'xml' }))
// @ts-expect-error -- not to be written
void loading.then((i18n) => (i18n.locales = []))
