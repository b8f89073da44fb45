'use strict'

/** Every route of the service with good and bad input, on both stores. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { eventually, startApp } = require('../../test-support/app')
const { startRedis } = require('../../test-support/redis-server')

const STORES = [
  { name: 'the embedded store', redis: false },
  { name: 'Redis', redis: true }
]

/** What a browser would send of the form as it is. @param {string} page */
function formOf(page) {
  const [form] = /<form[^]*<\/form>/.exec(page) || ['']
  const plain = (/** @type {string} */ text) =>
    text
      .replace(/&quot;/g, '"')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&')
  /** @type {Record<string, string>} */
  const fields = {}
  for (const [, name, value] of form.matchAll(/<input type="hidden" name="(.*?)" value="(.*?)"/g)) {
    fields[plain(name)] = plain(value)
  }
  for (const [, name, options] of form.matchAll(/<select name="(.*?)">([^]*?)<\/select>/g)) {
    const [, value] = /<option value="([^"]*)"\s+selected/.exec(options) || []
    fields[plain(name)] = plain(value)
  }
  return fields
}

/** @param {any} response @param {number} status @param {string} type */
function assertProblem(response, status, type) {
  assert.equal(response.status, status, response.text)
  assert.match(response.headers['content-type'], /^application\/problem\+json/)
  assert.equal(response.body.type, `/problems/${type}`)
  assert.equal(response.body.status, status)
  assert.ok(response.body.title && response.body.detail)
  assert.equal(response.body.instance, `/requests/${response.headers['x-request-id']}`)
  assert.doesNotMatch(response.text, /ERR_|node_modules|\.js:/)
}

for (const store of STORES) {
  describe(`the routes of the app on ${store.name}`, () => {
    /** @type {Awaited<ReturnType<typeof startRedis>> | undefined} */
    let redis
    /** @type {Awaited<ReturnType<typeof startApp>>} */
    let app

    before(async () => {
      if (store.redis) redis = await startRedis()
      app = await startApp(redis ? { REDIS_URL: redis.url } : {})
    })

    after(async () => {
      await app.stop()
      await redis?.stop()
    })

    describe('/list_products, /reserve_product', () => {
      it('lists the products of the exercise', async () => {
        const { body, headers } = await app.get('/list_products').expect(200)
        assert.equal(headers['content-type'], 'application/json; charset=utf-8')
        assert.equal(body.length, 4)
        assert.equal(
          JSON.stringify(body[0]),
          '{"itemId":1,"itemName":"Suitcase 250","price":50,"initialAvailableQuantity":4}'
        )
      })

      it('reserves what there is, and no more', async () => {
        const before = await app.get('/list_products/1')
        assert.equal(
          before.text,
          '{"itemId":1,"itemName":"Suitcase 250","price":50,"initialAvailableQuantity":4,"currentQuantity":4}'
        )
        for (let piece = 0; piece < 4; piece++) {
          const { text } = await app.get('/reserve_product/1').expect(200)
          assert.equal(text, '{"status":"Reservation confirmed","itemId":1}')
        }
        const { text } = await app.get('/reserve_product/1').expect(200)
        assert.equal(text, '{"status":"Not enough stock available","itemId":1}')
        assert.equal((await app.get('/list_products/1')).body.currentQuantity, 0)
        assert.equal((await app.get('/list_products/2')).body.currentQuantity, 10)
      })

      it('knows no other product', async () => {
        for (const id of ['5', '0', '-1', 'x', '1.0', '01', '%20']) {
          for (const route of ['list_products', 'reserve_product']) {
            const { text } = await app.get(`/${route}/${id}`).expect(200)
            assert.equal(text, '{"status":"Product not found"}')
          }
        }
      })

      it('does not reserve for HEAD', async () => {
        const head = await app.agent.head('/reserve_product/3')
        assert.equal(head.status, 405)
        assert.equal(head.headers.allow, 'GET, OPTIONS')
        assert.equal((await app.get('/list_products/3')).body.currentQuantity, 2)
      })
    })

    describe('/available_seats, /reserve_seat, /process', () => {
      it('gives all seats to jobs, and then blocks', async () => {
        assert.equal(
          (await app.get('/available_seats').expect(200)).text,
          '{"numberOfAvailableSeats":"50"}'
        )
        for (let seat = 0; seat < 52; seat++) {
          const { text } = await app.get('/reserve_seat').expect(200)
          assert.equal(text, '{"status":"Reservation in process"}')
        }
        // No job runs before somebody says so.
        assert.equal((await app.get('/available_seats')).body.numberOfAvailableSeats, '50')
        for (let time = 0; time < 2; time++) {
          assert.equal(
            (await app.get('/process').expect(200)).text,
            '{"status":"Queue processing"}'
          )
        }
        await eventually(
          async () => (await app.get('/available_seats')).body.numberOfAvailableSeats,
          (left) => left === '0'
        )
        assert.equal(
          (await app.get('/reserve_seat').expect(200)).text,
          '{"status":"Reservation are blocked"}'
        )
        const jobs = await eventually(
          () => app.service.parts.queue.stats(),
          ({ failed }) => failed === 2
        )
        assert.equal(jobs.inactive, 0)
      })
    })

    describe('/notifications', () => {
      const one = { phoneNumber: '4153518743', message: 'Your code is 4321' }

      it('creates jobs that are worked off', async () => {
        const { body, status } = await app.post('/notifications').send([one, one])
        assert.equal(status, 202)
        assert.equal(body.notifications.length, 2)
        const [{ links, state }] = body.notifications
        assert.ok(['inactive', 'active', 'complete'].includes(state))
        const done = await eventually(
          async () => (await app.get(links.self).expect(200)).body,
          (notification) => notification.state === 'complete'
        )
        assert.equal(done.progress, 100)
        assert.equal(done.phoneNumber, one.phoneNumber)
        assert.equal(done.error, null)
      })

      it('tells why a notification failed', async () => {
        const blacklisted = { ...one, phoneNumber: '4153518780' }
        const { body } = await app.post('/notifications').send([blacklisted]).expect(202)
        const failed = await eventually(
          async () => (await app.get(body.notifications[0].links.self)).body,
          ({ state }) => state === 'failed'
        )
        assert.equal(failed.error, 'Phone number 4153518780 is blacklisted')
      })

      it('streams the progress up to the outcome', async () => {
        const { body } = await app.post('/notifications').send([one]).expect(202)
        const [{ id, links }] = body.notifications
        const { text, headers } = await app.get(links.events).expect(200)
        assert.match(headers['content-type'], /^text\/event-stream/)
        const [last] = text.trim().split('\n\n').slice(-1)
        assert.match(last, /^event: outcome\ndata: /)
        const outcome = JSON.parse(last.split('\ndata: ')[1])
        assert.equal(outcome.id, id)
        assert.equal(outcome.state, 'complete')
      })

      it('streams the outcome at once where there is one', async () => {
        const { body } = await app.post('/notifications').send([one]).expect(202)
        const { links } = body.notifications[0]
        await eventually(
          async () => (await app.get(links.self)).body,
          ({ state }) => state === 'complete'
        )
        for (let time = 0; time < 2; time++) {
          const { text } = await app.get(links.events).expect(200)
          assert.match(text, /^event: outcome\ndata: .*"state":"complete".*\n\n$/)
        }
        await eventually(
          async () => app.service.parts.watch.size,
          (size) => size === 0
        )
      })

      it('refuses what is no list of notifications', async () => {
        const bad = [
          [],
          {},
          'text',
          null,
          5,
          [{}],
          [{ ...one, phoneNumber: 4153518743 }],
          [{ ...one, phoneNumber: 'four' }],
          [{ ...one, message: '' }],
          [{ ...one, more: 1 }],
          Array.from({ length: 1001 }, () => one)
        ]
        for (const body of bad) {
          const sent = await app
            .post('/notifications')
            .set('Content-Type', 'application/json')
            .send(JSON.stringify(body))
          assertProblem(sent, 400, 'invalid-request')
          assert.ok(sent.body.errors.length > 0)
        }
      })

      it('refuses bodies that are no JSON, and too large ones', async () => {
        const send = (type, body) => app.post('/notifications').set('Content-Type', type).send(body)
        assertProblem(await send('application/json', '[{'), 400, 'invalid-json')
        assertProblem(await send('text/plain', '[]'), 415, 'unsupported-media-type')
        assertProblem(
          await send('application/json; charset=latin1', '[]'),
          415,
          'unsupported-media-type'
        )
        const large = JSON.stringify([{ ...one, message: 'x'.repeat(2_000_000) }])
        assertProblem(await send('application/json', large), 413, 'too-large')
        assertProblem(await app.post('/notifications'), 400, 'invalid-request')
      })

      it('knows only notifications', async () => {
        assertProblem(await app.get('/notifications/999999'), 404, 'not-found')
        assertProblem(await app.get('/notifications/999999/events'), 404, 'not-found')
        assertProblem(await app.get('/notifications/x'), 400, 'invalid-request')
        const job = await app.service.parts.queue.add('something else', {})
        assertProblem(await app.get(`/notifications/${job.id}`), 404, 'not-found')
      })
    })

    describe('/names', () => {
      const QUERY = '/names?page=2&page_size=20&sort=-Count&filter[Gender]=FEMALE&locale=fr'

      it('gives a page in the language that is asked for, and then from the cache', async () => {
        const first = await app.get(QUERY).expect(200)
        assert.equal(first.headers['x-cache'], 'miss')
        assert.equal(first.headers['content-language'], 'fr')
        const { body } = first
        assert.equal(body.page, 2)
        assert.equal(body.data.length, 20)
        assert.ok(body.data.every((/** @type {any} */ row) => row.Gender === 'FEMALE'))
        assert.equal(body.labels.Gender, 'Sexe')
        assert.equal(body.display[0].Gender, 'Féminin')
        assert.equal(body.text.title, 'Prénoms populaires')
        const thousands = new Intl.NumberFormat('fr').format(body.total)
        assert.ok(body.text.total.includes(thousands), body.text.total)
        const second = await app.get(QUERY).expect(200)
        assert.equal(second.headers['x-cache'], 'hit')
        assert.equal(second.text, first.text)
      })

      it('finds the page under another order of the parameters, not under another language', async () => {
        const other = '/names?locale=fr&filter[Gender]=FEMALE&sort=-Count&page_size=20&page=2&x=1'
        assert.equal((await app.get(other)).headers['x-cache'], 'hit')
        const spanish = await app.get(QUERY.replace('=fr', '=es'))
        assert.equal(spanish.headers['x-cache'], 'miss')
        assert.equal(spanish.body.labels.Gender, 'Sexo')
        const html = await app.get(QUERY).set('Accept', 'text/html')
        assert.equal(html.headers['x-cache'], 'miss')
      })

      it('takes the language of the request, and the zone of the address', async () => {
        const french = await app.get('/names').set('Accept-Language', 'de, fr;q=0.8, en;q=0.7')
        assert.equal(french.body.locale, 'fr')
        const tokyo = await app.get('/names?timezone=Asia/Tokyo')
        assert.equal(tokyo.body.timezone, 'Asia/Tokyo')
        assert.match(tokyo.headers.vary, /Accept-Language/)
      })

      it('sorts as it says, and can be walked from link to link', async () => {
        let url = '/names?page_size=100&sort=-Count&filter[Year of Birth]=2016'
        /** @type {number[]} */
        const counts = []
        let total
        for (let page = 0; url; page++) {
          assert.ok(page < 100)
          const { body } = await app.get(url).expect(200)
          total = body.total
          counts.push(...body.data.map((/** @type {any} */ row) => Number(row.Count)))
          url = body.next_url
        }
        assert.equal(counts.length, total)
        assert.deepEqual(
          counts,
          [...counts].sort((a, b) => b - a)
        )
      })

      it('can be walked by cursor and by index', async () => {
        for (const start of ['/names?cursor=&page_size=2', '/names?index=0&page_size=2']) {
          const first = await app.get(start).expect(200)
          const second = await app.get(first.body.next_url).expect(200)
          const names = [...first.body.data, ...second.body.data].map(
            (row) => row["Child's First Name"]
          )
          assert.deepEqual(names, ['Olivia', 'Chloe', 'Sophia', 'Emma'])
        }
      })

      it('gives an empty page past the end', async () => {
        const { body } = await app.get('/names?page=99999').expect(200)
        assert.deepEqual(body.data, [])
        assert.equal(body.next_url, null)
      })

      it('says the pages beside it in Link, and 304 to whom has the page', async () => {
        const page = await app.get(QUERY)
        assert.match(page.headers.link, /<\/names\?page=3[^>]*>; rel="next"/)
        const again = await app.get(QUERY).set('If-None-Match', page.headers.etag)
        assert.equal(again.status, 304)
        assert.equal(again.text, '')
      })

      it('is a page for a browser, with what is in the data shown and not obeyed', async () => {
        const { text, headers } = await app.get(QUERY).set('Accept', 'text/html').expect(200)
        assert.match(headers['content-type'], /^text\/html/)
        assert.match(text, /<html lang="fr" dir="ltr">/)
        assert.match(text, /<td>Féminin<\/td>/)
        assert.match(headers['content-security-policy'], /default-src 'none'/)
        assert.doesNotMatch(text, /<script|style=|onclick/)
        const arabic = await app.get('/names?locale=ar').set('Accept', 'text/html')
        assert.match(arabic.text, /<html lang="ar" dir="rtl">/)
        const bent = await app
          .get('/names?filter[Gender]=%22%3E%3Cscript%3E')
          .set('Accept', 'text/html')
        assert.equal(bent.status, 200)
        assert.doesNotMatch(bent.text, /<script/)
      })

      it('takes what a form leaves open as not given', async () => {
        const { body } = await app.get('/names?filter[Gender]=&sort=&page_size=1').expect(200)
        assert.equal(body.total, 19418)
        assert.doesNotMatch(body.links.next, /filter|sort/)
        const { body: none } = await app.get('/names?filter[Gender][eq]=').expect(200)
        assert.equal(none.total, 0)
        const { text } = await app.get('/names').set('Accept', 'text/html')
        const fields = [...text.matchAll(/<select name="([^"]+)"/g)].map(([, name]) => `${name}=`)
        assert.ok(fields.includes('filter[Gender]=') && fields.includes('sort='))
        await app.get(`/names?${fields.join('&')}`).expect(200)
      })

      it('keeps the whole question when its form is sent', async () => {
        const asked = {
          page_size: '7',
          sort: 'Rank,-Count',
          'filter[Gender]': 'FEMALE',
          'filter[Count][gte]': '50',
          "filter[Child's First Name][contains]": '"a&',
          'filter[Ethnicity][ne]': 'HISPANIC',
          'filter[Rank][in]': '1,2,3',
          'filter[Year of Birth][eq]': '',
          locale: 'fr',
          timezone: 'Asia/Tokyo'
        }
        const { text } = await app
          .get(`/names?page=3&${new URLSearchParams(asked)}`)
          .set('Accept', 'text/html')
          .expect(200)
        assert.deepEqual(formOf(text), asked)
        const other = { ...asked, 'filter[Gender]': 'OTHER', sort: '-Count' }
        const { text: unknown } = await app
          .get(`/names?${new URLSearchParams(other)}`)
          .set('Accept', 'text/html')
        assert.deepEqual(formOf(unknown), other)
        // Also from link to link.
        const { body } = await app.get(`/names?filter[Gender][eq]=&page_size=5`).expect(200)
        const { body: same } = await app.get(body.links.self).expect(200)
        assert.equal(same.total, body.total)
      })

      it('refuses bad parameters, naming them, in the language of the user', async () => {
        const bad = {
          'page=0': 'page',
          'page=-1': 'page',
          'page=x': 'page',
          'page=1.5': 'page',
          'page=': 'page',
          'page=1&page=2': 'page',
          'page_size=0': 'page_size',
          'page_size=101': 'page_size',
          'index=99999': 'index',
          'index=0&page=1': 'index',
          'index=0&sort=Rank': 'index',
          'cursor=forged': 'cursor',
          'sort=Nothing': 'sort',
          'filter[Nothing]=1': 'filter[Nothing]',
          'filter[Gender][near]=1': 'filter[Gender][near]',
          'filter=1': 'filter'
        }
        for (const [query, name] of Object.entries(bad)) {
          const response = await app.get(`/names?locale=fr&${query}`)
          assertProblem(response, 400, 'invalid-request')
          assert.equal(response.body.title, 'La requête n’est pas valable', query)
          assert.equal(response.body.errors[0].name, name, query)
          assert.equal(response.headers['x-cache'], undefined)
        }
      })

      it('refuses a form that it has not', async () => {
        assertProblem(await app.get('/names').set('Accept', 'image/png'), 406, 'not-acceptable')
      })

      it('says in words what a place may be', async () => {
        const whole = 'must be a whole number from 1 to 1,000,000,000,000'
        for (const [asked, reason] of Object.entries({
          'page=0': whole,
          'page=-1': whole,
          'page=abc': whole,
          'page=1.5': whole,
          'page_size=0': 'must be a whole number from 1 to 100',
          'page_size=x&locale=fr': 'doit être un nombre entier de 1 à 100',
          'index=-1': whole.replace('1', '0'),
          'index=99999999': 'there is no row with this index',
          'cursor=x': 'this is no cursor of this list; begin without one'
        })) {
          const { body } = await app.get(`/names?${asked}`).expect(400)
          const name = asked.split('=')[0]
          assert.deepEqual(body.errors, [{ in: 'query', name, reason }], asked)
        }
      })

      it('queues a view for each page, and the worker adds them up', async () => {
        const { body: before } = await app.get('/analytics').expect(200)
        await app.get('/names?page=7&locale=ar')
        await app.get('/names?page=7&locale=ar')
        const { body } = await eventually(
          () => app.get('/analytics'),
          (response) => response.body.views >= before.views + 2
        )
        const grown = (/** @type {string} */ name) => body.sums[name] - (before.sums[name] || 0)
        assert.ok(grown('cache:hit') >= 1 && grown('cache:miss') >= 1)
        assert.ok(grown('locale:ar') >= 2)
        assert.ok(body.mean_ms > 0)
      })
    })

    describe('/, /i18n', () => {
      it('shows the way, to programs and to people', async () => {
        const { body } = await app.get('/').expect(200)
        for (const path of Object.values(body.links)) await app.get(path).expect(200)
        const { text } = await app.get('/?locale=es').set('Accept', 'text/html').expect(200)
        assert.match(text, /Los nombres, página a página/)
        // Every page says that it has no icon; else browsers ask for one and complain.
        for (const path of ['/', '/names', '/dashboard', '/i18n']) {
          const { text, headers } = await app.get(path).set('Accept', 'text/html').expect(200)
          assert.match(text, /<link rel="icon" href="data:,"( \/)?>/, path)
          assert.match(headers['content-security-policy'], /img-src 'self' data:/)
        }
        await app.get('/static/app.css').expect(200).expect('Content-Type', /css/)
        assertProblem(await app.get('/').set('Accept', 'image/png'), 406, 'not-acceptable')
      })

      it('is the page of the i18n exercise', async () => {
        const { text } = await app.get('/i18n?login_as=1').expect(200)
        assert.match(text, /<title>Bienvenue chez Holberton<\/title>/)
        assert.match(text, /<p>Vous êtes connecté en tant que Balou\.<\/p>/)
        const english = await app.get('/i18n?login_as=1&locale=en')
        assert.match(english.text, /You are logged in as Balou\./)
        const nobody = await app.get('/i18n?login_as=5').set('Accept-Language', 'fr')
        assert.match(nobody.text, /Vous n'êtes pas connecté\./)
        assertProblem(await app.get('/i18n?login_as=1&login_as=2'), 400, 'invalid-request')
      })
    })

    describe('what operators ask', () => {
      it('is alive and ready, with the latency of each dependency', async () => {
        await app.get('/healthz').expect(200, { status: 'ok' })
        const { body } = await app.get('/readyz').expect(200)
        assert.equal(body.status, 'ready')
        const names = Object.keys(body.dependencies).sort()
        assert.deepEqual(names, store.redis ? ['data', 'queue', 'redis'] : ['data', 'queue'])
        for (const { status, latency_ms } of Object.values(body.dependencies)) {
          assert.equal(status, 'up')
          assert.ok(latency_ms >= 0)
        }
      })

      it('has metrics: requests, cache, queue depth, latencies by type', async () => {
        const { text, headers } = await app.get('/metrics').expect(200)
        assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
        assert.match(
          text,
          /^http_request_duration_seconds_count\{.*route="\/names",status="200"\} \d+$/m
        )
        assert.match(text, /^page_cache_requests_total\{result="hit"\} \d+$/m)
        assert.match(
          text,
          /^queue_jobs\{type="push_notification_code_3",state="complete"\} [1-9]\d*$/m
        )
        assert.match(text, /^queue_jobs\{type="reserve_seat",state="failed"\} 2$/m)
        assert.match(
          text,
          /^job_run_seconds_count\{type="push_notification_code_3",outcome="failed"\} 1$/m
        )
        assert.match(text, /^job_wait_seconds_count\{type="reserve_seat"\} 52$/m)
        assert.match(text, /^circuit_open\{name="queue"\} 0$/m)
      })

      it('tells of the limit in standard headers', async () => {
        const { headers } = await app.get('/list_products')
        assert.match(headers.ratelimit, /r=\d+; t=\d+/)
        assert.match(headers['ratelimit-policy'], /q=6000; w=60/)
        const { headers: uncounted } = await app.get('/healthz')
        assert.equal(uncounted.ratelimit, undefined)
      })

      it('compresses what is large enough', async () => {
        const { headers } = await app.get('/names').set('Accept-Encoding', 'gzip')
        assert.equal(headers['content-encoding'], 'gzip')
      })

      it('hides what it is made of, and hardens what it shows', async () => {
        const { headers } = await app.get('/')
        assert.equal(headers['x-powered-by'], undefined)
        assert.equal(headers['x-content-type-options'], 'nosniff')
        assert.ok(headers['content-security-policy'])
      })
    })

    it('knows its addresses in lower case only, as a proxy before it does', async () => {
      for (const path of ['/KUE/stats', '/Dashboard', '/METRICS', '/Analytics', '/RESERVE_SEAT']) {
        assertProblem(await app.get(path), 404, 'not-found')
      }
      await app.get('/list_products/').expect(200)
    })

    it('knows no other address and no other method', async () => {
      assertProblem(await app.get('/nothing'), 404, 'not-found')
      assertProblem(await app.get('/static/../config.js'), 404, 'not-found')
      assertProblem(await app.get('/list_products/%'), 400, 'malformed-request')
      const wrong = await app.agent.delete('/names')
      assertProblem(wrong, 405, 'method-not-allowed')
      assert.equal(wrong.headers.allow, 'GET, HEAD, OPTIONS')
      const options = await app.agent.options('/notifications')
      assert.equal(options.status, 204)
      assert.equal(options.headers.allow, 'OPTIONS, POST')
    })

    it('lives on after a request whose body is broken off', async () => {
      const request = http.request(`${app.url}/notifications`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Content-Length': '1000' }
      })
      const failed = once(request, 'error')
      request.once('socket', (socket) => socket.once('connect', () => socket.destroy()))
      request.write('[{')
      await failed
      await app.get('/healthz').expect(200)
    })
  })
}
