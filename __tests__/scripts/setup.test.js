'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..')

describe('scripts/setup.js', () => {
  /** @type {string} */
  let folder
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-setup-'))
  })
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  for (const broken of [false, true]) {
    it(`leaves alone the packages of another clone${broken ? ' that is gone' : ''}`, () => {
      const clone = path.join(folder, 'clone')
      const others = path.join(folder, 'other', 'node_modules')
      const kept = path.join(others, 'kept', 'package.json')
      fs.mkdirSync(clone)
      fs.cpSync(path.join(ROOT, 'scripts'), path.join(clone, 'scripts'), { recursive: true })
      const manifest = { name: 'a', version: '1.0.0', engines: { node: '>=20.0.0' } }
      fs.writeFileSync(path.join(clone, 'package.json'), JSON.stringify(manifest))
      if (!broken) {
        fs.mkdirSync(path.dirname(kept), { recursive: true })
        fs.writeFileSync(kept, '{ "name": "kept", "version": "1.0.0" }')
      }
      fs.symlinkSync(others, path.join(clone, 'node_modules'))
      const script = path.join(clone, 'scripts', 'setup.js')
      const { status, stderr } = spawnSync(process.execPath, [script, '--dependencies'], {
        encoding: 'utf8'
      })
      assert.equal(status, 1)
      assert.match(stderr, /^rekue: .*node_modules is a symbolic link to .*remove the link/)
      assert.equal(fs.existsSync(kept), !broken)
    })
  }
})
