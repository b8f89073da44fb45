'use strict'

/**
 * The program: `npm start`, or `node app/server.js`. Settings are in config.js; all of them come
 * from the environment.
 */

const { ConfigError, readConfig } = require('./config')
const { makeLogger } = require('./http/logging')
const { maskUrl } = require('./secrets')
const { createService } = require('./service')

/** After a start that failed, for the process to end by itself. */
const LAST_RESORT_MS = 1000

/**
 * What runs where, and one line to try.
 * @param {import('./config').Config} config
 * @param {string | undefined} url
 * @param {import('./names/source').NamesSource} names
 */
function banner(config, url, names) {
  const shared = config.redisUrl ? maskUrl(config.redisUrl) : `${config.dataDir} (no Redis needed)`
  const lines = [
    `service   ${url ?? 'none: ROLE=worker'}`,
    `jobs      ${config.works ? 'worked off in this process' : 'created only: ROLE=web'}`,
    `store     ${config.redisUrl ? maskUrl(config.redisUrl) : config.store}`,
    `cache     ${config.cache.enabled ? 'memory' : 'off'}${config.cache.enabled && config.redisUrl ? `, then ${maskUrl(config.redisUrl)}` : ''}`,
    `shared    reservations, counters: ${shared}`,
    `names     ${names.dataset.length} rows of ${names.file}`
  ]
  if (url) {
    lines.push('', `Try:      curl -g '${url}/names?sort=-Count&filter[Gender]=FEMALE&locale=fr'`)
  }
  return `${lines.join('\n')}\n\n`
}

async function main() {
  const config = readConfig(process.env)
  const log = makeLogger(config)
  const service = await createService(config, log)
  let asked = false
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) {
    process.on(signal, () => {
      // The second one means it.
      if (asked) process.exit(1)
      asked = true
      log.info({ signal }, 'stopping: finishing what is in hand')
      service.close().then(
        () => log.info('stopped'),
        (error) => {
          log.error({ err: error }, 'stopped, but not cleanly')
          process.exitCode = 1
        }
      )
    })
  }
  const url = await service.start().catch(async (error) => {
    // Why it did not start is what matters, not what could then not be closed.
    await service.close().catch(() => {})
    throw error
  })
  if (asked) return
  process.stdout.write(banner(config, url, service.parts.names))
  // PM2 waits for this before it takes an old instance away.
  process.send?.('ready')
}

main().catch((error) => {
  process.exitCode = 1
  // Everything is closed by now. Should something be left all the same, whoever restarts failed
  // services must not take this one for one that runs.
  setTimeout(() => process.exit(1), LAST_RESORT_MS).unref()
  const known = error instanceof ConfigError || typeof error.code === 'string'
  process.stderr.write(`The service could not start: ${known ? error.message : error.stack}\n`)
})
