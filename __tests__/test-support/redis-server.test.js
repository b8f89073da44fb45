'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const { startRedis } = require('../../test-support/redis-server')
const { sendCommand } = require('../../test-support/resp')

describe('a private redis-server', () => {
  it('answers once started, and is gone with its folder once stopped', async () => {
    const server = await startRedis()
    assert.equal(await server.command('SET', 'key', 'grün'), 'OK')
    assert.equal(await server.command('GET', 'key'), 'grün')
    assert.deepEqual(await server.command('CONFIG', 'GET', 'appendonly'), ['appendonly', 'no'])
    await server.stop()
    assert.equal(server.pid, undefined)
    assert.equal(fs.existsSync(server.dir), false)
    await assert.rejects(sendCommand({ port: server.port }, ['PING']), { code: 'ECONNREFUSED' })
  })

  it('restarts on its port after a kill, with its data when it has an append-only file', async () => {
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    try {
      await server.command('SET', 'key', 'value')
      const { port, pid } = server
      await server.kill('SIGKILL')
      await server.restart()
      assert.equal(server.port, port)
      assert.notEqual(server.pid, pid)
      assert.equal(await server.command('GET', 'key'), 'value')
    } finally {
      await server.stop()
    }
  })

  it('says what the server said when it does not start', async () => {
    await assert.rejects(startRedis({ args: ['--no-such-option', '1'] }), /no-such-option/)
  })

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    it(`ends with its process on ${signal}`, async () => {
      const program = `
        require(${JSON.stringify(require.resolve('../../test-support/redis-server'))})
          .startRedis()
          .then(({ port, dir }) => process.stdout.write(JSON.stringify({ port, dir })))
        setInterval(() => {}, 1000)`
      const child = spawn(process.execPath, ['-e', program], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      const [text] = await once(child.stdout, 'data')
      const { port, dir } = JSON.parse(text)
      child.kill(signal)
      const [, endedBy] = await once(child, 'exit')
      assert.equal(endedBy, signal)
      assert.equal(fs.existsSync(dir), false)
      await assert.rejects(sendCommand({ port }, ['PING']))
    })
  }
})
