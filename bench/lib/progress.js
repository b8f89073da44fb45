'use strict'

const { number } = require('./format')

/** One line on stderr for each measurement. @param {import('./runner').Sample} sample */
function progress({ row, name, round, values, error }) {
  console.error(`round ${round}  ${row.padEnd(11)}  ${name.padEnd(9)}  ${result(values, error)}`)
}

function result(values, error) {
  if (error !== undefined) return `failed: ${error}`
  if (!values) return 'has no such call'
  if (values.medianUs !== undefined) {
    return `median ${number(values.medianUs)} us, p99 ${number(values.p99Us)} us`
  }
  const speed = `${number(values.jobsPerSecond)} jobs/s`
  return Number.isFinite(values.redisCpuUs)
    ? `${speed}, Redis ${number(values.redisCpuUs)} us/job`
    : speed
}

module.exports = { progress }
