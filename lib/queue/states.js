'use strict'

const { invalidArg } = require('../errors')
const warn = require('./warn')

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

/**
 * Jobs of a state that does not exist were asked for. Kue has none of these, and programs go through
 * the list without a look at the error: they are given an empty one beside it, and a misspelt state
 * would pass unnoticed as it does in Kue.
 * @param {any} wrong the error that the callback gets
 */
function warnOfState(wrong) {
  if (wrong.argument === 'state')
    warn('REKUE_UNKNOWN_STATE', `no jobs were found: ${wrong.message}`)
}

module.exports = { STATES, stateOfType, warnOfState, wrongState, wrongStateOfType }
