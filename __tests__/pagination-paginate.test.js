'use strict'

const assert = require('node:assert/strict')
const { Dataset, paginate } = require('rekue/pagination')
const { linksOf, request, serving } = require('../test-support/http')
const { temporaryFolder } = require('../test-support/names')

const EXPRESS = { 'Express 4': require('express4'), 'Express 5': require('express') }

const ROWS = Array.from({ length: 45 }, (_, at) => [
  String(at),
  at % 2 ? 'odd' : 'even',
  String((at * 7) % 10)
])

for (const [label, express] of Object.entries(EXPRESS)) {
  describe(`paginate on ${label}`, () => {
    /** @type {Dataset} */
    let dataset
    beforeEach(() => {
      dataset = Dataset.fromRows(['id', 'kind', 'n'], ROWS)
    })
    afterEach(() => dataset.close())

    /**
     * @param {object | undefined} options
     * @param {(get: (path: string, options?: object) => ReturnType<typeof request>) => Promise<void>} use
     */
    async function withApp(options, use) {
      const app = express()
      app.disable('x-powered-by')
      app.use('/rows', paginate(dataset, options))
      app.use((_req, res) => res.status(404).send('nobody answered'))
      app.use((error, _req, res, _next) => {
        res.status(500).json({ code: error.code, reason: error.reason })
      })
      await serving(app, (port) => use((path, more) => request(port, path, more)))
    }

    const ids = (res) => res.body.data.map((/** @type {any} */ row) => Number(row.id))

    it('gives pages by number with the links to walk them', () =>
      withApp(undefined, async (get) => {
        const res = await get('/rows?x=a%20b&page=2&page_size=10&y')
        assert.equal(res.status, 200)
        assert.equal(res.headers['content-type'], 'application/json; charset=utf-8')
        assert.deepEqual(ids(res), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
        const { data, ...rest } = res.body
        assert.deepEqual(data[0], { id: '10', kind: 'even', n: '0' })
        assert.deepEqual(rest, {
          page: 2,
          page_size: 10,
          total: 45,
          total_pages: 5,
          next_url: '/rows?x=a%20b&page=3&page_size=10&y',
          prev_url: '/rows?x=a%20b&page=1&page_size=10&y'
        })
        assert.deepEqual(linksOf(res.headers.link), {
          first: '/rows?x=a%20b&page=1&page_size=10&y',
          prev: '/rows?x=a%20b&page=1&page_size=10&y',
          next: '/rows?x=a%20b&page=3&page_size=10&y',
          last: '/rows?x=a%20b&page=5&page_size=10&y'
        })
        const seen = []
        for (let url = '/rows'; url;) {
          const page = await get(url)
          seen.push(...ids(page))
          assert.equal(linksOf(page.headers.link).next ?? null, page.body.next_url)
          url = page.body.next_url
        }
        assert.deepEqual(
          seen,
          ROWS.map(([id]) => Number(id))
        )
      }))

    it('knows page=last, and gives an empty page past it', () =>
      withApp(undefined, async (get) => {
        const last = await get('/rows?page=last')
        assert.equal(last.body.page, 5)
        assert.deepEqual(ids(last), [40, 41, 42, 43, 44])
        assert.equal(last.body.next_url, null)
        const past = await get('/rows?page=1000')
        assert.equal(past.status, 200)
        assert.deepEqual(past.body.data, [])
        assert.deepEqual(Object.keys(linksOf(past.headers.link)), ['first', 'prev', 'last'])
        const empty = await get('/rows?page=last&filter[kind]=none')
        assert.deepEqual([empty.body.page, empty.body.total, empty.body.total_pages], [1, 0, 0])
      }))

    it('filters, sorts and selects, with nested parameters', () =>
      withApp(undefined, async (get) => {
        const one = await get('/rows?filter[kind]=odd&sort=-n,id&page_size=3&fields=id,n')
        assert.deepEqual(one.body.data, [
          { id: '7', n: '9' },
          { id: '17', n: '9' },
          { id: '27', n: '9' }
        ])
        assert.equal(one.body.total, 22)
        const two = await get(
          '/rows?filter%5Bn%5D%5Bgte%5D=8&filter[n][lt]=9&filter[kind][in]=odd,even'
        )
        assert.deepEqual(ids(two), [4, 14, 24, 34, 44])
        assert.deepEqual(ids(await get('/rows?filter[id][contains]=4&filter[kind]=odd')), [41, 43])
      }))

    it('walks by index past deleted rows', () =>
      withApp({ style: 'index' }, async (get) => {
        const first = await get('/rows?page_size=20')
        assert.deepEqual(Object.keys(first.body), [
          'index',
          'next_index',
          'page_size',
          'data',
          'next_url',
          'prev_url'
        ])
        assert.equal(first.body.next_url, '/rows?page_size=20&index=20')
        for (const row of [3, 20, 21, 44]) dataset.delete(row)
        const second = await get(first.body.next_url)
        assert.equal(second.body.index, 20)
        assert.equal(ids(second)[0], 22)
        assert.equal(second.body.next_index, 42)
        const third = await get(second.body.next_url)
        assert.deepEqual(ids(third), [42, 43])
        assert.equal(third.body.next_url, null)
        assert.deepEqual(linksOf(third.headers.link), {
          first: '/rows?page_size=20&index=0',
          prev: '/rows?page_size=20&index=22',
          last: '/rows?page_size=20&index=43'
        })
        // A row that was given out as the next one, and then deleted, is an end and no error.
        assert.deepEqual((await get('/rows?index=44')).body.data, [])
        assert.deepEqual(ids(await get('/rows?index=1&page_size=3&filter[kind]=odd')), [1, 5, 7])
      }))

    it('walks by cursor there and back', () =>
      withApp(
        { style: 'cursor', cursorSecret: 'a secret of sixteen bytes or more' },
        async (get) => {
          const seen = []
          let page = await get('/rows?page_size=20&sort=-n&z=1')
          const first = page
          assert.equal(page.body.prev_cursor, null)
          assert.equal(page.body.prev_url, null)
          for (;;) {
            seen.push(...ids(page))
            if (!page.body.has_more) break
            assert.match(page.body.next_url, /^\/rows\?page_size=20&sort=-n&z=1&cursor=[\w-]{56}$/)
            assert.equal(linksOf(page.headers.link).next, page.body.next_url)
            page = await get(page.body.next_url)
          }
          assert.equal(page.body.next_url, null)
          assert.equal(seen.length, 45)
          assert.equal(new Set(seen).size, 45)
          const links = linksOf(page.headers.link)
          assert.deepEqual(ids(await get(links.prev)), seen.slice(20, 40))
          assert.deepEqual(ids(await get(links.first)), seen.slice(0, 20))
          assert.deepEqual(ids(await get(linksOf(first.headers.link).last)), seen.slice(25))
        }
      ))

    it('refuses a cursor that was bent, of another query, or of an earlier version', () =>
      withApp({ style: 'cursor' }, async (get) => {
        const { next_cursor: cursor } = (await get('/rows')).body
        for (const [path, status, code] of /** @type {[string, number, string][]} */ ([
          [
            `/rows?cursor=${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'B' : 'A'}`,
            400,
            'ERR_INVALID_CURSOR'
          ],
          ['/rows?cursor=x', 400, 'ERR_INVALID_CURSOR'],
          [`/rows?sort=id&cursor=${cursor}`, 400, 'ERR_INVALID_CURSOR'],
          [
            `/rows?cursor=${Dataset.fromRows(['id'], [[1], [2]]).after({ limit: 1 }).next_cursor}`,
            410,
            'ERR_STALE_CURSOR'
          ]
        ])) {
          const res = await get(path)
          assert.equal(res.status, status, path)
          assert.equal(res.body.code, code)
          assert.equal(res.body.parameter, 'cursor')
          assert.equal(res.body.status, status)
        }
        assert.equal((await get(`/rows?cursor=${cursor}&page_size=7`)).body.data.length, 7)
      }))

    it('lets the parameter tell the style where none is set, and one only', () =>
      withApp(undefined, async (get) => {
        assert.equal((await get('/rows?index=7')).body.next_index, 17)
        assert.equal((await get('/rows?cursor=')).body.has_more, true)
        assert.equal((await get('/rows')).body.page, 1)
        for (const path of ['/rows?page=1&index=2', '/rows?cursor=&page=2']) {
          assert.equal((await get(path)).status, 400)
        }
      }))

    it('refuses bad input with the name of the parameter and what is allowed', () =>
      withApp(
        { maxPageSize: 50, maxSortKeys: 1, maxFilters: 2, maxFilterLength: 5 },
        async (get) => {
          const columns = ['id', 'kind', 'n']
          const cases = /** @type {[string, string, string, object | undefined][]} */ ([
            ['page=0', 'page', 'ERR_INVALID_PAGE', { minimum: 1 }],
            ['page=-1', 'page', 'ERR_INVALID_PAGE', { minimum: 1 }],
            ['page=1.5', 'page', 'ERR_INVALID_PAGE', { minimum: 1 }],
            ['page=1e3', 'page', 'ERR_INVALID_PAGE', { minimum: 1 }],
            ['page=', 'page', 'ERR_INVALID_PAGE', { minimum: 1 }],
            ['page=9007199254740992', 'page', 'ERR_INVALID_PAGE', { minimum: 1 }],
            ['page=two', 'page', 'ERR_INVALID_PAGE', { minimum: 1 }],
            ['page=1&page=2', 'page', 'ERR_INVALID_ARG', undefined],
            ['page=%FF', 'page', 'ERR_INVALID_ARG', undefined],
            ['page_size=0', 'page_size', 'ERR_INVALID_PAGE', { minimum: 1, maximum: 50 }],
            ['page_size=51', 'page_size', 'ERR_INVALID_PAGE', { minimum: 1, maximum: 50 }],
            ['page_size=true', 'page_size', 'ERR_INVALID_PAGE', { minimum: 1, maximum: 50 }],
            ['index=-1', 'index', 'ERR_INDEX_OUT_OF_RANGE', { minimum: 0 }],
            ['index=45', 'index', 'ERR_INDEX_OUT_OF_RANGE', { minimum: 0, maximum: 44 }],
            ['index=1&sort=id', 'sort', 'ERR_INVALID_ARG', undefined],
            ['sort=colour', 'sort', 'ERR_INVALID_ARG', { columns }],
            ['sort=id,n', 'sort', 'ERR_INVALID_ARG', { maximum: 1 }],
            ['sort=__proto__', 'sort', 'ERR_INVALID_ARG', { columns }],
            ['fields=id,colour', 'fields', 'ERR_INVALID_ARG', { columns }],
            ['fields=', 'fields', 'ERR_INVALID_ARG', { columns }],
            ['filter[colour]=1', 'filter[colour]', 'ERR_INVALID_ARG', { columns }],
            ['filter[__proto__][x]=1', 'filter[__proto__][x]', 'ERR_INVALID_ARG', { columns }],
            ['filter[id][constructor]=1', 'filter[id][constructor]', 'ERR_INVALID_ARG', undefined],
            ['filter=1', 'filter', 'ERR_INVALID_ARG', { columns }],
            ['filter[id=1', 'filter[id', 'ERR_INVALID_ARG', { columns }],
            ['filter[id]=123456', 'filter[id]', 'ERR_INVALID_ARG', { maxLength: 5 }],
            ['filter[id]=1&filter[id][eq]=2', 'filter[id][eq]', 'ERR_INVALID_ARG', undefined],
            [
              'filter[id]=1&filter[n]=1&filter[kind]=1',
              'filter[kind]',
              'ERR_INVALID_ARG',
              { maximum: 2 }
            ]
          ])
          for (const [query, parameter, code, allowed] of cases) {
            const res = await get(`/rows?${query}`)
            assert.equal(res.status, 400, query)
            assert.match(String(res.headers['content-type']), /^application\/problem\+json/)
            assert.equal(res.headers.etag, undefined)
            const { type, title, status, detail, ...rest } = res.body
            assert.deepEqual([type, title, status], ['about:blank', 'Bad Request', 400])
            assert.equal(typeof detail, 'string')
            assert.equal(rest.parameter, parameter, query)
            assert.equal(rest.code, code, query)
            if (allowed) assert.deepEqual(rest.allowed, allowed, query)
            assert.doesNotMatch(res.text, /node_modules|\.js|\.rs|Error:/)
          }
          const long = await get(`/rows?x=${'a'.repeat(3000)}`)
          assert.deepEqual([long.status, long.body.status], [414, 414])
        }
      ))

    it('sorts and filters by the columns it may', () =>
      withApp({ sortable: ['id'], filterable: ['kind'] }, async (get) => {
        assert.equal((await get('/rows?sort=-id&filter[kind]=odd')).status, 200)
        assert.deepEqual((await get('/rows?sort=n')).body.allowed, { columns: ['id'] })
        assert.deepEqual((await get('/rows?filter[n]=1')).body.allowed, { columns: ['kind'] })
      }))

    it('answers 304 to whom has the page, until the data changes', () =>
      withApp(undefined, async (get) => {
        const fresh = await get('/rows?page=2')
        const etag = /** @type {string} */ (fresh.headers.etag)
        assert.match(etag, /^W\/"[\w-]+"$/)
        const headers = { 'If-None-Match': etag }
        const again = await get('/rows?page=2', { headers })
        assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag])
        const head = await get('/rows?page=2', { method: 'HEAD', headers })
        assert.equal(head.status, 304)
        assert.equal((await get('/rows?page=3', { headers })).status, 200)
        assert.equal((await get('/rows?page=2&fields=id', { headers })).status, 200)
        dataset.delete(30)
        const changed = await get('/rows?page=2', { headers })
        assert.equal(changed.status, 200)
        assert.notEqual(changed.headers.etag, etag)
        await dataset.reload()
        assert.equal((await get('/rows?page=2', { headers })).status, 304)
      }))

    it('answers HEAD as GET without the body, and leaves other methods to others', () =>
      withApp(undefined, async (get) => {
        const whole = await get('/rows?sort=-id')
        const head = await get('/rows?sort=-id', { method: 'HEAD' })
        assert.equal(head.status, 200)
        assert.equal(head.text, '')
        for (const name of ['link', 'etag', 'content-type', 'content-length']) {
          assert.equal(head.headers[name], whole.headers[name])
        }
        const problem = await get('/rows?page=0', { method: 'HEAD' })
        assert.deepEqual([problem.status, problem.text], [400, ''])
        assert.equal((await get('/rows', { method: 'POST' })).status, 404)
      }))

    it('never lets a request decide where a link leads', async () => {
      const app = express()
      app.use(paginate(dataset))
      await serving(app, async (port) => {
        for (const target of [
          '//evil.example/rows',
          'http://evil.example/rows',
          '/rows?x=<script>"\\',
          '/rows?x=%0d%0aSet-Cookie:a=b',
          '/rows>;rel="next",<//evil.example'
        ]) {
          const res = await request(port, target)
          assert.equal(res.status, 200, target)
          assert.equal(res.headers['set-cookie'], undefined)
          const urls = [...Object.values(linksOf(res.headers.link)), res.body.next_url]
          assert.equal(urls.length, 4, target)
          for (const url of urls) {
            assert.equal(new URL(url, 'http://here.example/').host, 'here.example', url)
            assert.match(url, /^[\w\-.~:/?[\]@!$&'()*+,;=%]+$/)
          }
        }
      })
    })

    it('hands what is no fault of the client to the app', async () => {
      const files = temporaryFolder()
      try {
        const file = files.write('rows.csv', 'id,kind,n\n1,odd,2\n')
        dataset = await Dataset.open(file)
        await withApp(undefined, async (get) => {
          const { etag } = (await get('/rows')).headers
          files.write('rows.csv', 'id,kind,n\n1,odd,2\n2,even,3\n')
          for (const path of ['/rows', '/rows?sort=-id']) {
            const res = await get(path)
            assert.deepEqual([res.status, res.body], [500, { code: 'ERR_CSV', reason: 'changed' }])
            assert.notEqual(res.headers.etag, etag)
          }
          await dataset.reload()
          assert.deepEqual(ids(await get('/rows')), [1, 2])
          dataset.close()
          assert.deepEqual((await get('/rows')).body, { code: 'ERR_DATASET_CLOSED' })
        })
      } finally {
        files.remove()
      }
    })

    it('keeps a Link that the app has set, and answers many at once', () => {
      const app = express()
      app.use((_req, res, next) => {
        res.set('Link', '</style.css>; rel="preload"')
        next()
      })
      app.get('/rows', paginate(dataset, { maxPageSize: 3 }))
      return serving(app, async (port) => {
        const res = await request(port, '/rows')
        assert.equal(linksOf(res.headers.link).preload, '/style.css')
        assert.equal(linksOf(res.headers.link).next, '/rows?page=2')
        assert.equal(res.body.page_size, 3)
        const sorts = ['id', '-id', 'n', '-n', 'kind,-n', 'kind,id', '-kind', '-n,id']
        const many = Array.from({ length: 40 }, (_, at) => sorts[at % sorts.length])
        const found = await Promise.all(many.map((sort) => request(port, `/rows?sort=${sort}`)))
        found.forEach(({ status, body }, at) => {
          assert.equal(status, 200)
          assert.deepEqual(body, found[at % sorts.length].body)
        })
      })
    })
  })
}

describe('paginate', () => {
  it('refuses options that make no sense', () => {
    const dataset = Dataset.fromRows(['a'], [[1]])
    for (const args of /** @type {any[]} */ ([
      [undefined],
      [{}],
      [dataset, { style: 'offset' }],
      [dataset, { pageSize: 10 }],
      [dataset, { defaultPageSize: 200 }],
      [dataset, { cursorSecret: 'short' }],
      [dataset, { sortable: 'a' }],
      [dataset, { maxFilters: -1 }],
      [dataset, 'page']
    ])) {
      assert.throws(() => paginate(.../** @type {[any]} */ (args)), { code: 'ERR_INVALID_ARG' })
    }
    for (const bad of [0, 1.5, '10', NaN]) {
      const options = /** @type {any} */ ({ maxPageSize: bad })
      assert.throws(() => paginate(dataset, options), { code: 'ERR_INVALID_PAGE' })
    }
  })
})

/**
 * What of JSON:API's cursor pagination profile goes for an API that is no JSON:API: its rules, with
 * `page_size` for `page[size]` and `cursor` for `page[after]` and `page[before]`.
 */
describe("JSON:API's cursor pagination profile", () => {
  const dataset = Dataset.fromRows(['id', 'kind', 'n'], ROWS)
  const app = EXPRESS['Express 5']()
  app.use('/rows', paginate(dataset, { style: 'cursor', maxPageSize: 20 }))
  const get = (/** @type {string} */ path) => serving(app, (port) => request(port, path))

  it('the page size must be a positive integer, or the answer is 400 and names it', async () => {
    for (const size of ['0', '-5', 'ten', '2.5', '']) {
      const res = await get(`/rows?page_size=${size}`)
      assert.deepEqual([res.status, res.body.parameter], [400, 'page_size'])
    }
  })

  it('a page size over the maximum is an error that tells the maximum', async () => {
    const res = await get('/rows?page_size=21')
    assert.deepEqual([res.status, res.body.allowed.maximum], [400, 20])
  })

  it('the size asked for is the size given, but at the end', async () => {
    assert.equal((await get('/rows?page_size=20')).body.data.length, 20)
    const last = linksOf((await get('/rows?page_size=20')).headers.link).last
    const page = await get(last)
    assert.equal(page.body.next_url, null)
  })

  it('without a size the server chooses one', async () => {
    assert.equal((await get('/rows')).body.data.length, 10)
  })

  it('a cursor that cannot be read is 400 and names the parameter', async () => {
    const res = await get('/rows?cursor=%00')
    assert.deepEqual([res.status, res.body.parameter], [400, 'cursor'])
  })

  it('a sort that is not supported is 400 and names the parameter', async () => {
    const res = await get('/rows?sort=colour')
    assert.deepEqual([res.status, res.body.parameter], [400, 'sort'])
  })

  it('prev is null on the first page and next on the last, and neither in between', async () => {
    const first = await get('/rows?page_size=20')
    assert.deepEqual([first.body.prev_url, typeof first.body.next_url], [null, 'string'])
    const second = await get(first.body.next_url)
    assert.deepEqual(
      [typeof second.body.prev_url, typeof second.body.next_url],
      ['string', 'string']
    )
    const third = await get(second.body.next_url)
    assert.deepEqual([typeof third.body.prev_url, third.body.next_url], ['string', null])
  })

  it('the order is total: rows with equal keys are always in the same one', async () => {
    const one = await get('/rows?sort=kind&page_size=20')
    const two = await get('/rows?sort=kind&page_size=10')
    assert.deepEqual(one.body.data.slice(0, 10), two.body.data)
    assert.deepEqual(one.body.data.slice(10), (await get(two.body.next_url)).body.data)
  })

  it('no rows give no error: both links are null', async () => {
    const { data, next_url, prev_url } = (await get('/rows?filter[kind]=none')).body
    assert.deepEqual({ data, next_url, prev_url }, { data: [], next_url: null, prev_url: null })
  })
})
