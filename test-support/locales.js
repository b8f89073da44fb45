'use strict'

/** Locales of every way to group, sign and count: what holds in all of them may be relied on. */

const LOCALES =
  'af am ar ar-EG ar-MA az be bg bn bs ca cs cy da de de-AT de-CH el en en-AU en-GB en-IN en-ZA es ' +
  'es-419 es-MX et eu fa fi fil fr fr-CA fr-CH ga gl gu he hi hr hu hy id is it it-CH ja ka kk km ' +
  'kn ko lt lv mk ml mn mr ms mt my nb ne nl pa pl pt pt-PT ro ru rw sl sk sq sr sv sw ta te th tr ' +
  'uk ur uz vi zh zh-TW zu'

module.exports = { LOCALES: LOCALES.split(' ') }
