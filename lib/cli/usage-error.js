'use strict'

/** A command was called wrongly: what to say. The exit code tells it from a finding. */
class UsageError extends Error {}

/**
 * Whether an error says that the command was called wrongly. Node.js says so of options that are
 * not there, and the library of values that it does not take.
 * @param {any} error
 */
function isUsageError(error) {
  if (error instanceof UsageError) return true
  const code = String(error?.code)
  return code === 'ERR_INVALID_ARG' || code.startsWith('ERR_PARSE_ARGS_')
}

module.exports = { UsageError, isUsageError }
