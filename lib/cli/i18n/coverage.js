'use strict'

const native = require('../../native')
const { UsageError, ask, colour, open, parse, printJson } = require('./command')

const USAGE = `usage: rekue i18n coverage [DIR] [--min N] [--json]

Tells how many messages of the source each locale has translated. A regional locale (fr-CA) has
those of the locale that it falls back to (fr). Copies of the source that nobody has translated do
not count.

  --source  the locale that the others are translated from; default: en
  --min     per cent that each locale must have; one that has less makes the exit code 1
  --json    print JSON`

const OPTIONS = /** @type {const} */ ({ min: { type: 'string' }, json: { type: 'boolean' } })

/** @param {string[]} args behind `rekue i18n coverage` */
async function coverage(args) {
  const parsed = parse(args, USAGE, OPTIONS, { max: 1 })
  if (parsed === undefined) return
  const { values, positionals } = parsed
  const min = values.min === undefined ? null : percentOf(values.min)
  const project = open({ dir: positionals[0] ?? values.dir, source: values.source })
  const locales = ask(native.i18nCoverage, { project })
  const low = locales.filter((each) => min !== null && each.percent < min)
  if (values.json) {
    printJson({ ok: low.length === 0, min, locales })
  } else {
    print(locales, low)
  }
  if (low.length > 0) {
    const names = low.map((each) => each.locale).join(', ')
    console.error(`rekue: less than ${min} % is translated in ${names}`)
    process.exitCode = 1
  }
}

/** @param {string} text */
function percentOf(text) {
  const min = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && min <= 100) return min
  throw new UsageError(`--min must be a number from 0 to 100, but it is ${JSON.stringify(text)}`)
}

function print(locales, low) {
  const row = (cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : String(cell).padStart(13))).join('')
  console.log(row(['locale', 'translated', 'untranslated', 'missing', 'of', 'per cent']))
  for (const each of locales) {
    const { locale, translated, untranslated, missing, total, percent } = each
    // Rounded down: 100 per cent is all.
    const shown = (Math.floor(percent * 10) / 10).toFixed(1)
    const line = row([locale, translated, untranslated, missing, total, shown])
    console.log(colour(low.includes(each) ? 'red' : 'green', line))
  }
}

module.exports = { coverage }
