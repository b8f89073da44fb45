'use strict'

/**
 * Writes the CSV that the bench reads: orders, about 43 bytes a row, one row in twenty with a
 * quoted field that holds a comma. The same rows for the same count, anywhere.
 *
 *   node bench/pagination/generate.js FILE ROWS
 */

const fs = require('node:fs')

const CITIES = [
  'Lagos',
  'Bogota',
  'Osaka',
  'Lyon',
  'Porto',
  'Seattle',
  'Pune',
  'Quito',
  'Turin',
  'Accra'
]
const NAMES = [
  'Olivia',
  'Noah',
  'Amara',
  'Mateo',
  'Yuki',
  'Emily',
  'Ravi',
  'Chloe',
  'Jayden',
  'Sophia'
]
const STATES = ['open', 'paid', 'sent', 'back']
const COLUMNS = 'id,name,city,state,amount,date'

/** Enough text for one write. */
const CHUNK_CHARS = 1 << 20

/** A small generator of equally distributed numbers (Numerical Recipes' constants). */
function numbers(seed) {
  let x = seed >>> 0
  return (limit) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return (x >>> 8) % limit
  }
}

/**
 * @param {string} file
 * @param {number} rows
 */
function generate(file, rows) {
  const next = numbers(7)
  const two = (n) => String(n).padStart(2, '0')
  const out = fs.openSync(file, 'w')
  let text = `${COLUMNS}\n`
  for (let row = 0; row < rows; row++) {
    const name = `${NAMES[next(10)]}${next(5000)}`
    const city = next(20) === 0 ? `"${CITIES[next(10)]}, North"` : CITIES[next(10)]
    const amount = `${next(90000) + 100}.${two(next(100))}`
    const date = `20${two(next(25))}-${two(next(12) + 1)}-${two(next(28) + 1)}`
    text += `${row + 1},${name},${city},${STATES[next(4)]},${amount},${date}\n`
    if (text.length > CHUNK_CHARS) {
      fs.writeSync(out, text)
      text = ''
    }
  }
  fs.writeSync(out, text)
  fs.closeSync(out)
}

module.exports = { generate, COLUMNS }

if (require.main === module) generate(process.argv[2], Number(process.argv[3]))
