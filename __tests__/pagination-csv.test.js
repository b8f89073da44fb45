'use strict'

/**
 * Conformance: csv-spectrum, and generated files beside PapaParse and csv-parse, who must both
 * agree with us. `REKUE_CSV_FILES` sets how many files (10,000), `REKUE_CSV_SEED` which.
 */

const assert = require('node:assert/strict')
const { parse: csvParse } = require('csv-parse/sync')
const spectrum = require('csv-spectrum')
const Papa = require('papaparse')
const { Dataset } = require('rekue/pagination')
const { temporaryFolder } = require('../test-support/names')

const FILES = Number(process.env.REKUE_CSV_FILES || 10_000)
const SEED = Number(process.env.REKUE_CSV_SEED || 1)

/** Files that are read at a time. */
const AT_ONCE = 16

const PIECES = [
  ...['a', 'bc', 'xyz', '0', '1.5', ' ', '  ', "'", ';', ',', '\t', '|', '"', '""', '\\', '#'],
  ...['\n', '\r\n', '\r', 'é', '日本', '😀', '\u00a0', '\u2028', '\ufeff', '=1+1', '-', '\0']
]

/** @param {number} seed */
function generator(seed) {
  let x = seed >>> 0
  return (/** @type {number} */ limit) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return (x >>> 8) % limit
  }
}

/**
 * A file of well-formed records, quoted where they must be and here and there where they need not.
 * @param {number} seed
 */
function generate(seed) {
  const next = generator(seed * 7919 + 13)
  next(2)
  const delimiter = [',', ',', ',', ';', '\t', '|'][next(6)]
  const lineEnd = ['\n', '\r\n', '\r'][next(3)]
  const columns = 1 + next(6)
  const quoting = next(4)
  const field = () => {
    let value = ''
    for (let left = next(5); left > 0; left--) value += PIECES[next(PIECES.length)]
    // A lone empty field is an empty line to some and a record to others; see the test of it.
    return columns === 1 && value === '' ? 'x' : value
  }
  const records = Array.from({ length: next(3) === 0 ? next(400) : next(20) }, () =>
    Array.from({ length: columns }, field)
  )
  const special = new RegExp(`["\\r\\n${delimiter === '|' ? '\\|' : delimiter}]`)
  const written = (/** @type {string} */ value) =>
    special.test(value) || value.startsWith('\ufeff') || next(4) < quoting
      ? `"${value.replaceAll('"', '""')}"`
      : value
  const lines = records.map((record) => record.map(written).join(delimiter))
  const text = (next(5) === 0 ? '\ufeff' : '') + lines.join(lineEnd) + (next(2) ? lineEnd : '')
  return { text, delimiter, lineEnd, records }
}

describe('CSV, beside others who read it', () => {
  const files = temporaryFolder()
  after(files.remove)

  it('reads csv-spectrum as csv-spectrum says', async () => {
    const cases = await new Promise((resolve, reject) =>
      spectrum((/** @type {unknown} */ error, /** @type {any[]} */ found) =>
        error ? reject(error) : resolve(found)
      )
    )
    assert.ok(cases.length >= 12)
    for (const { name, csv, json } of cases) {
      const dataset = await Dataset.open(files.write(`${name}.csv`, csv))
      const { data } = dataset.page({ pageSize: 1000 })
      const said = JSON.parse(json)
      // Its answer to one file is one object rather than an array, with another telephone number
      // than the file has.
      const expected =
        name === 'location_coordinates' ? [{ ...said, 'Contact Phone Number': '2095257564' }] : said
      assert.deepEqual(data, expected, name)
      dataset.close()
    }
  })

  it(`reads ${FILES} generated files as PapaParse and csv-parse do`, async function () {
    this.timeout(60_000 + FILES * 20)
    let records = 0
    /** @param {number} seed */
    const check = async (seed) => {
      const { text, delimiter, lineEnd, records: expected } = generate(seed)
      const newline = /** @type {any} */ (lineEnd)
      const papa = Papa.parse(text, { delimiter, newline, skipEmptyLines: true }).data
      const parsed = csvParse(text, {
        delimiter,
        record_delimiter: lineEnd,
        bom: true,
        skip_empty_lines: true,
        relax_column_count: true
      })
      assert.deepEqual(papa, expected, `PapaParse, seed ${seed}`)
      assert.deepEqual(parsed, expected, `csv-parse, seed ${seed}`)
      const file = files.write(`${seed % AT_ONCE}.csv`, text)
      const dataset = await Dataset.open(file, { delimiter, header: false })
      const length = dataset.length
      assert.equal(length, expected.length, `seed ${seed}`)
      assert.deepEqual(dataset.getPage(1, Math.max(length, 1)), expected, `seed ${seed}`)
      if (length > 0) {
        const row = seed % length
        assert.deepEqual(dataset.getPage(row + 1, 1), [expected[row]], `seed ${seed}, row ${row}`)
      }
      records += length
      dataset.close()
    }
    for (let first = 0; first < FILES; first += AT_ONCE) {
      const count = Math.min(AT_ONCE, FILES - first)
      await Promise.all(Array.from({ length: count }, (_, at) => check(SEED + first + at)))
    }
    assert.ok(records > FILES * 10)
  })

  it('passes over empty lines, but not over a lone quoted empty field', async () => {
    const file = files.write('empty.csv', '\n\na\n\nx\n""\n\r\ny\n\n')
    const dataset = await Dataset.open(file)
    assert.deepEqual(dataset.columns, ['a'])
    assert.deepEqual(dataset.getPage(), [['x'], [''], ['y']])
    dataset.close()
  })

  it('takes a quote in the middle of an unquoted field for itself', async () => {
    const dataset = await Dataset.open(files.write('inch.csv', 'size,n\n5" pipe,1\n6"",2\n'))
    assert.deepEqual(dataset.getPage(), [
      ['5" pipe', '1'],
      ['6""', '2']
    ])
    dataset.close()
  })

  it('opens an empty file, and one with a header only', async () => {
    for (const [text, columns] of /** @type {[string, string[]][]} */ ([
      ['', []],
      ['\ufeff', []],
      ['\n\r\n', []],
      ['a,b', ['a', 'b']],
      ['\ufeffa,b\r\n', ['a', 'b']]
    ])) {
      const dataset = await Dataset.open(files.write('none.csv', text))
      assert.deepEqual(dataset.columns, columns)
      assert.equal(dataset.length, 0)
      assert.deepEqual(dataset.getPage(), [])
      assert.equal(dataset.getHyper().total_pages, 0)
      assert.deepEqual(dataset.page().data, [])
      assert.deepEqual(dataset.after({}), {
        data: [],
        next_cursor: null,
        prev_cursor: null,
        has_more: false
      })
      assert.throws(() => dataset.getHyperIndex(), { code: 'ERR_INDEX_OUT_OF_RANGE' })
      assert.equal((await dataset.query({})).length, 0)
      dataset.close()
    }
  })
})
