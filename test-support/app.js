'use strict'

/**
 * The service of app/ for tests: in this process, or in one of its own.
 *
 *   const app = await startApp({ REDIS_URL: redis.url })
 *   await app.get('/names').expect(200)
 *   await app.stop()
 */

const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const pino = require('pino')
const supertest = require('supertest')
const { readConfig } = require('../app/config')
const { createService } = require('../app/service')
const { runScript } = require('./script')

/** What every service of a test has: any port, no output, no pauses. */
const SETTINGS = { PORT: '0', LOG_LEVEL: 'silent', STEP_MS: '0' }

/** What a test that failed has left running; else it would keep mocha from ending. */
const services = new Set()
const programs = new Set()

after(async () => {
  for (const program of programs) await program.end()
  for (const service of services) await service.close()
})

/** Only a failing test waits so long, or one on a very busy machine. */
const PATIENCE_MS = 30_000

/** @returns {string} a folder that nobody else has */
function temporaryFolder() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-app-'))
}

/**
 * Start the service in this process.
 * @param {Record<string, string>} [env]
 * @param {{ folder?: string, logLines?: any[] }} [options] a folder to use, which then stays; where
 *   to put what is logged
 */
async function startApp(env = {}, { folder, logLines } = {}) {
  const dataDir = folder || temporaryFolder()
  const config = readConfig({ ...SETTINGS, DATA_DIR: dataDir, ...env })
  const level = logLines ? 'debug' : 'silent'
  const log = pino({ level }, { write: (line) => void logLines?.push(JSON.parse(line)) })
  const service = await createService(config, log)
  services.add(service)
  const url = await service.start()
  const agent = supertest(url)
  return {
    service,
    url,
    folder: dataDir,
    get: (/** @type {string} */ target) => agent.get(target),
    post: (/** @type {string} */ target) => agent.post(target),
    agent,
    async stop() {
      services.delete(service)
      await service.close()
      if (!folder) fs.rmSync(dataDir, { recursive: true, force: true })
    }
  }
}

/**
 * Start the service as a program.
 * @param {Record<string, string>} env
 * @returns {Promise<import('./script').Script & { url: string }>} that serves
 */
async function spawnApp(env) {
  const script = runScript('app/server.js', { env: { ...SETTINGS, ...env } })
  programs.add(script)
  script.ended.then(() => programs.delete(script))
  while (!/^service +\S+$/m.test(script.output)) {
    const [ended] = await Promise.race([
      once(script.child.stdout, 'data').then(() => [false]),
      script.ended.then(() => [true])
    ])
    if (ended) throw new Error(`app/server.js ended:\n${script.output}${script.errors}`)
  }
  const [, url] = /^service +(\S+)$/m.exec(script.output) || []
  return Object.assign(script, { url })
}

/**
 * Ask until the answer is as it should be. For what another process or a job does in its own time.
 * @template T
 * @param {() => Promise<T>} ask
 * @param {(answer: T) => boolean} wanted
 * @returns {Promise<T>}
 */
async function eventually(ask, wanted) {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (Date.now() > deadline) throw new Error(`it never came to that: ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

module.exports = { startApp, spawnApp, temporaryFolder, eventually }
