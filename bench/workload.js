'use strict'

/**
 * The data of a job, the same for every implementation: the notification of Kue's own tutorials,
 * about 90 bytes as JSON. With `bytes` the message is padded, for the rows about large payloads.
 * @param {number} n the number of the job
 * @param {number} [bytes] least length of the JSON text
 */
function payload(n, bytes = 0) {
  const data = {
    n,
    phoneNumber: '4153518780',
    message: 'This is the code 1234 to verify your account'
  }
  const short = bytes - JSON.stringify(data).length
  if (short > 0) data.message += '.'.repeat(short)
  return data
}

module.exports = { payload }
