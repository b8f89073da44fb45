'use strict'

const kue = require('kue')

// One queue per process: Kue gives the same one to everybody who asks.
module.exports = kue.createQueue({
  prefix: 'shop',
  redis: process.env.REDIS_URL,
  promotion: { interval: 50 }
})

module.exports.on('error', (error) => {
  console.error('queue:', error.message)
  process.exitCode = 1
})
