'use strict'

/**
 * Jobs as a list shows them: the page asks for its rows every two seconds, and jobs may hold
 * megabytes.
 */

/** What of a job may be of any length. */
const PARTS = ['data', 'result', 'progress_data', 'error']

/**
 * A job as the API gives it, without the parts that take more than `most` characters. `cut` names
 * these, if there are any; of the data its title stays, of an error its beginning.
 * @param {any} job
 * @param {number} most
 */
function briefOf(job, most) {
  const whole = job.toJSON()
  const cut = PARTS.filter((name) => lengthOf(whole[name]) > most)
  if (cut.length === 0) return whole
  for (const name of cut) whole[name] = name === 'error' ? start(whole.error, most) : undefined
  if (cut.includes('data')) whole.data = { title: start(job.data?.title ?? job.data, most) }
  return { ...whole, cut }
}

/** @param {any} value */
const lengthOf = (value) =>
  typeof value === 'string' ? value.length : (JSON.stringify(value)?.length ?? 0)

/** @param {any} value @param {number} most */
const start = (value, most) =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, most)

module.exports = { briefOf }
