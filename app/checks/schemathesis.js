'use strict'

/**
 * Schemathesis over the service: requests made from its OpenAPI description, good and bad, alone
 * and in sequences, and every answer held against it.
 *
 *   npm run -w app schemathesis                      about two minutes
 *   npm run -w app schemathesis -- --max-examples 500
 *
 * It is a Python program; the first run installs it into .cache/. Arguments go to it.
 */

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { readConfig } = require('../config')
const { makeLogger } = require('../http/logging')
const { createService } = require('../service')

const VERSION = '4.32.5'
const ROOT = path.join(__dirname, '../..')
const VENV = path.join(ROOT, '.cache', `schemathesis-${VERSION}`)
const PROGRAM = path.join(VENV, 'bin', 'schemathesis')

/** @param {string} file @param {string[]} args */
function run(file, args) {
  const { status, error } = spawnSync(file, args, { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) throw new Error(`${file} ended with ${status}`)
}

function install() {
  if (fs.existsSync(PROGRAM)) return
  run('python3', ['-m', 'venv', VENV])
  run(path.join(VENV, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`])
}

async function main() {
  install()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-schemathesis-'))
  // It asks more often than any limit allows, and follows jobs to their end.
  const env = { PORT: '0', DATA_DIR: folder, RATE_LIMIT: '1000000000', STEP_MS: '0' }
  const config = readConfig({ ...env, LOG_LEVEL: 'error' })
  const service = await createService(config, makeLogger(config))
  const url = await service.start()
  try {
    const args = ['--config-file', path.join(__dirname, 'schemathesis.toml'), 'run']
    const child = spawn(PROGRAM, [...args, `${url}/openapi.json`, ...process.argv.slice(2)], {
      stdio: 'inherit',
      cwd: folder
    })
    process.exitCode = await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => resolve(code ?? 1))
    })
  } finally {
    await service.close()
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
