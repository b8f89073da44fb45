'use strict'

/** The table for the terminal, which is also a Markdown table for a README. */

const { number, times } = require('./format')

/**
 * @param {import('./figures').Figure[]} figures
 * @param {string[]} names
 * @returns {string}
 */
function table(figures, names) {
  const ratios = [
    { name: 'rekue', of: 'ratio', title: 'rekue / best peer' },
    { name: 'rekue-sqlite', of: 'embeddedRatio', title: 'rekue-sqlite / best peer' }
  ].filter(({ name }) => names.includes(name) && names.some((peer) => !peer.startsWith('rekue')))
  const head = ['', 'unit', ...names, ...ratios.map(({ title }) => title)]
  const body = figures.map((figure) => {
    const { title, unit, better, values } = figure
    return [
      title,
      `${unit}${better === 'less' ? ' (less is better)' : ''}`,
      ...names.map((name) => (name in values ? number(values[name]) : '-')),
      ...ratios.map(({ of }) => (figure[of] === null ? '-' : times(figure[of])))
    ]
  })
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
