'use strict'

const assert = require('node:assert/strict')
const { fork } = require('node:child_process')
const http = require('node:http')
const path = require('node:path')
const kue = require('kue')
const orders = require('../orders')
const queue = require('../queue')
const app = require('../server')

describe('the shop', () => {
  let worker
  let server
  let origin
  const told = []
  const waiting = []

  /** The worker's next message that fits. */
  function hear(fits) {
    return new Promise((resolve) => {
      const look = () => {
        const found = told.find(fits)
        if (found) resolve(found)
        else waiting.push(look)
      }
      look()
    })
  }

  before(async () => {
    worker = fork(path.join(__dirname, '..', 'worker.js'))
    worker.on('message', (message) => {
      told.push(message)
      waiting.splice(0).forEach((look) => look())
    })
    await hear((message) => message === 'ready')
    server = http.createServer(app)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = 'http://127.0.0.1:' + server.address().port
  })

  after(async () => {
    worker.send('end')
    assert.deepEqual(await hear((message) => message.ended), { ended: 'well' })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await new Promise((resolve) => queue.shutdown(1000, resolve))
  })

  function place(order) {
    return new Promise((resolve) => {
      const seen = []
      orders.place(
        order,
        (...args) => seen.push(args),
        (error, result) => resolve({ error, result, seen })
      )
    })
  }

  const authorization = { Authorization: 'Basic c2hvcDpzZWNyZXQ=' }

  async function api(method, where, body) {
    const response = await fetch(origin + '/jobs' + where, {
      method,
      headers: Object.assign({ 'Content-Type': 'application/json' }, authorization),
      body: body && JSON.stringify(body)
    })
    return { status: response.status, body: await response.json() }
  }

  it('takes the money, tells of it, and reminds', async () => {
    const { error, result, seen } = await place({ customer: 'kim', amount: 20, card: '1' })
    assert.equal(error, null)
    const id = seen.find(([what]) => what === 'placed')[1]
    assert.deepEqual(result, { receipt: 'R-' + id, attempts: 1 })
    const progress = seen.filter(([what]) => what === 'progress')
    assert.deepEqual(
      progress.map(([, percent]) => percent),
      [50, 100]
    )
    assert.deepEqual(progress[0][2], { step: 'asked the bank' })
    await hear((message) => message.reminded === 'kim')
  })

  it('asks the bank again', async () => {
    const { error, result, seen } = await place({ customer: 'lee', amount: 20, card: '13' })
    assert.equal(error, null)
    assert.equal(result.attempts, 2)
    assert.deepEqual(
      seen.filter(([what]) => what === 'declined').map((entry) => entry.slice(0, 3)),
      [['declined', 'bank is closed', 1]]
    )
  })

  it('gives up after three times', async () => {
    const { error, seen } = await place({ customer: 'ann', amount: 20, card: '0' })
    assert.equal(error.message, 'card refused')
    assert.equal(seen.filter(([what]) => what === 'declined').length, 2)
    const id = seen.find(([what]) => what === 'placed')[1]
    const lines = await new Promise((resolve, reject) =>
      kue.Job.log(id, (error, lines) => (error ? reject(error) : resolve(lines)))
    )
    assert.equal(lines.filter((line) => line === 'charging 20 to card 0').length, 3)
    assert.equal(lines.filter((line) => line === 'Error: card refused').length, 3)
  })

  it('takes orders over HTTP', async () => {
    const response = await fetch(origin + '/orders', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ customer: 'web', amount: 5, card: '2' })
    })
    assert.equal(response.status, 202)
    const { job } = await response.json()
    await hear((message) => message.reminded === 'web')
    const { body } = await api('GET', '/job/' + job)
    assert.equal(body.data.customer, 'web')
    assert.equal(body.state, 'complete')
  })

  it('shows its jobs to those who know the password', async () => {
    assert.equal((await fetch(origin + '/jobs/stats')).status, 401)
    const { body } = await api('GET', '/stats')
    assert.equal(body.failedCount, 1)
    assert.equal(body.completeCount, 3)
    const failed = await api('GET', '/jobs/payment/failed/0..-1/asc')
    assert.deepEqual(
      failed.body.map((job) => job.data.customer),
      ['ann']
    )
    assert.deepEqual((await api('GET', '/job/types')).body.sort(), ['payment', 'reminder'])
  })

  it('lets them create and remove jobs', async () => {
    const created = await api('POST', '/job', {
      type: 'reminder',
      data: { customer: 'by hand' },
      options: { priority: 'high', attempts: 2 }
    })
    assert.equal(created.status, 200)
    assert.equal(created.body.message, 'job created')
    await hear((message) => message.reminded === 'by hand')
    const later = await api('POST', '/job', {
      type: 'reminder',
      data: { customer: 'never' },
      options: { delay: 60000 }
    })
    const gone = await api('DELETE', '/job/' + later.body.id)
    assert.deepEqual(gone.body, { message: 'job ' + later.body.id + ' removed' })
    assert.equal((await api('GET', '/stats')).body.delayedCount, 0)
  })
})
