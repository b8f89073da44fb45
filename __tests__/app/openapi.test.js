'use strict'

/**
 * The description of the service is that of the service: the same routes, and answers as it says.
 */

const assert = require('node:assert/strict')
const { ProblemBody } = require('../../app/http/openapi')
const { eventually, startApp } = require('../../test-support/app')

/** What is served but is no route of ours: the description itself, and rekue's own app. */
const UNDESCRIBED = new Set(['/openapi.json'])

/** A request for each operation that gives its usual answer, and those for its problems. */
const REQUESTS = [
  { method: 'get', path: '/', status: 200 },
  { method: 'get', path: '/i18n', status: 200 },
  { method: 'get', path: '/i18n', url: '/i18n?login_as=1&login_as=2', status: 400 },
  { method: 'get', path: '/names', url: '/names?page=2', status: 200 },
  { method: 'get', path: '/names', url: '/names?index=2', status: 200 },
  { method: 'get', path: '/names', url: '/names?cursor=&sort=Rank', status: 200 },
  { method: 'get', path: '/names', url: '/names?page=x', status: 400 },
  { method: 'get', path: '/names', url: '/names?index=20000', status: 400 },
  { method: 'get', path: '/list_products', status: 200 },
  { method: 'get', path: '/list_products/{itemId}', url: '/list_products/1', status: 200 },
  { method: 'get', path: '/list_products/{itemId}', url: '/list_products/9', status: 200 },
  { method: 'get', path: '/reserve_product/{itemId}', url: '/reserve_product/1', status: 200 },
  { method: 'get', path: '/reserve_product/{itemId}', url: '/reserve_product/9', status: 200 },
  { method: 'get', path: '/available_seats', status: 200 },
  { method: 'get', path: '/reserve_seat', status: 200 },
  { method: 'get', path: '/process', status: 200 },
  { method: 'post', path: '/notifications', body: 'the example', status: 202 },
  { method: 'post', path: '/notifications', body: [], status: 400 },
  { method: 'get', path: '/notifications/{id}', url: 'the first', status: 200 },
  { method: 'get', path: '/notifications/{id}', url: '/notifications/99999', status: 404 },
  { method: 'get', path: '/notifications/{id}/events', url: 'the first /events', status: 200 },
  { method: 'get', path: '/healthz', status: 200 },
  { method: 'get', path: '/readyz', status: 200 },
  { method: 'get', path: '/metrics', status: 200 },
  { method: 'get', path: '/analytics', status: 200 },
  { method: 'get', path: '/dashboard', status: 200 }
]

describe('the OpenAPI description', () => {
  /** @type {Awaited<ReturnType<typeof startApp>>} */
  let app
  /** @type {any} */
  let description

  before(async () => {
    app = await startApp()
    description = (await app.get('/openapi.json').expect(200)).body
  })

  after(() => app.stop())

  it('has the routes of the app, no less and no more', () => {
    const described = Object.entries(description.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`)
    )
    /** @type {string[]} */
    const served = []
    for (const { route } of app.service.app.router.stack) {
      if (!route || UNDESCRIBED.has(route.path)) continue
      for (const method of new Set(route.stack.map((layer) => layer.method))) {
        // `all` stands for the answer to all other methods.
        if (method) served.push(`${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`)
      }
    }
    assert.deepEqual(described.sort(), served.sort())
    assert.equal(description.openapi, '3.1.0')
  })

  it('is tested here for every operation', () => {
    const tested = new Set(REQUESTS.map(({ method, path }) => `${method} ${path}`))
    for (const [path, operations] of Object.entries(description.paths)) {
      for (const method of Object.keys(operations)) {
        assert.ok(tested.has(`${method} ${path}`), `${method} ${path}`)
      }
    }
  })

  it('says of every answer what it is', async () => {
    const example =
      description.paths['/notifications'].post.requestBody.content['application/json'].example
    const { body } = await app.post('/notifications').send(example).expect(202)
    const { self } = body.notifications[0].links
    await eventually(
      async () => (await app.get(self)).body,
      ({ state }) => state === 'complete'
    )
    for (const { method, path, url, body: sent, status } of REQUESTS) {
      const target = (url || path).replace('the first', self).replace(' ', '')
      const request = app.agent[method](target)
      if (sent) request.send(sent === 'the example' ? example : sent)
      const response = await request
      const name = `${method} ${target}`
      assert.equal(response.status, status, `${name}: ${response.text}`)
      const operation = description.paths[path][method]
      let answer = operation.responses[status]
      assert.ok(answer, `${name} answered ${status}, which is not described`)
      if (answer.$ref) answer = description.components.responses[answer.$ref.split('/').at(-1)]
      const type = response.headers['content-type'].split(';')[0]
      assert.ok(answer.content[type], `${name} answered ${type}, which is not described`)
      if (type === 'application/problem+json') ProblemBody.parse(response.body)
      else if (type === 'application/json') {
        schemaOf(app, method, path, status).parse(response.body)
      }
    }
  })

  it('has parameters, bodies and problems', () => {
    const { get } = description.paths['/names']
    const names = get.parameters.map((/** @type {any} */ parameter) => parameter.name)
    assert.deepEqual(names.sort(), [
      'cursor',
      'filter',
      'index',
      'locale',
      'page',
      'page_size',
      'sort',
      'timezone'
    ])
    const page = get.parameters.find((/** @type {any} */ parameter) => parameter.name === 'page')
    assert.deepEqual(page.schema, { type: 'integer', minimum: 1, maximum: 1e12 })
    assert.equal(page.required, false)
    for (const status of [400, 406, 410, 429, 500, 503]) assert.ok(get.responses[status], status)
    const { requestBody } = description.paths['/notifications'].post
    assert.equal(requestBody.content['application/json'].schema.type, 'array')
  })
})

/**
 * The schema from which the description was made: strict, so that a member too many fails.
 * @param {any} app
 */
function schemaOf(app, method, path, status) {
  const route = app.service.app
    .get('routes')
    .find(
      (/** @type {any} */ each) =>
        each.method === method && each.path.replace(/:(\w+)/g, '{$1}') === path
    )
  return route.answers[status].json
}
