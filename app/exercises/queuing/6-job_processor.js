'use strict'

// Send the notifications of 6-job_creator.js.

const kue = require('rekue')

const queue = kue.createQueue({ redis: process.env.REDIS_URL })

function sendNotification(phoneNumber, message) {
  console.log(`Sending notification to ${phoneNumber}, with message: ${message}`)
}

queue.process('push_notification_code', (job, done) => {
  const { phoneNumber, message } = job.data
  sendNotification(phoneNumber, message)
  done()
})
