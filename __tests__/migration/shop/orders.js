'use strict'

const queue = require('./queue')

const REMINDER_DELAY = 100

/**
 * Take an order: its payment is a job; once that is through, a receipt and a reminder follow.
 * `watch` hears of progress; `callback(err, receipt)` comes at the end.
 */
function place(order, watch, callback) {
  const payment = queue
    .create('payment', {
      title: 'payment of ' + order.customer,
      customer: order.customer,
      amount: order.amount,
      card: order.card
    })
    .priority(order.amount > 1000 ? 'high' : 'normal')
    .attempts(3)
    .backoff({ type: 'fixed', delay: 50 })
    .ttl(5000)

  payment
    .on('progress', (percent, data) => watch('progress', percent, data))
    .on('failed attempt', (message, made) => watch('declined', message, made))
    .on('failed', (message) => callback(new Error(message)))
    .on('complete', (result) => {
      remind(order)
      callback(null, result)
    })
    .save((error) => {
      if (error) return callback(error)
      watch('placed', payment.id)
    })
  return payment
}

function remind(order) {
  queue
    .create('reminder', { title: 'rate your order', customer: order.customer })
    .delay(REMINDER_DELAY)
    .priority('low')
    .removeOnComplete(true)
    .save()
}

module.exports = { place, remind }
