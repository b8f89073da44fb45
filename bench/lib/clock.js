'use strict'

/**
 * Milliseconds of the machine's monotonic clock. Unlike `performance.now()`, it has one origin for
 * all processes of a machine, so a time taken in a child can be subtracted from one of the parent.
 */
const now = () => Number(process.hrtime.bigint()) / 1e6

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

module.exports = { now, sleep }
