'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')

const ROOT = path.join(__dirname, '../..')
const MOCHA = require.resolve('mocha/bin/mocha.js')

describe('the compatibility suite', function () {
  this.timeout(120_000)

  // In this run it is on rekue; what it says of Kue must hold for Kue, or it says nothing.
  it('passes on genuine Kue as well', async () => {
    const args = [
      '--no-deprecation',
      MOCHA,
      '--no-config',
      '--timeout',
      '20000',
      '--reporter',
      'json'
    ]
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...args, path.join('__tests__', 'compat', '*.test.js')],
      { cwd: ROOT, env: { ...process.env, IMPL: 'kue' }, maxBuffer: 1 << 26 }
    ).catch((error) => error)
    const report = JSON.parse(stdout.slice(stdout.indexOf('{')))
    const failed = report.failures.map((/** @type {any} */ { fullTitle, err }) => [
      fullTitle,
      err.message
    ])
    assert.deepEqual(failed, [])
    assert.ok(report.stats.passes > 70, `${report.stats.passes} tests`)
    assert.equal(report.stats.pending, 0)
  })
})
