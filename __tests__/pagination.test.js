'use strict'

const assert = require('node:assert/strict')
const { indexRange, Dataset } = require('rekue/pagination')
const { nameSets, plainRows, temporaryFolder } = require('../test-support/names')

const INVALID = [
  0,
  -1,
  -10,
  1.5,
  NaN,
  Infinity,
  2 ** 53,
  '1',
  'Bob',
  '',
  true,
  false,
  null,
  [],
  {},
  1n,
  new Number(1)
]

describe('indexRange', () => {
  it('refuses what cannot be reckoned with', () => {
    for (const odd of /** @type {any[]} */ ([Symbol('s'), Object.create(null), 1n])) {
      const refused = (argument) => ({ name: 'RangeError', code: 'ERR_INVALID_PAGE', argument })
      assert.throws(() => indexRange(odd, 1), refused('page'))
      assert.throws(() => indexRange(1, odd), refused('pageSize'))
    }
  })

  it('gives start and end of a 1-based page', () => {
    assert.deepEqual(indexRange(1, 7), [0, 7])
    assert.deepEqual(indexRange(3, 15), [30, 45])
    assert.deepEqual(indexRange(/** @type {any} */ ('3'), 15), [30, 45])
  })
})

for (const { label, text } of nameSets()) {
  describe(`Dataset over ${label}`, () => {
    const files = temporaryFolder()
    const rows = plainRows(text)
    /** @type {Dataset} */
    let dataset

    beforeEach(async () => {
      dataset = await Dataset.open(files.write('names.csv', text))
    })
    afterEach(() => dataset.close())
    after(files.remove)

    it('has the columns and the length', () => {
      assert.equal(dataset.length, 19418)
      assert.deepEqual(dataset.columns, text.slice(0, text.indexOf('\n')).split(','))
    })

    it('keeps an index that is a small part of the file', () => {
      assert.ok(dataset.indexBytes < text.length / 100)
    })

    it('gives any page by number, short at the end and empty past it', () => {
      assert.deepEqual(dataset.getPage(), rows.slice(0, 10))
      for (const [page, size] of [
        [1, 3],
        [3, 2],
        [195, 100],
        [194, 100],
        [1942, 10],
        [1, 30000]
      ]) {
        assert.deepEqual(dataset.getPage(page, size), rows.slice(...indexRange(page, size)))
      }
      assert.deepEqual(dataset.getPage(3000, 100), [])
      assert.deepEqual(dataset.getPage(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), [])
    })

    it('reads the same rows from the three variants of the file', async () => {
      for (const variant of [text.trimEnd(), text.replaceAll('\n', '\r\n')]) {
        const other = await Dataset.open(files.write('variant.csv', variant))
        assert.equal(other.length, 19418)
        assert.deepEqual(other.getPage(1, 19418), rows)
        other.close()
      }
    })

    it('tells a page where it stands', () => {
      const { data, ...place } = dataset.getHyper(1, 2)
      assert.deepEqual(data, rows.slice(0, 2))
      assert.deepEqual(place, {
        page_size: 2,
        page: 1,
        next_page: 2,
        prev_page: null,
        total_pages: 9709
      })
      assert.deepEqual(Object.keys(dataset.getHyper()), [
        'page_size',
        'page',
        'data',
        'next_page',
        'prev_page',
        'total_pages'
      ])
      assert.deepEqual(dataset.getHyper(3000, 100), {
        page_size: 0,
        page: 3000,
        data: [],
        next_page: null,
        prev_page: 2999,
        total_pages: 195
      })
      assert.equal(dataset.getHyper(100, 3).total_pages, 6473)
      assert.equal(dataset.getHyper(195, 100).next_page, null)
    })

    it('walks by index past deleted rows', () => {
      assert.deepEqual(dataset.getHyperIndex(3, 2), {
        index: 3,
        next_index: 5,
        page_size: 2,
        data: rows.slice(3, 5)
      })
      assert.equal(dataset.delete(3), true)
      assert.equal(dataset.delete(3), false)
      assert.equal(dataset.length, 19417)
      assert.deepEqual(dataset.getHyperIndex(3, 2), {
        index: 3,
        next_index: 6,
        page_size: 2,
        data: rows.slice(4, 6)
      })
      assert.deepEqual(dataset.getHyperIndex(5, 2).data, rows.slice(5, 7))
    })

    it('gives rows 10 to 19 at index 10 whatever was deleted before it', () => {
      dataset.delete(3)
      dataset.delete(6)
      dataset.delete(7)
      assert.deepEqual(dataset.getHyperIndex(10, 10).data, rows.slice(10, 20))
      const { data, next_index } = dataset.getHyperIndex(0, 10)
      assert.deepEqual(
        data,
        [0, 1, 2, 4, 5, 8, 9, 10, 11, 12].map((at) => rows[at])
      )
      assert.equal(next_index, 13)
      assert.deepEqual(dataset.getHyperIndex(3, 2), {
        index: 3,
        next_index: 8,
        page_size: 2,
        data: [rows[4], rows[5]]
      })
    })

    it('ends a walk by index with null', () => {
      assert.equal(dataset.getHyperIndex(19410, 10).page_size, 8)
      assert.equal(dataset.getHyperIndex(19410, 10).next_index, null)
      assert.equal(dataset.getHyperIndex(19408, 10).page_size, 10)
      assert.equal(dataset.getHyperIndex(19408, 10).next_index, null)
    })

    it('passes over deleted rows in pages by number', () => {
      const left = rows.filter((_, at) => at % 3 !== 0)
      rows.forEach((_, at) => at % 3 === 0 && dataset.delete(at))
      assert.equal(dataset.length, left.length)
      assert.deepEqual(dataset.getPage(500, 20), left.slice(499 * 20, 500 * 20))
      assert.equal(dataset.getHyper(1, 100).total_pages, Math.ceil(left.length / 100))
    })

    it('refuses an index below 0 or past the last row that is left', () => {
      for (const index of [-1, 19418, 300000, 2 ** 53, Infinity]) {
        assert.throws(() => dataset.getHyperIndex(index, 10), {
          name: 'RangeError',
          code: 'ERR_INDEX_OUT_OF_RANGE'
        })
        assert.throws(() => dataset.delete(index), { code: 'ERR_INDEX_OUT_OF_RANGE' })
      }
      dataset.delete(19417)
      assert.throws(() => dataset.getHyperIndex(19417, 10), { code: 'ERR_INDEX_OUT_OF_RANGE' })
      for (const index of [null, '1', 1.5, NaN, true]) {
        assert.throws(() => dataset.getHyperIndex(/** @type {any} */ (index), 10), {
          name: 'TypeError',
          code: 'ERR_INVALID_ARG',
          argument: 'index'
        })
      }
    })

    it('refuses what is no page or page size', () => {
      for (const bad of /** @type {any[]} */ (INVALID)) {
        const refused = (argument) => ({ name: 'RangeError', code: 'ERR_INVALID_PAGE', argument })
        assert.throws(() => dataset.getPage(bad, 10), refused('page'), String(bad))
        assert.throws(() => dataset.getPage(1, bad), refused('pageSize'))
        assert.throws(() => dataset.getHyper(bad, 10), refused('page'))
        assert.throws(() => dataset.getHyper(1, bad), refused('pageSize'))
        assert.throws(() => dataset.getHyperIndex(0, bad), refused('pageSize'))
        assert.throws(() => dataset.page({ page: bad }), refused('page'))
        assert.throws(() => dataset.pageJson({ pageSize: bad }), refused('pageSize'))
        assert.throws(() => dataset.after({ limit: bad }), refused('limit'))
      }
    })

    it('gives rows as objects with the addresses beside them', () => {
      const page = dataset.page({ page: 2, pageSize: 2, baseUrl: '/names?sort=a%20b&page=7' })
      assert.deepEqual(Object.keys(page), [
        'data',
        'page',
        'page_size',
        'total',
        'total_pages',
        'next_url',
        'prev_url'
      ])
      assert.deepEqual(Object.entries(page.data[0]), [
        ...dataset.columns.map((column, at) => [column, rows[2][at]])
      ])
      assert.equal(page.next_url, '/names?sort=a%20b&page=3&page_size=2')
      assert.equal(page.prev_url, '/names?sort=a%20b&page=1&page_size=2')
      assert.equal(page.total, 19418)
      assert.equal(dataset.page().prev_url, null)
      assert.equal(dataset.page().next_url, '?page=2&page_size=10')
      assert.equal(dataset.page({ page: 1942 }).next_url, null)
      assert.deepEqual(dataset.page({ page: 99999 }).data, [])
    })

    it('renders the same as JSON, byte for byte as JSON.stringify would', () => {
      for (const query of [{}, { page: 7, pageSize: 33 }, { page: 99999 }]) {
        const json = dataset.pageJson(query)
        assert.ok(Buffer.isBuffer(json))
        assert.equal(json.toString(), JSON.stringify(dataset.page(query)))
      }
    })

    it('has the same version for the same content and read in the same way', async () => {
      const again = await Dataset.open(files.write('again.csv', text))
      assert.equal(again.version, dataset.version)
      const other = await Dataset.open(files.write('other.csv', text.replace('Olivia', 'Olivja')))
      assert.notEqual(other.version, dataset.version)
      const headless = await Dataset.open(files.write('again.csv', text), { header: false })
      assert.notEqual(headless.version, dataset.version)
      assert.equal(headless.length, 19419)
      for (const each of [again, other, headless]) each.close()
    })
  })
}

describe("require('rekue').pagination", () => {
  it('is rekue/pagination', () => {
    const pagination = require('rekue/pagination')
    assert.equal(require('rekue').pagination, pagination)
    assert.deepEqual(Object.keys(pagination), ['indexRange', 'Dataset', 'View', 'paginate'])
  })

  it('gives its names to ES modules', async () => {
    const names = await import('rekue/pagination')
    assert.equal(names.Dataset, Dataset)
    assert.equal(names.indexRange, indexRange)
  })
})
