'use strict'

/**
 * Hit ratio against size as an SVG: one line per policy, sizes on a logarithmic axis.
 */

const WIDTH = 820
const HEIGHT = 460
const LEFT = 60
const RIGHT = 660
const TOP = 50
const BOTTOM = 400
/** Told apart by the colour-blind too; the optimum is drawn in grey. */
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#7a5195',
  '#000000'
]
const OPTIMUM = '#999999'

const escape = (text) =>
  text.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]
  )

/**
 * @param {{ policy: string, size: number, hitRatio: number, requests: number }[]} results
 * @param {string[]} policies in the order of the legend
 * @returns {string}
 */
function drawCurve(results, policies) {
  const sizes = [...new Set(results.map((result) => result.size))].sort((a, b) => a - b)
  const [low, high] = [Math.log(sizes[0]), Math.log(sizes[sizes.length - 1])]
  const x = (size) =>
    high === low
      ? (LEFT + RIGHT) / 2
      : LEFT + ((Math.log(size) - low) / (high - low)) * (RIGHT - LEFT)
  const y = (ratio) => BOTTOM - ratio * (BOTTOM - TOP)
  const colour = (policy, i) => (policy === 'optimum' ? OPTIMUM : COLOURS[i % COLOURS.length])

  const lines = policies.map((policy, i) => {
    const own = results.filter((result) => result.policy === policy).sort((a, b) => a.size - b.size)
    const points = own.map(
      ({ size, hitRatio }) => `${x(size).toFixed(1)},${y(hitRatio).toFixed(1)}`
    )
    const dots = points.map(
      (point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="2.5"/>`
    )
    const dash = policy === 'optimum' ? ' stroke-dasharray="5 4"' : ''
    return `<g stroke="${colour(policy, i)}" fill="${colour(policy, i)}"><polyline fill="none" stroke-width="2"${dash} points="${points.join(' ')}"/>${dots.join('')}</g>`
  })
  const legend = policies.map((policy, i) => {
    const at = TOP + 10 + i * 22
    return `<line x1="${RIGHT + 20}" x2="${RIGHT + 44}" y1="${at}" y2="${at}" stroke="${colour(policy, i)}" stroke-width="3"/><text x="${RIGHT + 52}" y="${at + 4}">${escape(policy)}</text>`
  })
  const ratios = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
    (ratio) =>
      `<line x1="${LEFT}" x2="${RIGHT}" y1="${y(ratio)}" y2="${y(ratio)}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y(ratio) + 4}" text-anchor="end">${ratio * 100}%</text>`
  )
  const ticks = sizes.map(
    (size) =>
      `<text x="${x(size).toFixed(1)}" y="${BOTTOM + 20}" text-anchor="middle">${size}</text>`
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Hit ratio by cache size</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="28" font-size="15">Hit ratio by cache size, ${results[0].requests} requests</text>
${[...ratios, ...ticks].join('\n')}
<text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 44}" text-anchor="middle">entries (logarithmic)</text>
${[...lines, ...legend].join('\n')}
</svg>
`
}

module.exports = { drawCurve }
