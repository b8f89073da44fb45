'use strict'

const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const folder = path.join(__dirname, '../app/exercises/caching')
const { BaseCaching } = require(path.join(folder, 'base_caching'))

describe('the caching exercises', () => {
  const discards = {
    0: '',
    1: 'A,B',
    2: 'D,C,F',
    3: 'A,D,E,B,C,F,G',
    4: 'B,C,F,G,H,I,J',
    100: 'A,D,E,F,G,B,J,K,L'
  }

  for (const [driver, expected] of Object.entries(discards)) {
    it(`prints what driver ${driver} prints`, () => {
      const output = execFileSync(process.execPath, [path.join(folder, 'main.js'), driver], {
        encoding: 'utf8'
      })
      assert.strictEqual(
        output,
        fs.readFileSync(path.join(folder, `expected/${driver}.txt`), 'utf8')
      )
      const discarded = [...output.matchAll(/^DISCARD: (.*)$/gm)].map((match) => match[1])
      assert.strictEqual(discarded.join(), expected)
    })
  }

  const files = [
    '0-basic_cache',
    '1-fifo_cache',
    '2-lifo_cache',
    '3-lru_cache',
    '4-mru_cache',
    '100-lfu_cache'
  ]
  for (const file of files) {
    it(`${file} ignores what is missing`, () => {
      const [Class] = Object.values(require(path.join(folder, file)))
      const cache = new Class()
      for (const args of [[null, 1], ['a', null], [undefined, 1], ['a']]) cache.put(...args)
      assert.deepStrictEqual([[...cache.keys()], cache.get(null), cache.get('a')], [[], null, null])
      assert.ok(cache instanceof BaseCaching)
    })
  }

  it('leaves put and get to the classes', () => {
    const base = new BaseCaching()
    assert.throws(() => base.put('a', 1), {
      message: 'put must be implemented in your cache class'
    })
    assert.throws(() => base.get('a'), { message: 'get must be implemented in your cache class' })
    assert.strictEqual(BaseCaching.MAX_ITEMS, 4)
  })
})
