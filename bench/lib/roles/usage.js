'use strict'

/** What this process has used so far; memory in bytes, CPU time in microseconds. */
function usage() {
  const { user, system } = process.cpuUsage()
  return { rss: process.memoryUsage.rss(), cpuUs: user + system }
}

module.exports = { usage }
