'use strict'

/**
 * Create a notification job for each entry and tell its progress and outcome.
 * @param {{ phoneNumber: string, message: string }[]} jobs
 * @param {any} queue
 */
function createPushNotificationsJobs(jobs, queue) {
  if (!Array.isArray(jobs)) throw new Error('Jobs is not an array')
  for (const data of jobs) {
    const job = queue.create('push_notification_code_3', data)

    job
      .on('complete', () => console.log(`Notification job ${job.id} completed`))
      .on('failed', (error) => console.log(`Notification job ${job.id} failed: ${error}`))
      .on('progress', (percent) => console.log(`Notification job ${job.id} ${percent}% complete`))

    job.save((error) => {
      if (!error) console.log(`Notification job created: ${job.id}`)
    })
  }
}

module.exports = createPushNotificationsJobs
