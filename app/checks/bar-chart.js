'use strict'

/** Horizontal bars as SVG, which GitHub shows in a README. */

const WIDTH = 760
const LABEL_WIDTH = 250
const VALUE_WIDTH = 90
const BAR = 20
const GAP = 6
const HEAD = 30

/** @param {string} text */
const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/**
 * @param {object} chart
 * @param {string} chart.title
 * @param {{ name: string, bars: { name: string, value: number }[] }[]} chart.groups
 * @returns {string}
 */
function barChart({ title, groups }) {
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
  const lines = []
  let y = HEAD
  for (const { name, bars } of groups) {
    y += GAP * 2 + BAR
    lines.push(`<text x="8" y="${y - GAP}" font-weight="bold">${escape(name)}</text>`)
    for (const { name: label, value } of bars) {
      const width = Math.max(1, Math.round((value / most) * room))
      const shown = value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en')
      const colour = label.startsWith('app') ? '#2a6f97' : '#a0a0a0'
      lines.push(
        `<text x="${LABEL_WIDTH - 8}" y="${y + 15}" text-anchor="end">${escape(label)}</text>`,
        `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR}" fill="${colour}"/>`,
        `<text x="${LABEL_WIDTH + width + 6}" y="${y + 15}">${shown}</text>`
      )
      y += BAR + GAP
    }
  }
  const height = y + GAP
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="20" font-size="15">${escape(title)}</text>
${lines.join('\n')}
</svg>
`
}

module.exports = { barChart }
