'use strict'

/**
 * The work of the demo: push notifications to eleven phones, two of which want none.
 */

/** The type of the jobs: who processes it is found by this name alone. */
const TYPE = 'push_notification_code_2'

/** Before the names of the demo's keys, so that it never meets jobs of a real queue (Kue's `q`). */
const PREFIX = 'rekue-demo'

/** Redis is here or it is not; a demo must not take long to say so. */
const COMMAND_TIMEOUT_MS = 3000

const PHONES = [
  '4153518780',
  '4153518781',
  '4153518743',
  '4153538781',
  '4153118782',
  '4153718781',
  '4159518782',
  '4158718781',
  '4153818782',
  '4154318781',
  '4151218782'
]

const BLACKLISTED = ['4153518780', '4153518781']

/** One for each phone, with a code that nobody else gets. */
const NOTIFICATIONS = PHONES.map((phoneNumber, i) => ({
  phoneNumber,
  message: `This is the code ${4321 + 357 * i} to verify your account`
}))

module.exports = { TYPE, PREFIX, COMMAND_TIMEOUT_MS, NOTIFICATIONS, BLACKLISTED }
