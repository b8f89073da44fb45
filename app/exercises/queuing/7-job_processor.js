'use strict'

// Send the notifications of 7-job_creator.js, two at a time, but to no blacklisted number.

const kue = require('rekue')

const queue = kue.createQueue({ redis: process.env.REDIS_URL })

const blacklist = ['4153518780', '4153518781']

function sendNotification(phoneNumber, message, job, done) {
  job.progress(0, 100)
  if (blacklist.includes(phoneNumber)) {
    return done(new Error(`Phone number ${phoneNumber} is blacklisted`))
  }
  job.progress(50, 100)
  console.log(`Sending notification to ${phoneNumber}, with message: ${message}`)
  done()
}

queue.process('push_notification_code_2', 2, (job, done) => {
  const { phoneNumber, message } = job.data
  sendNotification(phoneNumber, message, job, done)
})
