'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { mask } = require('../../lib/cli/secrets')

const BIN = path.join(__dirname, '../../bin/rekue.js')

describe('the command line and passwords', () => {
  for (const args of [
    ['stats', 'redis://u:s3cr3t@h'],
    ['stats', 'redis://u:s3cr3t/more@h'],
    ['stats', 'redis+sentinel://h/main?sentinelPassword=s3cr3t'],
    ['stats', '--redis', 'http://u:s3cr3t@h'],
    ['dashboard', 'redis://:s3cr3t@h'],
    ['store', 'backup', 'redis://u:s3cr3t@h', 'copy.db'],
    ['store', 'copy', 'redis://u:s3cr3t@h/x', 'sqlite::memory:'],
    ['redis://u:s3cr3t@h'],
    ['redis:u:s3cr3t@h'],
    ...[
      'redis:u:s3cr3t@h:1',
      'redis:/u:s3cr3t@h',
      'redis:///u:s3cr3t@h:1/0',
      'rediss:u:s3cr3t@h'
    ].flatMap((url) => [
      ['stats', '--redis', url],
      ['stats', '--store', url],
      ['repair', url],
      ['store', 'copy', url, 'sqlite::memory:']
    ])
  ]) {
    it(`rekue ${args.join(' ')} fails without repeating it`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
        encoding: 'utf8'
      })
      assert.notEqual(status, 0)
      assert.match(stderr, /./)
      assert.ok(!`${stdout}${stderr}`.includes('s3cr3t'), stderr)
    })
  }

  it('leave of an address what is needed to find it', () => {
    assert.equal(
      mask("no argument 'rediss://u:a@b@h:1/2?pass=x&db=3', nor redis://h:1"),
      "no argument 'rediss://***@h:1/2?pass=***&db=3', nor redis://h:1"
    )
    assert.equal(mask('redis+sentinel://:x@a,b/m'), 'redis+sentinel://***@a,b/m')
    assert.equal(mask('no redis:u:x@h:1, redis:/u:x@h'), 'no redis:***@h:1, redis:/***@h')
    assert.equal(mask('redis:///u:x@h:1/0 or "u:x@h"'), 'redis:///***@h:1/0 or "u:***@h"')
    assert.equal(
      mask('kim@example.com of http://example.com/'),
      'kim@example.com of http://example.com/'
    )
  })
})
