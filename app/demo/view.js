'use strict'

/**
 * What the demo shows: a table that is drawn over itself in a terminal, a line for each event
 * elsewhere (a file, a pipe, a terminal too small for the table).
 */

/** With it the longest row has 79 columns. */
const BAR_WIDTH = 12
/** Below this too little of the outcomes would be seen. */
const LEAST_COLUMNS = 60

/**
 * @typedef {object} Row what is known of a job
 * @property {number} [id]
 * @property {string} phone
 * @property {number} percent
 * @property {'new' | 'waiting' | 'active' | 'complete' | 'failed' | 'removed'} state
 * @property {string} [error]
 */

/** What stands at the end of a row. @param {Row} row */
function outcomeOf(row) {
  switch (row.state) {
    case 'new':
      return ''
    case 'waiting':
      return 'waiting'
    case 'active':
      return 'sending'
    case 'complete':
      return '✓ completed'
    case 'failed':
      return `✗ ${row.error}`
    case 'removed':
      return 'removed unsent'
  }
}

/** Escape sequences: what, and back to normal. */
const COLOURS = { complete: '32', failed: '31', active: '36', waiting: '2', new: '2', removed: '2' }

class Lines {
  /** @param {NodeJS.WriteStream} out */
  constructor(out) {
    this._out = out
  }

  /** @param {string} text */
  line(text) {
    this._out.write(`${text}\n`)
  }

  /** Something happened to a job. @param {Row} row @param {string} text */
  event(row, text) {
    this.line(text)
  }

  /** The other process said something. @param {string} text */
  heard(text) {
    this.line(text)
  }

  end() {}
}

class Table extends Lines {
  /**
   * @param {NodeJS.WriteStream} out
   * @param {Row[]} rows
   */
  constructor(out, rows) {
    super(out)
    this._rows = rows
    this._drawn = 0
    this._heard = ''
    /** @type {NodeJS.Immediate | null} */
    this._soon = null
    this._colours = out.getColorDepth() > 1
  }

  event() {
    this._drawSoon()
  }

  heard(text) {
    this._heard = text
    this._drawSoon()
  }

  /** A line above the table. */
  line(text) {
    this._out.write(this._erase() + `${text}\n`)
    this._draw()
  }

  /** Leave the table as it is; lines go below from now on. */
  end() {
    this._heard = ''
    this._draw()
    this._drawn = 0
    this._rows = []
  }

  /** Once for all that happens in a turn. */
  _drawSoon() {
    this._soon ??= setImmediate(() => this._draw())
  }

  _erase() {
    const lines = this._drawn
    this._drawn = 0
    return lines > 0 ? `\x1b[${lines}A\x1b[J` : ''
  }

  _draw() {
    if (this._soon) clearImmediate(this._soon)
    this._soon = null
    if (this._rows.length === 0) return
    const lines = this._rows.map((row) => this._row(row))
    if (this._heard) lines.push('', this._fit(`processor: ${this._heard}`, '2'))
    this._out.write(this._erase() + lines.map((line) => `${line}\n`).join(''))
    this._drawn = lines.length
  }

  /** @param {Row} row */
  _row(row) {
    const done = row.state === 'complete' ? 100 : row.percent
    const full = Math.round((done / 100) * BAR_WIDTH)
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
    const id = row.id === undefined ? '' : String(row.id)
    const text = `${id.padStart(4)}  ${row.phone}  ${bar} ${String(done).padStart(3)} %  ${outcomeOf(row)}`
    return this._fit(text, COLOURS[row.state])
  }

  /**
   * One line on the screen, whatever the text: a second one would spoil the count.
   * @param {string} text
   * @param {string} colour
   */
  _fit(text, colour) {
    const cut = text.slice(0, this._out.columns - 1)
    return this._colours ? `\x1b[${colour}m${cut}\x1b[0m` : cut
  }
}

/**
 * @param {NodeJS.WriteStream} out
 * @param {Row[]} rows
 * @returns {Lines}
 */
function viewOn(out, rows) {
  const fits = out.isTTY && out.columns >= LEAST_COLUMNS && out.rows > rows.length + 4
  return fits && process.env.TERM !== 'dumb' ? new Table(out, rows) : new Lines(out)
}

module.exports = { viewOn }
