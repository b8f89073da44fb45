'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
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
