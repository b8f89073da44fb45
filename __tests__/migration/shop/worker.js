'use strict'

const queue = require('./queue')

/** Charge a card; the first try of card 13 fails, card 0 always does. */
queue.process('payment', 2, (job, done) => {
  job.log('charging %d to card %s', job.data.amount, job.data.card)
  job.progress(1, 2, { step: 'asked the bank' })
  setTimeout(() => {
    if (job.data.card === '0') return done(new Error('card refused'))
    const made = job.toJSON().attempts.made
    if (job.data.card === '13' && made === 0) return done(new Error('bank is closed'))
    job.progress(2, 2)
    done(null, { receipt: 'R-' + job.id, attempts: made + 1 })
  }, 5)
})

queue.process('reminder', (job, ctx, done) => {
  if (process.send) process.send({ reminded: job.data.customer })
  done()
})

process.on('message', (message) => {
  if (message !== 'end') return
  queue.shutdown(2000, (error) => {
    if (process.send) process.send({ ended: error ? String(error) : 'well' })
    process.disconnect()
  })
})

if (process.send) process.send('ready')
