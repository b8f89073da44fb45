'use strict'

/** Catalogs of many locales, the same in every run: seven texts in ten are plain. */

const fs = require('node:fs')
const path = require('node:path')

const LANGUAGES =
  'af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ' +
  'ja ka kk km kn ko ky lo lt lv mk ml mn mr ms my nb ne nl nn pa pl pt ro ru si sk sl sq sr sv sw ta ' +
  'te th tr uk ur uz vi zh zu'
const REGIONAL =
  'ar-EG ar-MA de-AT de-CH en-AU en-CA en-GB en-IN es-AR es-CO es-MX es-US fr-BE fr-CA fr-CH it-CH ' +
  'nl-BE pt-PT sr-Latn zh-Hant sw-KE ta-LK ur-IN en-ZA en-IE'

const LOCALES = [...LANGUAGES.split(' '), ...REGIONAL.split(' ')]
const MESSAGES = 1000
const WORDS =
  'order basket payment address invoice delivery account password message product'.split(' ')

/** @param {string} locale */
function catalog(locale) {
  let text = ''
  for (let at = 0; at < MESSAGES; at++) {
    const [one, two] = [WORDS[at % 10], WORDS[(at * 7 + 3) % 10]]
    const words = `The ${one} and the ${two} of ${locale}, number ${at}`
    if (at % 10 < 7) text += `message-${at} = ${words}\n`
    else if (at % 10 < 9) text += `message-${at} = ${words}, are { $name }’s\n`
    else
      text += `message-${at} =\n    { $n ->\n        [one] ${words}\n       *[other] { $n } times ${words}\n    }\n`
  }
  return text
}

/** @param {string} dir */
function writeCatalogs(dir) {
  for (const locale of LOCALES) {
    fs.mkdirSync(path.join(dir, locale), { recursive: true })
    fs.writeFileSync(path.join(dir, locale, 'main.ftl'), catalog(locale))
  }
}

module.exports = { LOCALES, MESSAGES, writeCatalogs }
