'use strict'

/**
 * A stand-in for `Popular_Baby_Names.csv`: the same columns and spellings, as many rows, about as
 * many bytes, none of its data but the rows that the exercises show. Always the same text.
 *
 *   node app/exercises/pagination/sample.js FILE
 */

const fs = require('node:fs')

const HEADER = "Year of Birth,Gender,Ethnicity,Child's First Name,Count,Rank"
const ROWS = 19418

/** The rows that the exercises print. */
const FIRST_ROWS = [
  ['Olivia', 172, 1],
  ['Chloe', 112, 2],
  ['Sophia', 104, 3],
  ['Emma', 99, 4],
  ['Emily', 99, 4],
  ['Mia', 79, 5],
  ['Charlotte', 59, 6]
].map((row) => ['2016', 'FEMALE', 'ASIAN AND PACIFIC ISLANDER', ...row].join(','))

const LAST_ROW = '2011,MALE,WHITE NON HISPANIC,YEHUDAH,10,97'

const YEARS = ['2016', '2015', '2014', '2013', '2012', '2011']
const GENDERS = ['FEMALE', 'MALE']
const ETHNICITIES = [
  'ASIAN AND PACIFIC ISLANDER',
  'BLACK NON HISPANIC',
  'HISPANIC',
  'WHITE NON HISPANIC'
]

/** In one year three of them were cut short at the source. */
const CUT = new Map([
  ['ASIAN AND PACIFIC ISLANDER', 'ASIAN AND PACI'],
  ['BLACK NON HISPANIC', 'BLACK NON HISP'],
  ['WHITE NON HISPANIC', 'WHITE NON HISP']
])
const CUT_YEAR = '2012'

const STARTS = ['Al', 'Be', 'Ca', 'Da', 'El', 'Fa', 'Jo', 'Ka', 'Li', 'Ma', 'Ro', 'Sa', 'Ta', 'Vi']
const MIDDLES = ['ra', 'li', 'no', 'mi', 'le', 'ri', 'vi']
const ENDS = ['a', 'ah', 'en', 'n', 'el', 'yn', 's', 'ie']

/** @param {number} number */
function name(number) {
  const end = ENDS[number % ENDS.length]
  const rest = Math.floor(number / ENDS.length)
  const middle = MIDDLES[rest % MIDDLES.length]
  return STARTS[Math.floor(rest / MIDDLES.length) % STARTS.length] + middle + end
}

/** @returns {string} the whole file */
function sampleNames() {
  const groups = YEARS.length * GENDERS.length * ETHNICITIES.length
  const lines = [HEADER, ...FIRST_ROWS]
  let group = 0
  for (const year of YEARS) {
    for (const gender of GENDERS) {
      for (const ethnicity of ETHNICITIES) {
        group++
        const end = Math.round((ROWS * group) / groups)
        const shown = year === CUT_YEAR ? CUT.get(ethnicity) || ethnicity : ethnicity
        for (let rank = 1; lines.length <= end; rank++) {
          const spelled = name(rank * 31 + group * 17)
          const given = year < '2014' ? spelled.toUpperCase() : spelled
          const count = Math.max(10, Math.round(240 / rank ** 0.6))
          lines.push([year, gender, shown, given, count, Math.ceil(rank / 4)].join(','))
        }
      }
    }
  }
  lines[ROWS] = LAST_ROW
  return `${lines.join('\n')}\n`
}

module.exports = { sampleNames, ROWS }

if (require.main === module) fs.writeFileSync(process.argv[2], sampleNames())
