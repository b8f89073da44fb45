'use strict'

const { createError } = require('./errors')
const { flag, given, nearest, text } = require('./queue/option-checks')

/**
 * TLS options in Node's names: what they may be, and how src/redis/tls.rs takes them. Queues and
 * clients share this.
 */

/** What is done as it is asked for. */
const USED = ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized']

/** More of Node's that makes no connection less safe where nobody heeds it. */
const HARMLESS = [
  'host',
  'port',
  'path',
  'family',
  'hints',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'timeout',
  'noDelay',
  'keepAlive',
  'keepAliveInitialDelay',
  'allowHalfOpen',
  'highWaterMark',
  'enableTrace',
  'session',
  'sessionTimeout',
  // Of servers and of https, and often copied along: Node's clients do not heed them either.
  'requestCert',
  'honorCipherOrder',
  'agent'
]

/** TLS 1.2 and 1.3 are spoken: what demands no more than that is kept. @type {Record<string, RegExp>} */
const VERSIONS = { minVersion: /^TLSv1(\.[12])?$/, maxVersion: /^TLSv1\.3$/ }
const VERSIONS_SAY = 'cannot be used: TLS 1.2 and 1.3 are spoken, whichever the server prefers'
const NO_SUCH_KEY = 'cannot be used: give cert and key as PEM that is not encrypted'

/** Why other names are refused, where there is more to say. @type {Record<string, string>} */
const WHY = {
  checkServerIdentity:
    'cannot be used: give the name that the certificate is for as servername, or the very certificate to trust as ca',
  minVersion: VERSIONS_SAY,
  maxVersion: VERSIONS_SAY,
  pfx: NO_SUCH_KEY,
  passphrase: NO_SUCH_KEY
}

/**
 * Check the options. Messages tell of what kind a value is, never the value: it may be a key. What
 * is asked for and not done is refused: a connection that is less safe than its owner believes is
 * worse than none.
 * @param {any} tls an object, or true
 * @param {string} name what the user calls it
 * @param {string[]} [lists] which of them may be arrays
 * @returns {any} those that are used
 */
function checkTls(tls, name, lists = ['ca']) {
  if (tls === true) return {}
  /** @param {string} option @param {string} says @returns {Error} */
  const refused = (option, says) =>
    createError('ERR_INVALID_ARG', `${option} ${says}`, { argument: option })
  if (typeof tls !== 'object' || Array.isArray(tls) || Buffer.isBuffer(tls)) {
    throw refused(name, `must be true or an object { ${USED.join(', ')} }`)
  }
  // Also what it inherits: Node would heed it.
  for (const option in tls) {
    const value = given(tls[option] ?? undefined)
    if (value === undefined || USED.includes(option) || HARMLESS.includes(option)) continue
    if (isVersion(option, value)) continue
    throw refused(`${name}.${option}`, Object.hasOwn(WHY, option) ? WHY[option] : unknown(option))
  }
  for (const option of ['ca', 'cert', 'key']) {
    const value = tls[option]
    if (value === undefined || value === null) continue
    const isList = lists.includes(option)
    const list = isList && Array.isArray(value) ? value : [value]
    const isPem = (/** @type {any} */ part) => typeof part === 'string' || Buffer.isBuffer(part)
    if (list.length === 0 || !list.every(isPem)) {
      const several = isList ? ', or an array of these' : ''
      throw refused(`${name}.${option}`, `must be PEM, as a string or a Buffer${several}`)
    }
  }
  text(given(tls.servername), `${name}.servername`, '')
  flag(tls.rejectUnauthorized, `${name}.rejectUnauthorized`, true)
  // Nothing else: a client would take an address from it, and the queue would be somewhere else.
  const told = USED.filter((option) => given(tls[option] ?? undefined) !== undefined)
  return Object.fromEntries(told.map((option) => [option, tls[option]]))

  /** @param {string} option @param {unknown} value */
  function isVersion(option, value) {
    return (
      typeof value === 'string' && Object.hasOwn(VERSIONS, option) && VERSIONS[option].test(value)
    )
  }

  /** @param {string} option */
  function unknown(option) {
    const meant = nearest(option, USED)
    if (meant) return `is not an option; did you mean ${name}.${meant}?`
    return `cannot be used: what TLS can be told is ${USED.join(', ')}`
  }
}

/** Certificates and keys as one text. @param {any} value PEM as a string or a Buffer, or several */
const pem = (value) =>
  value === undefined || value === null ? undefined : [value].flat().map(String).join('\n')

/**
 * @param {any} tls as for `tls.connect`
 * @param {string} [host] whose name the certificate must bear, unless `servername` is another
 */
function toNative(tls, host) {
  const serverName = tls.servername || host
  return {
    serverName: serverName === undefined ? undefined : String(serverName),
    ca: pem(tls.ca),
    cert: pem(tls.cert),
    key: pem(tls.key),
    rejectUnauthorized: tls.rejectUnauthorized !== false
  }
}

module.exports = { checkTls, toNative }
