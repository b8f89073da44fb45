'use strict'

const { addAsyncCommand } = require('./async')
const { RedisClient } = require('./client')
const { Command, methods, split, splitFields } = require('./command')
const { names } = require('./command-table')
const { Multi } = require('./multi')
const { parseInfo } = require('./replies')

/**
 * The commands as methods: of the client, where calling one sends it, of a transaction or batch,
 * where it waits for `exec`, and of `client.async`.
 */

/** @typedef {(client: any, given: any[]) => InstanceType<typeof Command>} Builder makes a command of what was given */

/** A server without a password, told in other words by its releases. */
const NO_PASSWORD = /no password is set|called without any password configured/
/** Between two attempts to log in at a server that loads its data. */
const LOADING_MS = 100

/** @type {Builder} */
function select(client, [db, callback]) {
  return new Command('select', [db], (error, reply) => {
    if (!error) client.selected_db = db
    client._tell(callback, error, reply)
  })
}

/** @type {Builder} */
function info(client, given) {
  const { args, callback } = split(given)
  return new Command('info', args, (error, reply) => {
    client.server_info = error ? {} : parseInfo(String(reply))
    client._tell(callback, error, reply)
  })
}

/** @type {Builder} */
function auth(client, [password, user, callback]) {
  if (typeof user === 'function') [callback, user] = [user, null]
  client.auth_pass = password
  client.auth_user = user
  return new Command('auth', user ? [user, password] : [password], (error, reply) => {
    if (error && NO_PASSWORD.test(error.message)) {
      client.warn('the server does not ask for a password, but one was given')
      return client._tell(callback, null, 'OK')
    }
    if (error && error.code === 'LOADING') {
      return void setTimeout(() => client.auth(password, user, callback), LOADING_MS)
    }
    client._tell(callback, error, reply)
  })
}

/** @type {Builder} */
function monitor(client, [callback]) {
  // From the moment it leaves: lines may come before its reply is read.
  return new Command('monitor', [], callback, () => (client.monitoring = true))
}

/** @type {Builder} */
function quit(client, [callback]) {
  const onReply = (error, reply) => {
    // Wherever the command got stuck, what was asked for has come true.
    if (error && error.code === 'NR_CLOSED') [error, reply] = [null, 'OK']
    try {
      client._tell(callback, error, reply)
    } finally {
      client.stream.destroy()
    }
  }
  return new Command('quit', [], onReply, () => {
    client.closing = true
    client.ready = false
  })
}

/** @type {Builder} */
function client(self, given) {
  const { args, callback } = split(given)
  const [what, mode] = args.map((arg) => String(arg).toUpperCase())
  const silences = args.length === 2 && what === 'REPLY' && /^(ON|OFF|SKIP)$/.test(mode)
  return new Command('client', args, callback, silences ? () => (self.reply = mode) : undefined)
}

/** @param {string} name @returns {Builder} */
const withFields = (name) => (_client, given) => {
  const { args, callback } = splitFields(given)
  return new Command(name, args, callback)
}

/** @param {string} name @returns {Builder} */
const plain = (name) => (_client, given) => {
  const { args, callback } = split(given)
  return new Command(name, args, callback)
}

/** Commands that change the client too, or take arguments in further ways. */
const SPECIAL = new Map(
  Object.entries({
    select,
    info,
    auth,
    monitor,
    quit,
    client,
    hset: withFields('hset'),
    hmset: withFields('hmset')
  })
)

/** How the client sends what cannot simply be sent. @type {Record<string, (client: any, command: InstanceType<typeof Command>) => boolean>} */
const SENDING = {
  auth(client, command) {
    // Ahead of the check that the server is ready, unless others wait already.
    const { ready } = client
    client.ready = ready || client.offline_queue.length === 0
    const sent = client.internal_send_command(command)
    client.ready = ready
    return sent
  },
  quit(client, command) {
    const sent = client.internal_send_command(command)
    // Connected or not, this was the last command.
    client.closing = true
    client.ready = false
    return sent
  }
}

const send = (client, command) => client.internal_send_command(command)

/**
 * Give an object two methods, in lower and upper case.
 * @param {any} prototype
 * @param {string} name
 * @param {Function} method
 */
function define(prototype, name, method) {
  if (Object.hasOwn(prototype, name)) return
  Object.defineProperty(method, 'name', { value: name })
  for (const key of [name, name.toUpperCase()]) {
    Object.defineProperty(prototype, key, {
      value: method,
      configurable: true,
      enumerable: true,
      writable: true
    })
  }
}

/**
 * Make methods of a command, e.g. one of a module; characters that names cannot hold become `_`.
 * @param {string} command
 */
function addCommand(command) {
  command = command.toLowerCase()
  const build = SPECIAL.get(command) || plain(command)
  const sends = Object.hasOwn(SENDING, command) ? SENDING[command] : send
  const asName = command.replace(/^(?=\d)|[^a-z\d_$]/g, '_')
  for (const name of new Set([command, asName])) {
    define(
      RedisClient.prototype,
      name,
      /** @this {any} */ function (...given) {
        return sends(this, build(this, given))
      }
    )
    define(
      Multi.prototype,
      name,
      /** @this {any} */ function (...given) {
        this.queue.push(build(this._client, given))
        return this
      }
    )
    addAsyncCommand(name)
    addAsyncCommand(name.toUpperCase())
  }
  methods.add(command)
}

const prototype = /** @type {any} */ (RedisClient.prototype)

/** A transaction: all commands or none. @param {any[][]} [commands] */
prototype.multi = prototype.MULTI = function multi(commands) {
  return new Multi(this, commands, true)
}

/** Commands that leave together. @param {any[][]} [commands] */
prototype.batch = prototype.BATCH = function batch(commands) {
  return new Multi(this, commands, false)
}

for (const name of names) addCommand(name)

module.exports = { addCommand }
