'use strict'

const assert = require('node:assert')
const { execFileSync, spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Cache, simulate } = require('../lib/cache')
const { randomFrom } = require('../test-support/random')

const PROGRAM = path.join(__dirname, '../bin/rekue.js')

describe('rekue cache simulate', () => {
  let folder

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-cache-'))
    const keys = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5].map((key) => `key ${key}`)
    fs.writeFileSync(path.join(folder, 'trace'), `${keys.join('\r\n')}\r\n`)
  })

  after(() => fs.rmSync(folder, { recursive: true }))

  const run = (args, options) =>
    execFileSync(process.execPath, [PROGRAM, 'cache', 'simulate', ...args], {
      encoding: 'utf8',
      cwd: folder,
      ...options
    })

  it('prints a table', () => {
    const output = run(['trace', '--policies', 'fifo,lru', '--sizes', '3,4'])
    assert.deepStrictEqual(
      output.split('\n').map((line) => line.trim().split(/\s+/)),
      [
        ['12', 'requests'],
        ['3', '4'],
        ['fifo', '25.00%', '16.67%'],
        ['lru', '16.67%', '33.33%'],
        ['']
      ]
    )
  })

  it('prints JSON, reads standard input, and chooses sizes and policies by itself', () => {
    const rows = JSON.parse(run(['-', '--json'], { input: 'a\nb\na' }))
    assert.deepStrictEqual(new Set(rows.map((row) => row.policy)).size, 9)
    assert.deepStrictEqual([rows[0].requests, rows[0].size], [3, 1])
  })

  it('draws the curve', () => {
    run(['trace', '--policies', 'lru,optimum', '--sizes', '3,4', '--svg', 'curve.svg'])
    const svg = fs.readFileSync(path.join(folder, 'curve.svg'), 'utf8')
    assert.match(svg, /^<svg [^>]*viewBox/)
    assert.strictEqual(svg.match(/<polyline/g).length, 2)
    assert.strictEqual(svg.match(/<circle/g).length, 4)
  })

  it('leaves the file of the curve whole where nobody reads what is printed', async () => {
    const file = path.join(folder, 'piped.svg')
    fs.writeFileSync(file, 'old')
    for (let i = 0; i < 3; i++) {
      const args = ['cache', 'simulate', 'trace', '--sizes', '3,4', '--svg', file]
      const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder })
      child.stdout.destroy()
      await once(child, 'close')
      assert.match(fs.readFileSync(file, 'utf8'), /^<svg .*<\/svg>\s*$/s)
    }
    assert.deepStrictEqual(
      fs.readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      []
    )
  })

  it('says what is wrong, without a stack', () => {
    const cases = [
      [['cache', 'simulate', 'trace', '--policies', 'lrx', '--sizes', '1'], /did you mean lru/, 2],
      [['cache', 'simulate', 'trace', '--sizes', '0'], /--sizes/, 2],
      [['cache', 'simulate', 'missing'], /missing/, 1],
      [['cache', 'simulate', 'trace', '--wrong'], /--wrong/, 2],
      [['cache', 'simulation', 'trace'], /usage/, 2],
      [['cache'], /^usage/, 2],
      [['constructor'], /no command/, 2],
      [[], /^usage/, 2]
    ]
    for (const [args, pattern, code] of cases) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
        encoding: 'utf8',
        cwd: folder
      })
      assert.deepStrictEqual([status, stdout], [code, ''])
      assert.match(stderr, pattern)
      assert.doesNotMatch(stderr, /\n {4}at /)
    }
  })

  it('helps', () => {
    for (const args of [['--help'], ['cache', '--help']]) {
      assert.match(
        execFileSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' }),
        /^usage: rekue/
      )
    }
  })
})

describe('cache.recordTrace', () => {
  it('records what is asked by get, getMany and fetch, until it is stopped', async () => {
    const cache = new Cache({ max: 2, fetchMethod: (key) => key })
    const recording = cache.recordTrace()
    assert.throws(() => cache.recordTrace(), { code: 'ERR_INVALID_ARG' })
    cache.get('a')
    cache.set('a', 1)
    cache.getMany(['a', 'b'])
    await cache.fetch('c')
    await cache.fetch('c')
    cache.peek('d')
    const trace = recording.stop()
    cache.get('e')
    assert.deepStrictEqual(trace, ['a', 'a', 'b', 'c', 'c'])
    assert.strictEqual(Object.hasOwn(cache, 'get'), false)
    cache.recordTrace({ max: 1 })
    cache.get('a')
    assert.strictEqual(Object.hasOwn(cache, 'get'), false, 'it ends when it is full')
  })

  it('tells from a sample of the keys what the whole would give', () => {
    const random = randomFrom(99)
    const keys = Array.from(
      { length: 60_000 },
      () => `k${Math.min(random(3000), random(3000), random(3000))}`
    )
    const cache = new Cache({ max: 300 })
    const recording = cache.recordTrace({ sample: 0.3 })
    for (const key of keys) cache.get(key)
    recording.stop()
    const options = { policies: ['lru', 'sieve'], sizes: [300, 900] }
    const [sampled, whole] = [recording.simulate(options), simulate(keys, options)]
    assert.deepStrictEqual(
      sampled.map((row) => row.size),
      whole.map((row) => row.size)
    )
    sampled.forEach((row, i) => {
      assert.ok(row.requests < keys.length * 0.45)
      assert.ok(
        Math.abs(row.hitRatio - whole[i].hitRatio) < 0.05,
        `${row.hitRatio} ${whole[i].hitRatio}`
      )
    })
  })

  it('refuses bad input', () => {
    const cache = new Cache({ max: 1 })
    for (const options of [
      { sample: 0 },
      { sample: 2 },
      { sample: NaN },
      { sample: '1' },
      { sample: Symbol('s') },
      { max: 0 },
      { smple: 1 }
    ]) {
      assert.throws(() => cache.recordTrace(options), { code: 'ERR_INVALID_ARG' })
      assert.strictEqual(Object.hasOwn(cache, 'get'), false)
    }
    const recording = cache.recordTrace()
    for (const options of [undefined, null, {}, { sizes: 1 }, { sizes: [0] }, { size: [1] }])
      assert.throws(() => recording.simulate(options), { code: 'ERR_INVALID_ARG' })
    assert.throws(() => cache.getMany('ab'), { code: 'ERR_INVALID_ARG' })
    assert.deepStrictEqual(recording.stop(), [])
  })
})
