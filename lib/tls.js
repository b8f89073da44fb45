'use strict'

/**
 * TLS options in Node's names, for src/redis/tls.rs. Queues and clients share this.
 */

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

module.exports = { toNative }
