'use strict'

const { invalidArg } = require('../errors')

/** The five states of a job, as in src/queue/state.rs. */
const STATES = ['inactive', 'active', 'complete', 'failed', 'delayed']

/**
 * The error for a state that does not exist.
 * @param {any} state
 * @returns {Error | null}
 */
function wrongState(state) {
  return STATES.includes(state) ? null : invalidArg('state', state, `one of ${STATES.join(', ')}`)
}

module.exports = { STATES, wrongState }
