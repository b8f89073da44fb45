'use strict'

/** The table for the terminal, which is also a Markdown table for a README. */

const { number, times } = require('./format')

/**
 * @param {import('./figures').Figure[]} figures
 * @param {string[]} names
 * @returns {string}
 */
function table(figures, names) {
  const withRatio = names.includes('rekue') && names.length > 1
  const head = ['', 'unit', ...names, ...(withRatio ? ['rekue / best peer'] : [])]
  const body = figures.map(({ title, unit, better, values, ratio }) => [
    title,
    `${unit}${better === 'less' ? ' (less is better)' : ''}`,
    ...names.map((name) => (name in values ? number(values[name]) : '-')),
    ...(withRatio ? [ratio === null ? '-' : times(ratio)] : [])
  ])
  return align([head, ...body])
}

function align(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length), 3))
  const isText = (i) => i < 2
  const line = (cells) =>
    `| ${cells.map((c, i) => (isText(i) ? c.padEnd(widths[i]) : c.padStart(widths[i]))).join(' | ')} |`
  const rule = `|${widths.map((w, i) => '-'.repeat(w + 1) + (isText(i) ? '-' : ':')).join('|')}|`
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n')
}

module.exports = { table }
