'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const rekue = require('rekue')
const manifest = require('../package.json')

/** What `require('rekue')` carries, and `import` must find by name. */
const NAMES = ['Job', 'createQueue', 'redis', 'version', 'workers']

describe("require('rekue')", () => {
  it('is the class Queue with the rest of Kue as its properties', () => {
    assert.equal(typeof rekue, 'function')
    assert.equal(rekue.name, 'Queue')
    assert.ok(rekue.prototype instanceof EventEmitter)
    for (const name of NAMES) assert.ok(Object.hasOwn(rekue, name), name)
    assert.equal(rekue.version, manifest.version)
  })

  it('is the same by name and by path', () => {
    assert.equal(rekue, require('..'))
  })

  it('has the class Job where programs for Kue look for it', () => {
    for (const name of ['rekue/lib/queue/job', 'rekue/lib/queue/job.js']) {
      assert.equal(require(name), rekue.Job, name)
    }
  })

  it('has the rest of Kue’s files where there is something to have', () => {
    const queue = new rekue({ store: 'sqlite::memory:' })
    /** @type {[any, string[]][]} */
    const places = [
      [rekue, ['index', 'index.js', 'lib/kue', 'lib/kue.js']],
      [rekue.redis, ['lib/redis', 'lib/redis.js']],
      [rekue.app, ['lib/http', 'lib/http/index.js']],
      [queue.testMode, ['lib/queue/test_mode', 'lib/queue/test_mode.js']]
    ]
    for (const [part, files] of places) {
      for (const file of files) {
        assert.equal(require(`rekue/${file}`), part, file)
        // Programs for Kue look for it there.
        assert.ok(require.resolve(`kue/${file}`))
      }
    }
    return queue.close()
  })

  it('ships what it exports, declares types for, and needs to be built', () => {
    const shipped = (/** @type {string} */ file) =>
      file === 'package.json' ||
      manifest.files.some((each) => file === each || file.startsWith(`${each}/`))
    const targets = (/** @type {any} */ value) =>
      typeof value === 'string' ? [value] : Object.values(value).flatMap(targets)
    const named = [
      manifest.main,
      manifest.types,
      ...Object.values(manifest.bin),
      ...targets(manifest.exports),
      ...targets(manifest.typesVersions)
    ].map((file) => path.posix.normalize(file))
    const root = path.join(__dirname, '..')
    for (const file of named) assert.ok(shipped(file), file)
    for (const file of [...named, ...manifest.files]) {
      assert.ok(fs.existsSync(path.join(root, file)), file)
    }
    // Package managers put these on the PATH under the names that they have here.
    for (const file of Object.values(manifest.bin)) {
      assert.ok(fs.statSync(path.join(root, file)).mode & 0o100, file)
    }
    // Resolvers that know no `exports` are told of the same declarations.
    for (const [name, entry] of Object.entries(manifest.exports)) {
      if (name === '.' || typeof entry === 'string') continue
      const [types] = manifest.typesVersions['*'][name.slice(2)]
      assert.equal(`./${types}`, entry.types)
    }
  })

  it('works where a compiled ES module takes its default', () => {
    // What Babel makes of `import kue from 'kue'`.
    const interop = (/** @type {any} */ module) =>
      module && module.__esModule ? module : { default: module }
    assert.equal(typeof interop(rekue).default.createQueue, 'function')
  })
})

describe("import 'rekue'", () => {
  it('gives the same by default and by name', async () => {
    const module = await import('rekue')
    assert.equal(module.default, rekue)
    for (const name of NAMES) assert.equal(module[name], rekue[name], name)
  })

  it('has a name for all that is on the function', async () => {
    const module = await import('rekue')
    // `app` is loaded when it is first asked for.
    const others = ['length', 'name', 'prototype', 'singleton', 'opened', 'app']
    const own = Object.getOwnPropertyNames(rekue).filter((name) => !others.includes(name))
    const exported = Object.keys(module).filter((name) => !/^(default|module\.exports)$/.test(name))
    assert.deepEqual(own.sort(), exported.sort())
  })
})
