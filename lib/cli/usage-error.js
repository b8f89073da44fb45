'use strict'

/** A command was called wrongly: what to say, and the exit code that tells it from a finding. */
class UsageError extends Error {
  exitCode = 2
}

module.exports = { UsageError }
