'use strict'

const assert = require('node:assert/strict')
const orders = require('../orders')
const queue = require('../queue')

describe('placing an order', () => {
  before(() => queue.testMode.enter())
  afterEach(() => queue.testMode.clear())
  after(() => queue.testMode.exit())

  const noop = () => {}

  it('creates a payment', () => {
    orders.place({ customer: 'kim', amount: 20, card: '1' }, noop, noop)
    assert.equal(queue.testMode.jobs.length, 1)
    const [payment] = queue.testMode.jobs
    assert.equal(payment.type, 'payment')
    assert.deepEqual(payment.data, {
      title: 'payment of kim',
      customer: 'kim',
      amount: 20,
      card: '1'
    })
    assert.equal(payment.priority(), 0)
    assert.equal(payment.toJSON().attempts.max, 3)
    assert.equal(payment.ttl(), 5000)
    assert.deepEqual(payment.backoff(), { type: 'fixed', delay: 50 })
  })

  it('puts large ones first', () => {
    orders.place({ customer: 'kim', amount: 2000, card: '1' }, noop, noop)
    assert.equal(queue.testMode.jobs[0].priority(), -10)
  })

  it('tells at once that it is placed, with an id', () => {
    const told = []
    orders.place({ customer: 'kim', amount: 1, card: '1' }, (...args) => told.push(args), noop)
    assert.equal(told[0][0], 'placed')
    assert.equal(told[0][1], queue.testMode.jobs[0].id)
    assert.equal(typeof told[0][1], 'string')
  })

  it('reminds later, and leaves no trace of that', () => {
    orders.remind({ customer: 'kim' })
    const [reminder] = queue.testMode.jobs
    assert.deepEqual([reminder.delay(), reminder.priority()], [100, 10])
    assert.equal(reminder.removeOnComplete(), true)
  })
})
