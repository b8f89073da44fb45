'use strict'

/**
 * `client.async`: every command as a method that gives a promise. Its methods are made in
 * commands.js, together with those of the client.
 */
class AsyncCommands {
  /** @param {any} client */
  constructor(client) {
    Object.defineProperty(this, '_client', { value: client })
  }

  /** @param {any[][]} [commands] @returns {any} a transaction whose `exec()` gives a promise */
  multi(commands) {
    return promising(/** @type {any} */ (this)._client.multi(commands))
  }

  /** @param {any[][]} [commands] @returns {any} a batch whose `exec()` gives a promise */
  batch(commands) {
    return promising(/** @type {any} */ (this)._client.batch(commands))
  }

  /** @param {string} command @param {any[]} [args] */
  send_command(command, args = []) {
    const client = /** @type {any} */ (this)._client
    return promise((callback) => client.send_command(command, args, callback))
  }
}

/** @param {any} multi */
function promising(multi) {
  for (const name of ['exec', 'exec_atomic', 'exec_batch']) {
    const method = multi[name]
    // With a callback too: these call each other.
    multi[name] = multi[name.toUpperCase()] = (callback) =>
      callback ? method.call(multi, callback) : promise((done) => method.call(multi, done))
  }
  return multi
}

/**
 * @param {(callback: (error: Error | null, reply: any) => void) => void} call
 * @returns {Promise<any>}
 */
function promise(call) {
  return new Promise((resolve, reject) => {
    call((error, reply) => (error ? reject(error) : resolve(reply)))
  })
}

/**
 * Make a method of a command.
 * @param {string} name of the method
 */
function addAsyncCommand(name) {
  const prototype = /** @type {any} */ (AsyncCommands.prototype)
  if (Object.hasOwn(prototype, name)) return
  prototype[name] = function (...args) {
    return promise((callback) => {
      // `undefined` in the last place stands for a callback that was not given, here as there.
      while (args.length > 0 && args.at(-1) === undefined) args.pop()
      this._client[name](...args, callback)
    })
  }
}

const prototype = /** @type {any} */ (AsyncCommands.prototype)
prototype.MULTI = prototype.multi
prototype.BATCH = prototype.batch
prototype.sendCommand = prototype.send_command

module.exports = { AsyncCommands, addAsyncCommand }
