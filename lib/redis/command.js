'use strict'

/** A command on its way. */
class Command {
  /**
   * @param {string} command in lower case
   * @param {any[]} args
   * @param {any} [callback]
   * @param {() => void} [onWrite] called when it leaves
   */
  constructor(command, args, callback, onWrite) {
    this.command = command
    this.args = args
    this.callback = typeof callback === 'function' ? callback : undefined
    this.onWrite = onWrite
    /** Whether a Buffer is among the arguments, see the option detect_buffers. */
    this.bufferArgs = false
  }
}

/**
 * Take the arguments of a method apart, in node_redis's ways: values, an array, or a first value
 * and an array; each with or without a callback.
 * @param {any[]} given
 * @returns {{ args: any[], callback: any }}
 */
function split(given) {
  if (Array.isArray(given[0])) return { args: given[0], callback: given[1] }
  if (Array.isArray(given[1])) return { args: [given[0], ...given[1]], callback: given[2] }
  const last = given.at(-1)
  // `undefined` in the last place is a callback that was not given.
  if (given.length > 0 && (typeof last === 'function' || last === undefined)) {
    return { args: given.slice(0, -1), callback: last }
  }
  return { args: given.slice(), callback: undefined }
}

/**
 * As `split`, for commands that take fields and values: these may be an object.
 * @param {any[]} given
 */
function splitFields(given) {
  const [key, fields, callback] = given
  const isObject =
    fields !== null &&
    typeof fields === 'object' &&
    !Array.isArray(fields) &&
    !Array.isArray(key) &&
    !Buffer.isBuffer(fields) &&
    !(fields instanceof Date)
  if (!isObject || given.length > 3) return split(given)
  if (callback !== undefined && typeof callback !== 'function') return split(given)
  return { args: [key, ...Object.entries(fields).flat()], callback }
}

/**
 * The arguments as they are sent: text and Buffers.
 * @param {any} client hears a warning of what is neither
 * @param {Command} command
 * @returns {(string | Buffer)[]}
 */
function toArguments(client, command) {
  const args = new Array(command.args.length)
  for (let i = 0; i < args.length; i++) {
    const arg = command.args[i]
    if (typeof arg === 'string') args[i] = arg
    else if (Buffer.isBuffer(arg)) {
      args[i] = arg
      command.bufferArgs = true
    } else {
      args[i] = text(arg)
      if (arg === undefined || (typeof arg === 'object' && !(arg instanceof Date))) {
        client.warn(
          `${command.command.toUpperCase()} was given ${describe(arg)} and sends it as the text ` +
            `${JSON.stringify(args[i].slice(0, 40))}; give a string, a number or a Buffer`
        )
      }
    }
  }
  return args
}

/** @param {any} arg */
function text(arg) {
  if (arg === null || typeof arg !== 'object') return String(arg)
  // An object without a prototype has no text of its own.
  return typeof arg.toString === 'function' ? `${arg.toString()}` : '[object Object]'
}

/** @param {any} arg */
function describe(arg) {
  if (arg === null || arg === undefined) return String(arg)
  return `an ${arg.constructor?.name || 'Object'}`
}

/** Names, in lower case, of the commands that are methods of the client. @type {Set<string>} */
const methods = new Set()

module.exports = { Command, methods, split, splitFields, toArguments }
