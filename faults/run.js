'use strict'

/**
 * `npm run test:faults`: every fault on every store that it applies to.
 *
 *   npm run test:faults                        the short form, some two minutes
 *   npm run test:faults -- --only churn        scenarios whose name holds this text
 *   npm run test:faults -- --store sqlite
 *   npm run test:faults -- --times 10          the short form so often, each with another seed
 *   npm run test:faults -- --seed 7            the same choices again
 *   npm run test:faults -- --long              the short form with its long times
 *   npm run test:faults -- --minutes 60        a soak: constant load and random faults (soak.js)
 *
 * What a run chose by chance follows from its seed, which it prints. Exit code 1 where anything
 * failed; the folder of a failed scenario, with its ledger, is kept and named.
 */

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { parseArgs } = require('node:util')
const { randomFrom } = require('../test-support/random')
const { ensureRedisServer } = require('../scripts/redis-server')
const { openArena } = require('./arena')
const { scenarios } = require('./scenarios')
const { soak } = require('./soak')

const OPTIONS = /** @type {const} */ ({
  seed: { type: 'string' },
  minutes: { type: 'string' },
  store: { type: 'string' },
  only: { type: 'string' },
  times: { type: 'string', default: '1' },
  long: { type: 'boolean', default: false }
})

/** How long the parts last whose length is free. */
const SHORT = { churnMs: 8_000 }
const LONG = { churnMs: 60_000 }

/** A scenario that hangs is a failure, not the end of the run. */
const LIMIT_MS = 180_000

/** @param {string} text @param {string} name */
function wholeNumber(text, name) {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`--${name} must be a whole number from 1, but it was ${JSON.stringify(text)}`)
  }
  return number
}

/**
 * @param {any} scenario
 * @param {'redis' | 'sqlite'} store
 * @param {number} seed
 * @param {object} lengths
 * @returns {Promise<boolean>} whether it passed
 */
async function runOne(scenario, store, seed, lengths) {
  const arena = await openArena(store, randomFrom(seed), scenario)
  const at = Date.now()
  let failure
  let figures = ''
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  try {
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not end within ${LIMIT_MS} ms`)), LIMIT_MS)
    })
    figures = (await Promise.race([scenario.run(arena, lengths), late])) || ''
  } catch (error) {
    failure = error
  }
  clearTimeout(timer)
  try {
    await arena.close(failure !== undefined)
  } catch (error) {
    failure ??= error
  }
  const seconds = ((Date.now() - at) / 1000).toFixed(1).padStart(5)
  const verdict = failure ? 'FAILED' : 'ok    '
  console.log(`${verdict} ${seconds} s  ${store.padEnd(6)}  ${scenario.name}  (${figures})`)
  if (failure) console.log(`${failure.stack}\n  seed ${seed}, kept in ${arena.folder}\n`)
  return !failure
}

/** @param {any} scenario @param {string} store */
function applies({ stores, platforms }, store) {
  return stores.includes(store) && (!platforms || platforms.includes(process.platform))
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS })
  process.env.REDIS_SERVER = await ensureRedisServer()
  const seed = values.seed ? wholeNumber(values.seed, 'seed') : 1 + Math.floor(Math.random() * 1e9)
  console.log(`seed ${seed}`)
  const stores = values.store ? [values.store] : ['redis', 'sqlite']
  for (const store of stores) {
    if (store !== 'redis' && store !== 'sqlite') {
      throw new Error(`--store must be redis or sqlite, but it was ${JSON.stringify(store)}`)
    }
  }
  if (values.minutes) {
    const minutes = wholeNumber(values.minutes, 'minutes')
    const passed = await Promise.all(
      stores.map((store) => {
        if (values.store) return soak({ seed, minutes, store })
        // Each by itself: the memory that is measured is that of one.
        const args = [
          __filename,
          ...process.argv.slice(2),
          '--store',
          store,
          '--seed',
          String(seed)
        ]
        const child = spawn(process.execPath, args, { stdio: 'inherit' })
        return once(child, 'exit').then(([code]) => code === 0)
      })
    )
    process.exitCode = passed.every(Boolean) ? 0 : 1
    return
  }
  const chosen = scenarios.filter(({ name }) => name.includes(values.only || ''))
  if (chosen.length === 0)
    throw new Error(`no scenario is named like ${JSON.stringify(values.only)}`)
  let passed = 0
  let failed = 0
  for (let time = 0; time < wholeNumber(values.times, 'times'); time++) {
    for (const store of stores) {
      for (const scenario of chosen.filter((one) => applies(one, store))) {
        const done = await runOne(scenario, store, seed + time, values.long ? LONG : SHORT)
        if (done) passed++
        else failed++
      }
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

process.on('unhandledRejection', (error) => {
  console.error('an unhandled rejection:', error)
  process.exit(1)
})

main().catch((error) => {
  console.error(`faults: ${error.message}`)
  process.exitCode = 1
})
