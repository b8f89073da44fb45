'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')
const { implementation, setUp } = require('../../test-support/compat')

const PROGRAM = path.join(__dirname, '../../test-support/cluster-program.js')
const JOBS = 40

describe('a cluster', function () {
  this.timeout(30_000)
  const t = setUp()

  it('creates and serves in one process, and processes in the others', async () => {
    const env = {
      ...process.env,
      IMPL: implementation,
      REDIS_URL: t.server.url,
      JOBS: String(JOBS)
    }
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-deprecation', PROGRAM], {
      env
    })
    assert.deepEqual(JSON.parse(stdout), { processes: 2, completeCount: JOBS, inactiveCount: 0 })
  })
})
