'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const LIB = path.join(__dirname, '..', 'lib')
const ADDON = `rekue.${process.platform}-${process.arch}.node`

describe('the compiled part', () => {
  let folder

  /** A copy of what loads the addon and what builds it, where none was built. */
  beforeEach(() => {
    // Its real path, as `require` gives it to a module.
    const temporary = fs.realpathSync(os.tmpdir())
    folder = fs.mkdtempSync(path.join(temporary, 'rekue-native-'))
    for (const name of ['lib', 'scripts']) fs.mkdirSync(path.join(folder, name))
    for (const name of ['lib/native.js', 'lib/errors.js', 'scripts/build.js', 'package.json']) {
      fs.copyFileSync(path.join(LIB, '..', name), path.join(folder, name))
    }
  })

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  const load = () => require(path.join(folder, 'lib', 'native.js'))

  it('is said to be missing, with the ways to build it and its cause', () => {
    assert.throws(load, (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_NATIVE_NOT_BUILT')
      assert.equal(error.name, 'Error')
      assert.ok(error.message.includes(`\`node ${path.join(folder, 'scripts', 'build.js')}\``))
      assert.match(error.message, /npm install-scripts approve rekue/)
      assert.match(error.message, /npm rebuild rekue --foreground-scripts/)
      assert.match(error.message, /pnpm approve-builds/)
      assert.match(error.message, /npm run build/)
      assert.match(error.message, /https:\/\/rustup\.rs/)
      assert.equal(error.cause.code, 'MODULE_NOT_FOUND')
      return true
    })
  })

  it('is said to be built by a path that the shell takes as it stands', () => {
    const here = process.cwd()
    const apart = path.join(folder, 'of a shop')
    fs.mkdirSync(path.join(apart, 'scripts'), { recursive: true })
    fs.cpSync(path.join(folder, 'lib'), path.join(apart, 'lib'), { recursive: true })
    for (const name of ['scripts/build.js', 'package.json']) {
      fs.copyFileSync(path.join(folder, name), path.join(apart, name))
    }
    const loadApart = () => require(path.join(apart, 'lib', 'native.js'))
    try {
      process.chdir(folder)
      assert.throws(load, /`node scripts\/build\.js`/)
      assert.throws(loadApart, /`node "of a shop\/scripts\/build\.js"`/)
    } finally {
      process.chdir(here)
    }
  })

  it('is said to be left out where a bundler took the rest', () => {
    // In a bundle the folder above is that of the program, with a package.json of its own or none.
    for (const name of [undefined, 'shop']) {
      fs.rmSync(path.join(folder, 'package.json'), { force: true })
      if (name) fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name }))
      assert.throws(load, (/** @type {any} */ error) => {
        assert.equal(error.code, 'ERR_NATIVE_NOT_BUILT')
        assert.match(error.message, /external/)
        assert.doesNotMatch(error.message, /rebuild/)
        return true
      })
    }
  })

  it('is said not to load where it is no addon for this machine', () => {
    fs.writeFileSync(path.join(folder, ADDON), 'no machine code')
    assert.throws(load, (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_NATIVE_NOT_BUILT')
      assert.equal(error.cause.code, 'ERR_DLOPEN_FAILED')
      return true
    })
  })

  it('can be built after that, without a new process', () => {
    assert.throws(load, { code: 'ERR_NATIVE_NOT_BUILT' })
    fs.copyFileSync(path.join(LIB, '..', ADDON), path.join(folder, ADDON))
    assert.equal(typeof load().NativeQueue, 'function')
  })
})
