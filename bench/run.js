'use strict'

/** `npm run bench`: rekue beside its peers. bench/README.md says how it measures. */

const fs = require('node:fs')
const path = require('node:path')
const { chart } = require('./lib/chart')
const { conditions, sentence } = require('./lib/conditions')
const { figures } = require('./lib/figures')
const { HELP, parseOptions } = require('./lib/options')
const { installPeers, requireRelease } = require('./lib/prerequisites')
const { progress } = require('./lib/progress')
const { startServer } = require('./lib/redis-server')
const { run } = require('./lib/runner')
const { Store } = require('./lib/store')
const { table } = require('./lib/table')

const RESULTS = path.join(__dirname, 'results')

async function main() {
  const plan = parseOptions(process.argv.slice(2))
  if (plan.help) return console.log(HELP)
  installPeers()
  if (plan.names.some((name) => name.startsWith('rekue'))) requireRelease()

  const server = await startServer()
  const store = new Store(server.port)
  const facts = await conditions(store, plan)
  const samples = await run(server, store, plan, progress)
  store.close()
  server.stop()

  const result = {
    conditions: facts,
    rows: plan.rows,
    figures: figures(samples, plan.names),
    samples
  }
  const json = `${JSON.stringify(result, null, 2)}\n`
  const caption = sentence(facts, samples)
  const drawing = chart(result.figures, plan.names, caption)
  const files = save(plan.whole ? 'bench' : 'partial', json, drawing)
  if (plan.json) process.stdout.write(json)
  else console.log(`\n${table(result.figures, plan.names)}\n\n${caption}\n\n${files}`)
  if (samples.some((sample) => sample.error !== undefined)) process.exitCode = 1
}

/** Only a whole run may replace the published result. */
function save(name, json, drawing) {
  fs.mkdirSync(RESULTS, { recursive: true })
  fs.writeFileSync(path.join(RESULTS, `${name}.json`), json)
  fs.writeFileSync(path.join(RESULTS, `${name}.svg`), drawing)
  return `bench/results/${name}.json, bench/results/${name}.svg`
}

main().then(
  () => process.exit(),
  (err) => {
    console.error(err.message)
    process.exit(1)
  }
)
