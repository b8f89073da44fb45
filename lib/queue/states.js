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

/**
 * A state, or TYPE:STATE, which is how Kue's keys go on and what programs therefore ask for.
 * @param {any} state
 * @returns {{ type?: string, state: any }}
 */
function stateOfType(state) {
  const at = typeof state === 'string' ? state.lastIndexOf(':') : -1
  return at < 1 ? { state } : { type: state.slice(0, at), state: state.slice(at + 1) }
}

/** As `wrongState`, for a question. @param {any} state */
function wrongStateOfType(state) {
  return STATES.includes(stateOfType(state).state) ? null : wrongState(state)
}

module.exports = { STATES, stateOfType, wrongState, wrongStateOfType }
