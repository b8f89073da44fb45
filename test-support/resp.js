'use strict'

/**
 * Just enough of Redis's protocol (RESP 2) to talk to a server without any client, so that the
 * supports of the tests do not lean on what is tested.
 */

const net = require('node:net')

/** An error reply of the server. */
class ReplyError extends Error {}

/**
 * @param {(string | number | Buffer)[]} args
 * @returns {Buffer}
 */
function encodeCommand(args) {
  const parts = [Buffer.from(`*${args.length}\r\n`)]
  for (const arg of args) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}

/**
 * Read one reply.
 * @param {Buffer} buffer
 * @param {number} at
 * @returns {{ value: unknown, end: number } | undefined} nothing when it is not all there yet
 */
function decodeReply(buffer, at = 0) {
  const eol = buffer.indexOf('\r\n', at)
  if (eol < 0) return undefined
  const kind = String.fromCharCode(buffer[at])
  const line = buffer.toString('utf8', at + 1, eol)
  const next = eol + 2
  if (kind === '+') return { value: line, end: next }
  if (kind === '-') return { value: new ReplyError(line), end: next }
  if (kind === ':') return { value: Number(line), end: next }
  if (kind === '$') {
    const length = Number(line)
    if (length < 0) return { value: null, end: next }
    const end = next + length + 2
    if (buffer.length < end) return undefined
    return { value: buffer.toString('utf8', next, next + length), end }
  }
  if (kind === '*') {
    const length = Number(line)
    if (length < 0) return { value: null, end: next }
    const value = []
    let end = next
    for (let i = 0; i < length; i++) {
      const item = decodeReply(buffer, end)
      if (!item) return undefined
      value.push(item.value)
      end = item.end
    }
    return { value, end }
  }
  throw new Error(`not a reply of Redis: ${JSON.stringify(buffer.toString('latin1', at, eol))}`)
}

/**
 * Send one command over a connection of its own.
 * @param {{ host?: string, port: number, timeoutMs?: number }} server
 * @param {(string | number | Buffer)[]} args
 * @returns {Promise<any>} the reply; strings as UTF-8
 * @throws {ReplyError} for an error reply; the socket's error otherwise
 */
function sendCommand({ host = '127.0.0.1', port, timeoutMs = 5000 }, args) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port })
    let received = Buffer.alloc(0)
    /** @param {unknown} outcome */
    const settle = (outcome) => {
      socket.destroy()
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome)
    }
    socket.setTimeout(timeoutMs, () =>
      settle(new Error(`${host}:${port} gave no answer to ${args[0]} within ${timeoutMs} ms`))
    )
    socket.on('error', settle)
    socket.on('close', () => settle(new Error(`${host}:${port} closed the connection`)))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      try {
        const reply = decodeReply(received)
        if (reply) settle(reply.value)
      } catch (error) {
        settle(error)
      }
    })
    socket.write(encodeCommand(args))
  })
}

module.exports = { sendCommand, encodeCommand, decodeReply, ReplyError }
