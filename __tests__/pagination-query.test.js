'use strict'

const assert = require('node:assert/strict')
const { Dataset } = require('rekue/pagination')

const COLUMNS = ['id', 'name', 'price', 'note']
const ROWS = [
  [1, 'pear', 10, 'a'],
  [2, 'Apple', 9.5, ''],
  [3, 'fig', 100, 'b, c'],
  [4, 'apple', 9.5, '"q"'],
  [5, 'éclair', -3, 'a\nb']
]

describe('query', () => {
  /** @type {Dataset} */
  let dataset
  beforeEach(() => {
    dataset = Dataset.fromRows(COLUMNS, ROWS)
  })
  afterEach(() => dataset.close())

  /** @param {any} query */
  async function ids(query) {
    const view = await dataset.query(query)
    const found = view.getPage(1, 100).map((row) => Number(row[0]))
    assert.equal(view.length, found.length)
    return found
  }

  it('sorts numbers as numbers, text by code point, and equal rows in their order', async () => {
    assert.deepEqual(await ids({ sort: 'price' }), [5, 2, 4, 1, 3])
    assert.deepEqual(await ids({ sort: '-price' }), [3, 1, 2, 4, 5])
    assert.deepEqual(await ids({ sort: 'name' }), [2, 4, 3, 1, 5])
    assert.deepEqual(await ids({ sort: '-price,-id' }), [3, 1, 4, 2, 5])
    assert.deepEqual(await ids({ sort: ['price', '-name'] }), [5, 4, 2, 1, 3])
  })

  it('refuses halves of surrogate pairs, and lists with holes', async () => {
    const refused = { name: 'TypeError', code: 'ERR_INVALID_ARG' }
    for (const operator of ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'contains']) {
      await assert.rejects(dataset.query({ filter: { name: { [operator]: '\ud800' } } }), refused)
    }
    for (const query of [
      { filter: { name: 'a\udfff' } },
      { filter: { name: { in: ['pear', '\ud800'] } } },
      { filter: { name: { in: new Array(2) } } },
      { sort: new Array(2) },
      { sort: ['name', ,] }, // eslint-disable-line no-sparse-arrays
      { select: new Array(2) }
    ]) {
      await assert.rejects(dataset.query(query), refused)
    }
    assert.deepEqual(await ids({ filter: { name: { ne: '\u{1f600}' } } }), [1, 2, 3, 4, 5])
    assert.throws(() => Dataset.fromRows(new Array(2), []), refused)
    assert.throws(() => Dataset.fromRows(['a'], new Array(2)), refused)
  })

  it('filters by each operator', async () => {
    assert.deepEqual(await ids({ filter: { price: 9.5 } }), [2, 4])
    assert.deepEqual(await ids({ filter: { price: '9.50' } }), [2, 4])
    assert.deepEqual(await ids({ filter: { price: { ne: 9.5 } } }), [1, 3, 5])
    assert.deepEqual(await ids({ filter: { price: { gt: 9.5, lte: 100 } } }), [1, 3])
    assert.deepEqual(await ids({ filter: { price: { gte: 9.5, lt: 100 } } }), [1, 2, 4])
    assert.deepEqual(await ids({ filter: { name: { in: ['fig', 'pear', 'none'] } } }), [1, 3])
    assert.deepEqual(await ids({ filter: { name: { in: [] } } }), [])
    assert.deepEqual(await ids({ filter: { name: { contains: 'pp' } } }), [2, 4])
    assert.deepEqual(
      await ids({ filter: { price: { contains: '0', gt: 10 } }, sort: 'price' }),
      [3]
    )
    assert.deepEqual(await ids({ filter: { price: { in: ['100.0', -3, 'x'] } } }), [3, 5])
    assert.deepEqual(await ids({ filter: { price: { gt: '9.4999', lt: '9.50001' } } }), [2, 4])
    assert.deepEqual(await ids({ filter: { price: { lt: '1e1' } } }), [2, 4, 5])
    assert.deepEqual(await ids({ filter: { note: '' } }), [2])
    assert.deepEqual(await ids({ filter: { note: 'a\nb' } }), [5])
    assert.deepEqual(await ids({ filter: { note: '"q"', price: { lt: 10 } } }), [4])
    assert.deepEqual(await ids({ filter: { price: 'cheap' } }), [])
    assert.deepEqual(await ids({ filter: { price: { ne: 'cheap' } } }), [1, 2, 3, 4, 5])
  })

  it('gives only the selected columns, in the order asked for', async () => {
    const view = await dataset.query({ select: ['note', 'id'], sort: '-id' })
    assert.deepEqual(view.getPage(1, 2), [
      ['a\nb', '5'],
      ['"q"', '4']
    ])
    assert.deepEqual(view.page({ pageSize: 1 }).data, [{ note: 'a\nb', id: '5' }])
    assert.equal(
      view.pageJson({ pageSize: 1 }).toString(),
      JSON.stringify(view.page({ pageSize: 1 }))
    )
  })

  it('takes rows out of a view as they are deleted', async () => {
    const view = await dataset.query({ sort: '-price' })
    dataset.delete(0)
    assert.equal(view.length, 4)
    assert.deepEqual(
      view.getPage(1, 9).map((row) => row[0]),
      ['3', '2', '4', '5']
    )
    assert.deepEqual(await ids({ filter: { id: { lte: 2 } } }), [2])
  })

  it('keeps a result for the next time, however the query is written', async () => {
    const one = dataset.query({ filter: { price: { lt: 50, gt: 1 }, name: 'fig' } })
    const two = dataset.query({ filter: { name: { eq: 'fig' }, price: { gt: '1', lt: '50' } } })
    const cursorOf = async (view) => (await view).after({ limit: 1 })
    assert.deepEqual(await cursorOf(one), await cursorOf(two))
  })

  it('refuses what it does not know, and says what there is', async () => {
    const bad = [
      [{ filter: { colour: 'red' } }, /colour|columns/],
      [{ filter: { price: { above: 1 } } }, /operators eq, ne/],
      [{ filter: { price: {} } }, /at least one/],
      [{ filter: { price: [1, 2] } }, /in: \[/],
      [{ filter: { price: null } }, /string/],
      [{ filter: { price: { in: 3 } } }, /array/],
      [{ filter: { price: NaN } }, /finite/],
      [{ filter: 'price=1' }, /object/],
      [{ sort: 'colour' }, /columns/],
      [{ sort: 7 }, /columns/],
      [{ select: [] }, /at least one/],
      [{ select: ['colour'] }, /columns/],
      [{ sorted: 'price' }, /sort/]
    ]
    for (const [query, message] of bad) {
      await assert.rejects(dataset.query(/** @type {any} */ (query)), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG',
        message
      })
    }
  })

  it('compares identifiers past 2^53 exactly', async () => {
    const ids = ['9007199254740993', '9007199254740992', '9007199254740994']
    const big = Dataset.fromRows(
      ['id'],
      ids.map((id) => [id])
    )
    const view = await big.query({ sort: 'id' })
    assert.deepEqual(view.getPage().flat(), [ids[1], ids[0], ids[2]])
    assert.equal((await big.query({ filter: { id: 9007199254740993n } })).length, 1)
  })

  it('has nothing beyond infinity', async () => {
    const huge = Dataset.fromRows(['n'], [['1e400'], ['1'], ['-1e400']])
    const found = async (operator, n) =>
      (await huge.query({ filter: { n: { [operator]: n } } })).getPage().flat()
    assert.deepEqual(await found('gt', '1e400'), [])
    assert.deepEqual(await found('lt', '-1e400'), [])
    assert.deepEqual(await found('gte', '1e400'), ['1e400'])
    assert.deepEqual(await found('lte', '-1e400'), ['-1e400'])
    assert.deepEqual(await found('gt', '-1e400'), ['1e400', '1'])
  })
})

describe('fromRows', () => {
  it('keeps every field as its text, whatever is in it', () => {
    const odd = ['', '""', '"', ',', '\r\n', '\ufeffx', ' a ', '\u2028', '😀', '\0', '<script>']
    const dataset = Dataset.fromRows(
      ['field', 'other'],
      odd.map((text) => [text, text])
    )
    assert.equal(dataset.length, odd.length)
    assert.deepEqual(
      dataset.getPage(1, 100),
      odd.map((text) => [text, text])
    )
    const json = dataset.pageJson({ pageSize: 100 }).toString()
    assert.deepEqual(
      JSON.parse(json).data,
      odd.map((text) => ({ field: text, other: text }))
    )
    assert.equal(json, JSON.stringify(JSON.parse(json)))
  })

  it('takes one empty column for what it is, and nothing for nothing', () => {
    assert.deepEqual(Dataset.fromRows(['a'], [[''], [null], [undefined], [0]]).getPage(), [
      [''],
      [''],
      [''],
      ['0']
    ])
    assert.equal(Dataset.fromRows([], []).length, 0)
    assert.deepEqual(Dataset.fromRows(['a', 'b'], []).columns, ['a', 'b'])
    assert.deepEqual(Dataset.fromRows(['a'], []).getPage(), [])
  })

  it('gives columns with the names of Object.prototype as ordinary properties', () => {
    const columns = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const dataset = Dataset.fromRows(columns, [['a', 'b', 'c', 'd']])
    const [row] = dataset.page().data
    assert.deepEqual(Object.keys(row), columns)
    assert.equal(Object.getPrototypeOf(row), Object.prototype)
    assert.equal(Object.getOwnPropertyDescriptor(row, '__proto__')?.value, 'a')
    assert.equal(/** @type {any} */ ({}).a, undefined)
  })

  it('filters by a column named __proto__', async () => {
    const dataset = Dataset.fromRows(['__proto__'], [['a'], ['b']])
    assert.equal((await dataset.query({ filter: { ['__proto__']: 'b' } })).length, 1)
    await assert.rejects(Dataset.fromRows(['a'], []).query({ filter: { ['__proto__']: 'b' } }), {
      code: 'ERR_INVALID_ARG'
    })
  })

  it('numbers columns of the same name', () => {
    const dataset = Dataset.fromRows(['a', 'a', 'b'], [[1, 2, 3]])
    assert.deepEqual(dataset.page().data, [{ a: '1', a_1: '2', b: '3' }])
  })

  it('names the field that has no text, and the column that has no name', () => {
    /** @type {any[][]} */
    const rows = [
      ['x', 'y'],
      ['x', Symbol('s')]
    ]
    assert.throws(() => Dataset.fromRows(['a', 'b'], rows), {
      code: 'ERR_INVALID_ARG',
      message: /^rows\[1\]\[1\] must be .*a symbol/
    })
    assert.throws(() => Dataset.fromRows(/** @type {any} */ (['a', 5]), []), {
      code: 'ERR_INVALID_ARG',
      message: /^columns\[1\] must be a string, but it was number 5/
    })
  })

  it('refuses rows that do not fit the columns', () => {
    const bad = [
      [['a'], [['x', 'y']]],
      [['a', 'b'], [['x']]],
      [['a'], ['x']],
      [[], [[]]],
      ['a', []],
      [['a'], 'rows'],
      [[1], []],
      [['a'], [[Symbol('s')]]],
      [['a'], [[Object.create(null)]]]
    ]
    for (const [columns, rows] of /** @type {any[]} */ (bad)) {
      assert.throws(() => Dataset.fromRows(columns, rows), { code: 'ERR_INVALID_ARG' })
    }
  })
})

describe('after', () => {
  const rows = Array.from({ length: 25 }, (_, at) => [at, at % 3])
  const dataset = Dataset.fromRows(['id', 'group'], rows)
  const ids = (page) => page.data.map((row) => Number(row.id))

  it('walks to the end and back', () => {
    const seen = []
    let page = dataset.after({ limit: 10 })
    assert.equal(page.prev_cursor, null)
    for (;;) {
      seen.push(...ids(page))
      assert.equal(page.has_more, page.next_cursor !== null)
      if (!page.has_more) break
      page = dataset.after({ cursor: page.next_cursor, limit: 10 })
    }
    assert.deepEqual(
      seen,
      rows.map(([id]) => id)
    )
    const back = dataset.after({ cursor: page.prev_cursor, limit: 10 })
    assert.deepEqual(ids(back), seen.slice(10, 20))
    assert.equal(back.has_more, true)
    assert.deepEqual(Object.keys(back), ['data', 'next_cursor', 'prev_cursor', 'has_more'])
  })

  it('starts where it is told to, whatever the limit', () => {
    const { next_cursor: cursor } = dataset.after({ limit: 3 })
    assert.deepEqual(ids(dataset.after({ cursor, limit: 2 })), [3, 4])
    assert.deepEqual(ids(dataset.after({ cursor })), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    assert.deepEqual(ids(dataset.after({ cursor: null, limit: 1 })), [0])
  })

  it('knows a cursor that was bent, and one of another query, from its own', async () => {
    const { next_cursor: cursor } = dataset.after({ limit: 3 })
    const invalid = { name: 'Error', code: 'ERR_INVALID_CURSOR' }
    for (let at = 0; at < cursor.length; at++) {
      const other = cursor[at] === 'A' ? 'B' : 'A'
      const bent = cursor.slice(0, at) + other + cursor.slice(at + 1)
      assert.throws(() => dataset.after({ cursor: bent }), { ...invalid, reason: 'signature' })
    }
    for (const text of ['', 'x', `${cursor}A`, cursor.slice(1), '\0'.repeat(56), 'é'.repeat(56)]) {
      assert.throws(() => dataset.after({ cursor: text }), invalid)
    }
    const view = await dataset.query({ sort: '-id' })
    assert.throws(() => view.after({ cursor }), { ...invalid, reason: 'query' })
    const back = (await dataset.query({ sort: 'id' })).after({ limit: 1 }).next_cursor
    assert.throws(() => view.after({ cursor: back }), { ...invalid, reason: 'query' })
    assert.throws(() => dataset.after(/** @type {any} */ ({ cursor: 7 })), {
      code: 'ERR_INVALID_ARG'
    })
  })

  it('knows a cursor of an earlier version', () => {
    const other = Dataset.fromRows(['id', 'group'], rows.slice(1))
    const { next_cursor: cursor } = other.after({ limit: 3 })
    assert.throws(() => dataset.after({ cursor }), { name: 'Error', code: 'ERR_STALE_CURSOR' })
  })

  it('goes with the query of everything and of nothing alike', async () => {
    const { next_cursor: cursor } = (await dataset.query({ select: ['id'] })).after({ limit: 3 })
    assert.deepEqual(ids(dataset.after({ cursor, limit: 1 })), [3])
  })
})
