'use strict'

/**
 * Mocha's spec reporter, and the counts as JSON in the file that REKUE_TEST_COUNTS names, for
 * scripts/test.js, which adds up the suites.
 */

const fs = require('node:fs')
const { reporters, Runner } = require('mocha')

class CountingReporter extends reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {import('mocha').MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options)
    const file = process.env.REKUE_TEST_COUNTS
    if (!file) return
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats || {}
      fs.writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }))
    })
  }
}

module.exports = CountingReporter
