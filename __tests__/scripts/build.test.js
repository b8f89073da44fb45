'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..')
const ADDON = `rekue.${process.platform}-${process.arch}.node`
const NOBODY = 65534

/** Does as cargo does, as far as the script sees: a target folder, a library, a message. */
const CARGO = `#!${process.execPath}
const fs = require('node:fs')
const path = require('node:path')
if (process.argv[2] === '--version') return console.log('cargo 1.99.0 (fake)')
const target = path.resolve(process.env.CARGO_TARGET_DIR || 'target')
fs.mkdirSync(target, { recursive: true })
const library = path.join(target, 'librekue.so')
fs.writeFileSync(library, 'compiled')
console.log(JSON.stringify({
  reason: 'compiler-artifact',
  target: { name: 'rekue', crate_types: ['cdylib'] },
  filenames: [library]
}))
`

describe('scripts/build.js', function () {
  let folder

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-build-'))
    fs.writeFileSync(path.join(folder, 'cargo'), CARGO, { mode: 0o755 })
    fs.chmodSync(folder, 0o755)
  })

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  /** What is shipped, as far as a build needs it. @param {...string} where */
  function place(...where) {
    const root = path.join(folder, ...where)
    fs.mkdirSync(root, { recursive: true })
    for (const name of ['package.json', 'Cargo.toml']) {
      fs.copyFileSync(path.join(ROOT, name), path.join(root, name))
    }
    const { files } = require(path.join(ROOT, 'package.json'))
    for (const name of files.filter((/** @type {string} */ file) => /^scripts\b/.test(file))) {
      fs.cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true })
    }
    return root
  }

  /** @param {string} root @param {object} [options] */
  function build(root, { env = {}, ...options } = /** @type {any} */ ({})) {
    const clean = { ...process.env }
    delete clean.CARGO_TARGET_DIR
    delete clean.CARGO_BUILD_TARGET_DIR
    return spawnSync(process.execPath, [path.join(root, 'scripts', 'build.js')], {
      encoding: 'utf8',
      env: { ...clean, CARGO: path.join(folder, 'cargo'), ...env },
      ...options
    })
  }

  const stands = (/** @type {string[]} */ ...where) => fs.existsSync(path.join(...where))

  it('builds what the package ships, and leaves nothing of cargo in node_modules', () => {
    const root = place('shop', 'node_modules', 'rekue')
    const { status, stderr } = build(root)
    assert.equal(status, 0, stderr)
    assert.equal(fs.readFileSync(path.join(root, ADDON), 'utf8'), 'compiled')
    assert.ok(!stands(root, 'target'))
  })

  it('keeps the target folder in a checkout', () => {
    const root = place('checkout')
    const { status, stderr } = build(root)
    assert.equal(status, 0, stderr)
    assert.ok(stands(root, ADDON) && stands(root, 'target'))
  })

  it('takes the target folder that the environment names, and leaves it alone', () => {
    const root = place('shop', 'node_modules', 'rekue')
    const CARGO_TARGET_DIR = path.join(folder, 'shared')
    const { status, stderr } = build(root, { env: { CARGO_TARGET_DIR } })
    assert.equal(status, 0, stderr)
    assert.ok(stands(root, ADDON) && stands(CARGO_TARGET_DIR, 'librekue.so'))
    // One that a user names the usual way is still theirs.
    build(root, { env: { CARGO_TARGET_DIR: 'target' } })
    assert.ok(stands(root, 'target'))
  })

  it('says before it compiles that the folder cannot be written', function () {
    // Root may write anywhere.
    const other = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
    if (spawnSync(process.execPath, ['--version'], other).status !== 0) this.skip()
    const root = place('shop', 'node_modules', 'rekue')
    fs.chmodSync(root, 0o555)
    const { status, stderr } = build(root, other)
    fs.chmodSync(root, 0o755)
    assert.equal(status, 1)
    assert.match(stderr, /^rekue: the addon is built into .*rekue, .*\(EACCES\)\. Run this/)
    assert.equal(stderr.trim().split('\n').length, 1, 'no stack, and no word of compiling')
    assert.ok(!stands(root, 'target'))
  })
})

describe('Cargo.toml', () => {
  it('is a workspace of its own, wherever the package is installed', () => {
    assert.match(fs.readFileSync(path.join(ROOT, 'Cargo.toml'), 'utf8'), /^\[workspace\]$/m)
  })
})
