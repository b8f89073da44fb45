'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const LIB = path.join(__dirname, '..', 'lib')
const ADDON = `rekue.${process.platform}-${process.arch}.node`

describe('the compiled part', () => {
  let folder

  /** A copy of what loads the addon, where none was built. */
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-native-'))
    fs.mkdirSync(path.join(folder, 'lib'))
    for (const name of ['native.js', 'errors.js']) {
      fs.copyFileSync(path.join(LIB, name), path.join(folder, 'lib', name))
    }
  })

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  const load = () => require(path.join(folder, 'lib', 'native.js'))

  it('is said to be missing, with the ways to build it and its cause', () => {
    assert.throws(load, (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_NATIVE_NOT_BUILT')
      assert.equal(error.name, 'Error')
      assert.match(error.message, /npm rebuild rekue --foreground-scripts/)
      assert.match(error.message, /npm run build/)
      assert.match(error.message, /https:\/\/rustup\.rs/)
      assert.equal(error.cause.code, 'MODULE_NOT_FOUND')
      return true
    })
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
