'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..')
const BIN = path.join(ROOT, 'bin', 'rekue.js')
const DIR = ['--dir', path.join(ROOT, 'locales')]

/** Every way in which commands print. */
const COMMANDS = [
  ['--help'],
  ['stats', '--help'],
  ['i18n', 'export', 'fr', ...DIR],
  ['i18n', 'types', ...DIR],
  ['i18n', 'coverage', '--json', ...DIR]
]

describe('output of rekue that cannot be written', function () {
  this.timeout(30_000)
  /** @type {string} */
  let folder

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-output-'))
  })

  after(() => fs.rmSync(folder, { recursive: true }))

  it('is told in one line, with the exit code 1', () => {
    const file = path.join(folder, 'read-only')
    fs.writeFileSync(file, '')
    for (const args of COMMANDS) {
      // A descriptor that does not take anything, as a full disk does not.
      const fd = fs.openSync(file, 'r')
      const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], {
        stdio: ['ignore', fd, 'pipe'],
        encoding: 'utf8'
      })
      fs.closeSync(fd)
      assert.equal(status, 1, args.join(' '))
      assert.match(stderr, /^rekue: the output cannot be written: [^\n]+\n$/)
    }
  })

  it('ends the command quietly where the reader of a pipe has gone', function () {
    if (process.platform === 'win32') this.skip()
    // The reader is gone before the command begins: one that is about to go may take all of it.
    const pipe = path.join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const reader = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    const fd = fs.openSync(pipe, 'w')
    fs.closeSync(reader)
    for (const args of COMMANDS) {
      const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], {
        stdio: ['ignore', fd, 'pipe'],
        encoding: 'utf8'
      })
      assert.deepEqual([status, stderr], [141, ''], args.join(' '))
    }
    fs.closeSync(fd)
  })

  it('goes into a file whole', () => {
    const file = path.join(folder, 'file')
    const args = COMMANDS[2]
    const fd = fs.openSync(file, 'w')
    const { status } = spawnSync(process.execPath, [BIN, ...args], {
      stdio: ['ignore', fd, 'pipe']
    })
    fs.closeSync(fd)
    assert.equal(status, 0)
    const { stdout } = spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' })
    assert.equal(fs.readFileSync(file, 'utf8'), stdout)
  })
})
