'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const BIN = path.join(__dirname, '../../bin/rekue.js')

describe('commands that look at an embedded store', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-existing-'))
  after(() => fs.rmSync(folder, { recursive: true }))

  /** @param {string[]} args */
  const run = (args) =>
    spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: 'utf8' })

  for (const store of ['sqlite:typo.db', 'sqlite://typo.db', 'sqlite:typo.db?synchronous=full']) {
    for (const args of [
      ['stats', '--store', store],
      ['repair', store],
      ['repair', store, '--dry-run'],
      ['store', 'copy', store, 'sqlite:made.db']
    ]) {
      it(`rekue ${args.join(' ')} makes none where there is none`, () => {
        const { status, stdout, stderr } = run(args)
        assert.deepEqual([status, stdout], [1, ''])
        assert.match(stderr, /^rekue: no such file: "typo\.db"/)
        assert.deepEqual(fs.readdirSync(folder), [])
      })
    }
  }

  it('take one in memory, which nobody can have made before', () => {
    assert.equal(run(['stats', '--store', 'sqlite::memory:']).status, 0)
  })
})
