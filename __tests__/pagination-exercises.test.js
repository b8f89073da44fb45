'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')
const { repr, tuple } = require('../app/exercises/pagination/python')
const { nameSets, plainRows, temporaryFolder } = require('../test-support/names')

const FOLDER = path.join(__dirname, '../app/exercises/pagination')

const OLIVIA = "['2016', 'FEMALE', 'ASIAN AND PACIFIC ISLANDER', 'Olivia', '172', '1']"
const CHLOE = "['2016', 'FEMALE', 'ASIAN AND PACIFIC ISLANDER', 'Chloe', '112', '2']"
const SOPHIA = "['2016', 'FEMALE', 'ASIAN AND PACIFIC ISLANDER', 'Sophia', '104', '3']"
const EMMA = "['2016', 'FEMALE', 'ASIAN AND PACIFIC ISLANDER', 'Emma', '99', '4']"
const EMILY = "['2016', 'FEMALE', 'ASIAN AND PACIFIC ISLANDER', 'Emily', '99', '4']"
const MIA = "['2016', 'FEMALE', 'ASIAN AND PACIFIC ISLANDER', 'Mia', '79', '5']"
const CHARLOTTE = "['2016', 'FEMALE', 'ASIAN AND PACIFIC ISLANDER', 'Charlotte', '59', '6']"

/** What the original exercises print, line by line. */
const PRINTED = [
  () => ["<class 'tuple'>", '(0, 7)', "<class 'tuple'>", '(30, 45)'],
  () => [
    'AssertionError raised with negative values',
    'AssertionError raised with 0',
    'AssertionError raised when page and/or page_size are not ints',
    `[${OLIVIA}, ${CHLOE}, ${SOPHIA}]`,
    `[${EMILY}, ${MIA}]`,
    '[]'
  ],
  (/** @type {string[][]} */ rows) => [
    `{'page_size': 2, 'page': 1, 'data': [${OLIVIA}, ${CHLOE}], 'next_page': 2, 'prev_page': None, 'total_pages': 9709}`,
    '---',
    `{'page_size': 2, 'page': 2, 'data': [${SOPHIA}, ${EMMA}], 'next_page': 3, 'prev_page': 1, 'total_pages': 9709}`,
    '---',
    `{'page_size': 3, 'page': 100, 'data': ${repr(rows.slice(297, 300))}, 'next_page': 101, 'prev_page': 99, 'total_pages': 6473}`,
    '---',
    "{'page_size': 0, 'page': 3000, 'data': [], 'next_page': None, 'prev_page': 2999, 'total_pages': 195}"
  ],
  () => [
    'AssertionError raised when out of range',
    'Nb items: 19418',
    `{'index': 3, 'next_index': 5, 'page_size': 2, 'data': [${EMMA}, ${EMILY}]}`,
    `{'index': 5, 'next_index': 7, 'page_size': 2, 'data': [${MIA}, ${CHARLOTTE}]}`,
    'Nb items: 19417',
    `{'index': 3, 'next_index': 6, 'page_size': 2, 'data': [${EMILY}, ${MIA}]}`,
    `{'index': 5, 'next_index': 7, 'page_size': 2, 'data': [${MIA}, ${CHARLOTTE}]}`
  ]
]

for (const { label, text } of nameSets()) {
  describe(`the pagination exercises over ${label}`, () => {
    const files = temporaryFolder()
    const file = files.write('names.csv', text)
    after(files.remove)

    PRINTED.forEach((lines, number) => {
      it(`${number}-main.js prints what the original prints`, async () => {
        const env = { ...process.env, NAMES_CSV: file }
        const main = path.join(FOLDER, `${number}-main.js`)
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { env })
        assert.equal(stderr, '')
        assert.equal(stdout, `${lines(plainRows(text)).join('\n')}\n`)
      })
    })
  })
}

describe('the pagination exercises without a data set', () => {
  const files = temporaryFolder()
  after(files.remove)

  it('make their sample, and print the same from it', async () => {
    const env = { ...process.env, NAMES_CSV: '', DATA_DIR: path.join(files.folder, 'new') }
    const main = path.join(FOLDER, '3-main.js')
    for (let run = 0; run < 2; run++) {
      const { stdout } = await promisify(execFile)(process.execPath, [main], { env })
      assert.equal(stdout, `${PRINTED[3]([]).join('\n')}\n`)
    }
  })
})

describe('values as Python prints them', () => {
  it('prints strings, lists, dicts and tuples', () => {
    assert.equal(repr(["it's", 'a"b', `'"`, 'a\\b\n']), `["it's", 'a"b', '\\'"', 'a\\\\b\\n']`)
    assert.equal(repr({ a: null, b: [1, true] }), "{'a': None, 'b': [1, True]}")
    assert.equal(tuple([1]), '(1,)')
  })
})
