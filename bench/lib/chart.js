'use strict'

/**
 * The figures as an SVG: one panel for each, bars from zero, every panel with a scale of its own
 * because their units differ. Written by hand: a dozen rectangles need no library.
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} unit
 * @property {'more' | 'less'} better
 * @property {Record<string, number>} values by the name of the bar
 * @property {number | null} [ratio] rekue's over the best peer's
 * @property {string[]} [names] its bars, where not all panels have the same
 */

const { number, times } = require('./format')

const COLUMNS = 2
const PANEL = { width: 470, label: 74, bar: 300, row: 20, head: 30, gap: 26 }
const MARGIN = 20
const TOP = 46
const OURS = '#c2410c'
const PEER = '#8fa3b8'

/**
 * @param {Panel[]} figures
 * @param {string[]} names
 * @param {string} caption the conditions
 * @param {string} [title]
 * @returns {string}
 */
function chart(figures, names, caption, title = 'rekue beside its peers') {
  const bars = Math.max(...figures.map((figure) => (figure.names ?? names).length))
  const height = PANEL.head + bars * PANEL.row + PANEL.gap
  const rows = Math.ceil(figures.length / COLUMNS)
  const width = MARGIN * 2 + COLUMNS * PANEL.width
  const captions = wrap(caption, 140)
  const bottom = TOP + rows * height
  const total = bottom + captions.length * 15 + MARGIN
  const panels = figures.map((figure, i) => {
    const x = MARGIN + (i % COLUMNS) * PANEL.width
    const y = TOP + Math.floor(i / COLUMNS) * height
    return `<g transform="translate(${x} ${y})">\n${panel(figure, figure.names ?? names)}\n</g>`
  })
  const lines = captions.map((line, i) => text(MARGIN, bottom + i * 15, line, 'class="small"'))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2933">`,
    '<style>.small { font-size: 11px; fill: #52606d } .title { font-weight: 600 }</style>',
    `<rect width="${width}" height="${total}" fill="#ffffff"/>`,
    text(MARGIN, 28, title, 'font-size="17" font-weight="600"'),
    ...panels,
    ...lines,
    '</svg>',
    ''
  ].join('\n')
}

function panel({ title, unit, better, values, ratio = null }, names) {
  const most = Math.max(...Object.values(values))
  const note = `${unit}, ${better} is better${ratio === null ? '' : `; rekue / best peer ${times(ratio)}`}`
  const bars = names.map((name, i) => {
    const y = PANEL.head + i * PANEL.row
    const label = text(PANEL.label - 6, y + 12, name, 'text-anchor="end"')
    if (!(name in values)) return label + text(PANEL.label, y + 12, '-', 'class="small"')
    const length = ((values[name] / most) * PANEL.bar).toFixed(1)
    const fill = name.startsWith('rekue') ? OURS : PEER
    return (
      label +
      `<rect x="${PANEL.label}" y="${y}" width="${length}" height="${PANEL.row - 4}" fill="${fill}"/>` +
      text(PANEL.label + Number(length) + 6, y + 12, number(values[name]))
    )
  })
  return [text(0, 8, title, 'class="title"'), text(0, 22, note, 'class="small"'), ...bars].join(
    '\n'
  )
}

function text(x, y, content, attributes = '') {
  const safe = content.replace(/&/g, '&amp;').replace(/</g, '&lt;')
  return `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${safe}</text>`
}

function wrap(content, width) {
  const lines = ['']
  for (const word of content.split(' ')) {
    const line = lines[lines.length - 1]
    if (line && line.length + word.length + 1 > width) lines.push(word)
    else lines[lines.length - 1] = line ? `${line} ${word}` : word
  }
  return lines
}

module.exports = { chart }
