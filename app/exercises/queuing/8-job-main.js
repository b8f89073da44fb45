'use strict'

const kue = require('rekue')
const createPushNotificationsJobs = require('./8-job.js')

const queue = kue.createQueue({ redis: process.env.REDIS_URL })

createPushNotificationsJobs(
  [{ phoneNumber: '4153518780', message: 'This is the code 1234 to verify your account' }],
  queue
)
