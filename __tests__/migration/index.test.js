'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')
const { startRedis } = require('../../test-support/redis-server')

const MOCHA = require.resolve('mocha/bin/mocha.js')
const SHOP = path.join(__dirname, 'shop')
const AS_REKUE = path.join(__dirname, '../../test-support/kue-is-rekue.js')

/** @param {string} url @param {string[]} nodeArgs */
async function testShop(url, nodeArgs) {
  const args = [...nodeArgs, MOCHA, '--no-config', '--timeout', '10000', '--reporter', 'json']
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...args, path.join(SHOP, 'spec', '*-spec.js')],
    { env: { ...process.env, REDIS_URL: url } }
  ).catch((error) => error)
  const at = stdout.indexOf('{\n')
  assert.ok(at >= 0, `no report:\n${stdout}\n${stderr}`)
  const report = JSON.parse(stdout.slice(at))
  const failed = report.failures.map((/** @type {any} */ { fullTitle, err }) => [
    fullTitle,
    err.message
  ])
  assert.deepEqual(failed, [])
  return report.stats.passes
}

describe('an application of Kue’s', function () {
  this.timeout(60_000)

  /** @type {import('../../test-support/redis-server').RedisServer} */
  let server
  beforeEach(async () => (server = await startRedis()))
  afterEach(() => server.stop())

  it('knows nothing of rekue', () => {
    for (const name of fs.readdirSync(SHOP, { recursive: true })) {
      if (!String(name).endsWith('.js')) continue
      const text = fs.readFileSync(path.join(SHOP, String(name)), 'utf8')
      assert.doesNotMatch(text, /rekue/, String(name))
    }
  })

  it('passes its tests on Kue', async () => {
    assert.equal(await testShop(server.url, ['--no-deprecation']), 10)
  })

  it('passes its tests on rekue', async () => {
    assert.equal(await testShop(server.url, ['--require', AS_REKUE]), 10)
  })
})
