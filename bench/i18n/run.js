'use strict'

/**
 * Texts of messages: rekue beside @fluent/bundle, intl-messageformat and i18next.
 *
 *   npm run build
 *   node bench/i18n/run.js [rounds]
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { installPeers } = require('../lib/prerequisites')
const { LOCALES, MESSAGES, writeCatalogs } = require('./catalogs')
const { LOADERS, SPEAKERS } = require('./peers')

const DEFAULT_ROUNDS = 5

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

/**
 * Every library in turn, each in a process of its own, in each round another first.
 * @param {'text' | 'load'} kind
 * @param {string[]} names
 * @param {number} rounds
 * @param {(name: string) => string} dirOf
 */
function measure(kind, names, rounds, dirOf) {
  /** @type {Record<string, any[]>} */
  const results = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + round) % names.length]
      const script = path.join(__dirname, 'measure.js')
      const args = ['--expose-gc', script, kind, name, dirOf(name)]
      const output = execFileSync(process.execPath, args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit']
      })
      results[name].push(JSON.parse(output.trim().split('\n').at(-1) ?? ''))
    }
  }
  return results
}

/**
 * A Markdown table: rekue's median, and each peer's with how many times rekue's it is.
 * @param {Record<string, any[]>} results
 * @param {Record<string, (value: number) => string>} rows by figure
 * @param {(label: string) => (value: number) => string} show
 */
function print(results, rows, show) {
  const names = Object.keys(results)
  console.log(`| | ${names.join(' | ')} |`)
  console.log(`|---|${names.map(() => '---').join('|')}|`)
  for (const label of rows) {
    const of = (name) => median(results[name].map((result) => result.figures[label]))
    const cells = names.map((name) => {
      const value = show(label)(of(name))
      return name === 'rekue' ? value : `${value} (${(of(name) / of('rekue')).toFixed(2)} x)`
    })
    console.log(`| ${[label, ...cells].join(' | ')} |`)
  }
}

/** All libraries must say the same, or they did not do the same work. */
function checkSamples(results) {
  const [first, ...others] = Object.entries(results)
  for (const [label, texts] of Object.entries(first[1][0].samples)) {
    for (const [name, [{ samples }]] of others) {
      if (samples[label].join('\n') === texts.join('\n')) continue
      throw new Error(`${name} says ${samples[label]} for ${label}, not ${texts}`)
    }
  }
}

function main() {
  installPeers(__dirname)
  const rounds = Number(process.argv[2] ?? DEFAULT_ROUNDS)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-bench-i18n-'))
  try {
    const texts = measure('text', Object.keys(SPEAKERS), rounds, () => path.join(folder, 'text'))
    checkSamples(texts)
    console.log(`\nOne text, or one page; medians of ${rounds} rounds\n`)
    print(texts, Object.keys(texts.rekue[0].figures), () => (value) => `${value.toFixed(0)} ns`)

    const many = path.join(folder, 'many')
    writeCatalogs(many)
    const loads = measure('load', Object.keys(LOADERS), rounds, () => many)
    console.log(
      `\n${LOCALES.length} locales of ${MESSAGES} messages; medians of ${rounds} rounds\n`
    )
    const isTime = (label) => label === 'loaded' || label === 'used'
    print(loads, Object.keys(loads.rekue[0].figures), (label) =>
      isTime(label)
        ? (value) => `${value.toFixed(0)} ms`
        : (value) => `${(value / 1e6).toFixed(1)} MB`
    )
    const versions = `Node ${process.versions.node}, ICU ${process.versions.icu}, CLDR ${process.versions.cldr}`
    console.log(`\n${os.cpus().length} x ${os.cpus()[0]?.model.trim()}, ${versions}`)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

main()
