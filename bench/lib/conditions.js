'use strict'

/** What one must know beside a number to make use of it. */

const { spawnSync } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const adapters = require('../adapters')

const BENCH = path.join(__dirname, '..')
const ROOT = path.join(BENCH, '..')

/**
 * @param {import('./store').Store} store
 * @param {{ names: string[], rounds: number }} plan
 */
async function conditions(store, { names, rounds }) {
  const cpus = os.cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.arch()}`,
    node: process.versions.node,
    redis: await store.info('server', 'redis_version'),
    packages: Object.fromEntries(names.map((name) => [name, version(name)])),
    rounds
  }
}

function version(name) {
  const folder = name.startsWith('rekue')
    ? ROOT
    : path.join(BENCH, 'node_modules', adapters.load(name).package)
  return require(path.join(folder, 'package.json')).version
}

function commit() {
  const { stdout, status } = spawnSync('git', ['describe', '--always', '--dirty'], {
    cwd: ROOT,
    encoding: 'utf8'
  })
  return status === 0 ? stdout.trim() : 'unknown'
}

/**
 * The same in one line.
 * @param {Awaited<ReturnType<typeof conditions>>} c
 * @param {import('./runner').Sample[]} samples
 */
function sentence(c, samples) {
  const load = Math.max(...samples.map((sample) => sample.load)).toFixed(1)
  const packages = Object.entries(c.packages).map(([name, version]) => `${name} ${version}`)
  const rounds = c.rounds === 1 ? 'one round' : `medians of ${c.rounds} rounds`
  return (
    `${c.cores} x ${c.cpu}, ${c.memoryGb} GB, ${c.system}, Node ${c.node}, Redis ${c.redis} on the ` +
    `same machine; ${packages.join(', ')}; ${rounds}; load up to ${load}; ${c.date}`
  )
}

module.exports = { conditions, sentence }
