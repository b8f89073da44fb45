'use strict'

// Create one notification job and tell what becomes of it.

const kue = require('rekue')

const queue = kue.createQueue({ redis: process.env.REDIS_URL })

const notification = {
  phoneNumber: '4153518780',
  message: 'This is the code to verify your account'
}

const job = queue.create('push_notification_code', notification)

job
  .on('complete', () => console.log('Notification job completed'))
  .on('failed', () => console.log('Notification job failed'))

job.save((error) => {
  if (!error) console.log(`Notification job created: ${job.id}`)
})
