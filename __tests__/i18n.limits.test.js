'use strict'

const assert = require('node:assert/strict')
const { I18n } = require('rekue/i18n')
const { MAX_FORMATTERS, kept } = require('../lib/i18n/formatters')
const { MAX_PLACEABLES } = require('../lib/i18n/resolver')
const { withCatalogs } = require('../test-support/catalogs')

/** Far more than any of these takes, far less than they would take without a bound. */
const BOUND_MS = 5000

/**
 * @param {string} source
 * @param {(i18n: I18n, errors: any[]) => void} use
 */
function using(source, use) {
  return withCatalogs({ en: source }, async (dir) => {
    /** @type {any[]} */
    const errors = []
    const i18n = await I18n.load({ dir, onError: (error) => errors.push(error) })
    const before = process.cpuUsage()
    use(i18n, errors)
    // Of the processor: others may use the machine, too.
    const { user, system } = process.cpuUsage(before)
    assert.ok((user + system) / 1000 < BOUND_MS)
  })
}

/** Each message holds the next a number of times. */
function bomb(depth, times) {
  const lines = ['m0 = boom']
  for (let at = 1; at <= depth; at++) lines.push(`m${at} = ${`{ m${at - 1} }`.repeat(times)}`)
  return lines.join('\n')
}

describe('catalogs of an enemy', () => {
  it('whose messages multiply come to nothing', () =>
    using(bomb(60, 10), (i18n, errors) => {
      assert.equal(i18n.t('en', 'm60'), '{???}')
      assert.match(errors[0].message, /placeables/)
      assert.equal(errors[0].code, 'ERR_FTL')
    }))

  it('may expand as many placeables as @fluent/bundle does', () =>
    using(
      `a = ${'{ "x" }'.repeat(MAX_PLACEABLES)}\nb = ${'{ "x" }'.repeat(MAX_PLACEABLES + 1)}`,
      (i18n) => {
        assert.equal(i18n.t('en', 'a'), 'x'.repeat(MAX_PLACEABLES))
        assert.equal(i18n.t('en', 'b'), '{???}')
      }
    ))

  it('that are long many times over come to nothing', () => {
    const long = 'x'.repeat(250_000)
    return using(`-long = { "" }${long}\na = ${'{ -long }'.repeat(90)}`, (i18n, errors) => {
      assert.equal(i18n.t('en', 'a'), '{???}')
      assert.match(errors[0].message, /longer than/)
    })
  })

  it('that run in circles say so, and show the rest', () =>
    using(
      [
        'self = me { self }',
        'a = a { b }',
        'b = b { c }',
        'c = c { a }',
        '-t = t { -t }',
        'term = x { -t }',
        'attr = x { attr.y }',
        '    .y = y { attr }',
        'select = { $n ->',
        '   *[other] { select }',
        ' }'
      ].join('\n'),
      (i18n, errors) => {
        assert.equal(i18n.t('en', 'self'), 'me {???}')
        assert.equal(i18n.t('en', 'a'), 'a b c {???}')
        assert.equal(i18n.t('en', 'term'), 'x t {???}')
        assert.equal(i18n.t('en', 'attr'), 'x y {???}')
        assert.equal(i18n.t('en', 'attr.y'), 'y x {???}')
        assert.equal(i18n.t('en', 'select', { n: 1 }), '{???}')
        assert.deepEqual([...new Set(errors.map((error) => /Cyclic/.test(error.message)))], [true])
      }
    ))

  it('that are nested without end are refused while the rest is read', () => {
    const deep = [
      `deep1 = ${'{'.repeat(5000)}$x${'}'.repeat(5000)}`,
      `deep2 = ${'{'.repeat(300)}$x${'}'.repeat(300)}`,
      `deep3 = { ${'FOO('.repeat(400)}$x${')'.repeat(400)} }`,
      `deep4 = ${'{ $x ->\n *[a] '.repeat(400)}`,
      `names = { F(${Array.from({ length: 30_000 }, (_, at) => `a${at}: 1`).join(', ')}) }`,
      `huge = ${'x'.repeat(300_000)}`
    ]
    return using(`first = 1\n${deep.join('\n')}\nlast = 2`, (i18n, errors) => {
      assert.deepEqual(i18n.tMany('en', ['first', 'last']), ['1', '2'])
      for (const line of deep) {
        const [id] = line.split(' ')
        assert.ok(!i18n.has('en', id), id)
      }
      assert.ok(errors.length >= deep.length)
      for (const error of errors) {
        if (error.file !== undefined) assert.equal(error.code, 'ERR_FTL')
      }
    })
  })

  it('that ask Intl for too much get the bare number', () =>
    using(
      [
        'digits = { NUMBER($n, minimumFractionDigits: 1000000000) }',
        'literal = { 1.' + '0'.repeat(5000) + ' }',
        'integer = { NUMBER($n, minimumIntegerDigits: 22) }',
        'unit = { NUMBER($n, style: "unit", unit: "' + 'x'.repeat(10_000) + '") }',
        'plural = { NUMBER($n, minimumFractionDigits: 1000000000) ->',
        '   *[other] x',
        '    [one] y',
        ' }'
      ].join('\n'),
      (i18n) => {
        assert.deepEqual(
          ['digits', 'literal', 'integer', 'unit', 'plural'].map((id) =>
            i18n.t('en', id, { n: 1 })
          ),
          ['1', '1', '1', '1', '{???}']
        )
      }
    ))

  it('cannot fill the memory with formatters', () => {
    const many = 3 * MAX_FORMATTERS.numbers
    const letter = (at) => String.fromCharCode(65 + (at % 26))
    const lines = Array.from({ length: many }, (_, at) => {
      const code = letter(at / 676) + letter(at / 26) + letter(at)
      return (
        `n${at} = { NUMBER($n, style: "currency", currency: "${code}") }\n` +
        `d${at} = { DATETIME($d, numberingSystem: "${code}xyz") }`
      )
    })
    return using(lines.join('\n'), (i18n) => {
      for (let at = 0; at < many; at++) {
        i18n.t('en', `n${at}`, { n: 1 })
        i18n.t('en', `d${at}`, { d: new Date(0) })
        i18n.formatList('en', ['a'], /** @type {any} */ ({ nobody: `reads this ${at}` }))
      }
      const now = kept()
      assert.equal(now.numbers, MAX_FORMATTERS.numbers)
      assert.ok(now.dates <= MAX_FORMATTERS.dates && now.others <= MAX_FORMATTERS.others)
      for (let at = 0; at < many; at++) {
        i18n.t('en', `n${at}`, { n: 1 })
        i18n.t('en', 'n0', { n: 1 })
      }
      assert.equal(kept().numbers, MAX_FORMATTERS.numbers)
    })
  })
})

describe('requests of an enemy', () => {
  it('cannot fill the memory with locales, headers or zones', () =>
    using('a = x', (i18n) => {
      const before = process.memoryUsage().heapUsed
      for (let at = 0; at < 20_000; at++) {
        assert.equal(i18n.t(`x${at}-y`, 'a'), 'x')
        assert.equal(i18n.negotiate(`de-${at}, x${at};q=0.5`), 'en')
        // What Intl does not know takes it long to say.
        const urlTimezone = at < 3000 ? `Zone/Nr${at}` : `+${at}`
        assert.equal(i18n.resolve({ urlTimezone, url: `l${at}` }).timezone, 'UTC')
      }
      global.gc?.()
      const grown = process.memoryUsage().heapUsed - before
      assert.ok(grown < 64 * 2 ** 20, `${grown} bytes`)
    }))

  it('cannot keep it busy with one header', () =>
    using('a = x', (i18n) => {
      const texts = [
        'a,'.repeat(1e6),
        ';q='.repeat(1e6),
        `${'x-'.repeat(1e6)}`,
        '*;q=0,'.repeat(1e5)
      ]
      for (const text of texts) assert.equal(i18n.negotiate(text), 'en')
    }))
})
