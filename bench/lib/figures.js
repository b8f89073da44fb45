'use strict'

/**
 * From samples to the figures of the table: medians over the rounds, and rekue beside the best.
 *
 * @typedef {object} Figure
 * @property {string} title
 * @property {string} unit
 * @property {'more' | 'less'} better
 * @property {Record<string, number>} values median per implementation; absent: not measured
 * @property {number | null} ratio rekue's value over that of the best peer
 * @property {number | null} embeddedRatio the same of rekue's embedded store
 * @property {string | null} best that peer
 */

const { median } = require('./stats')

const MB = 1024 * 1024
const rate = { unit: 'jobs/s', better: 'more', of: 'jobsPerSecond' }
const redisCpu = { unit: 'us/job', better: 'less', of: 'redisCpuUs' }
const memory = { unit: 'MB', better: 'less', of: 'rss', scale: 1 / MB }

/** A figure over several rows is their sum. */
const FIGURES = [
  { title: 'add, one after the other', rows: ['add-1'], ...rate },
  { title: 'add, 1,000 in flight', rows: ['add'], ...rate },
  { title: 'add in bulks of 1,000', rows: ['add-bulk'], ...rate },
  { title: 'process, concurrency 1', rows: ['process-1'], ...rate },
  { title: 'process, concurrency 10', rows: ['process-10'], ...rate },
  { title: 'process, concurrency 100', rows: ['process-100'], ...rate },
  { title: 'add to start, median', rows: ['latency'], of: 'medianUs', unit: 'us', better: 'less' },
  { title: 'add to start, p99', rows: ['latency'], of: 'p99Us', unit: 'us', better: 'less' },
  { title: 'Redis CPU, add', rows: ['add'], ...redisCpu },
  { title: 'Redis CPU, process at 1', rows: ['process-1'], ...redisCpu },
  { title: 'Redis CPU, add + process at 10', rows: ['add', 'process-10'], ...redisCpu },
  { title: 'Redis CPU, add + process at 100', rows: ['add', 'process-100'], ...redisCpu },
  {
    title: 'file and log, added in bulks',
    rows: ['add-bulk'],
    of: 'fileBytes',
    unit: 'bytes/job',
    better: 'less'
  },
  { title: 'memory, worker at 100', rows: ['process-100'], ...memory },
  { title: 'memory, creator holding its jobs', rows: ['hold'], ...memory }
]

/**
 * @param {import('./runner').Sample[]} samples
 * @param {string[]} names
 * @returns {Figure[]} those that were measured
 */
function figures(samples, names) {
  return FIGURES.map(({ title, rows, of, scale = 1, unit, better }) => {
    const values = {}
    for (const name of names) {
      const parts = rows.map((row) => middle(samples, row, name, of))
      if (parts.every((part) => part !== null && !Number.isNaN(part))) {
        values[name] = parts.reduce((sum, part) => sum + part * scale, 0)
      }
    }
    return { title, unit, better, values, ...beside(values, better) }
  }).filter((figure) => Object.keys(figure.values).length > 0)
}

function middle(samples, row, name, of) {
  const all = samples.filter((sample) => sample.row === row && sample.name === name)
  const values = all.flatMap((sample) => (sample.values ? [sample.values[of]] : []))
  // Medians of the lucky rounds only would flatter who failed in the others.
  return values.length > 0 && values.length === all.length ? median(values) : null
}

function beside(values, better) {
  const peers = Object.entries(values).filter(([name]) => !name.startsWith('rekue'))
  if (peers.length === 0) return { ratio: null, embeddedRatio: null, best: null }
  peers.sort(([, a], [, b]) => (better === 'more' ? b - a : a - b))
  const [best, value] = peers[0]
  const over = (name) => (name in values ? values[name] / value : null)
  return { best, ratio: over('rekue'), embeddedRatio: over('rekue-sqlite') }
}

module.exports = { figures }
