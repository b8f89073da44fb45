'use strict'

/**
 * Certificates for tests, made by the program `openssl`.
 *
 *   const made = certificates(folder)         // null without the program
 *   const ca = made.authority('ours')
 *   const server = made.issue('server', { by: ca })
 *   startRedis({ args: [...serverArgs(server, port), '--tls-ca-cert-file', ca.certFile] })
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const DAY_MS = 24 * 60 * 60 * 1000

/** `ca`, unlike `req`, can be told both ends of a certificate's time, also in the past. */
const CONFIG = `
[ca]
default_ca = of_a_test
[of_a_test]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
[member]
subjectAltName = DNS:localhost,IP:127.0.0.1
[own]
basicConstraints = critical,CA:TRUE
subjectAltName = DNS:localhost,IP:127.0.0.1
[elsewhere]
subjectAltName = DNS:elsewhere.example
`

/**
 * @typedef {object} Certificate
 * @property {string} certFile
 * @property {string} keyFile
 * @property {string} cert PEM
 * @property {string} key PEM
 */

class Certificates {
  /** @param {string} folder of their files */
  constructor(folder) {
    this.folder = folder
    fs.writeFileSync(path.join(folder, 'openssl.cnf'), CONFIG)
    fs.writeFileSync(path.join(folder, 'index.txt'), '')
  }

  /** @param {string} name */
  authority(name) {
    return this.issue(name, { kind: 'authority' })
  }

  /**
   * @param {string} name
   * @param {object} [options]
   * @param {Certificate} [options.by] who signs; without it the certificate signs itself
   * @param {'member' | 'own' | 'authority' | 'elsewhere'} [options.kind]
   * @param {number} [options.from] days from now at which its time begins
   * @param {number} [options.to] and ends
   * @returns {Certificate}
   */
  issue(name, { by, kind = 'member', from = -1, to = 2 } = {}) {
    const [certFile, keyFile, request] = ['crt', 'key', 'csr'].map((end) =>
      path.join(this.folder, `${name}.${end}`)
    )
    const subject = ['-subj', `/CN=${name}`, '-keyout', keyFile, '-out', request]
    this.run('req', '-newkey', 'rsa:2048', '-nodes', ...subject)
    const signer = by
      ? ['-cert', by.certFile, '-keyfile', by.keyFile]
      : ['-selfsign', '-keyfile', keyFile]
    const time = ['-startdate', stamp(from), '-enddate', stamp(to)]
    const what = ['-in', request, '-out', certFile, '-extensions', kind, '-notext', '-batch']
    this.run('ca', '-config', 'openssl.cnf', ...signer, ...time, ...what)
    const [cert, key] = [certFile, keyFile].map((file) => fs.readFileSync(file, 'utf8'))
    return { certFile, keyFile, cert, key }
  }

  /** @param {...string} args */
  run(...args) {
    const { status, stderr } = spawnSync('openssl', args, { cwd: this.folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`)
  }
}

/** A moment as `openssl ca` reads it. @param {number} days from now */
function stamp(days) {
  const moment = new Date(Date.now() + days * DAY_MS).toISOString()
  return `${moment.slice(0, 19).replace(/[-:T]/g, '')}Z`
}

/**
 * @param {string} folder
 * @returns {Certificates | null} null where there is no openssl
 */
function certificates(folder) {
  return spawnSync('openssl', ['version']).status === 0 ? new Certificates(folder) : null
}

/**
 * Arguments by which a redis-server listens for TLS.
 * @param {Certificate} certificate
 * @param {number} port
 */
const serverArgs = ({ certFile, keyFile }, port) => [
  ...['--tls-port', String(port), '--tls-cert-file', certFile, '--tls-key-file', keyFile]
]

module.exports = { certificates, serverArgs }
