'use strict'

/**
 * The embedded store without room: adding fails with ERR_STORE_FULL, what was acknowledged stays,
 * and all goes on by itself once there is some room again, be it little.
 */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { setUp, until } = require('../../test-support/queues')
const { SmallDisk, mayMount } = require('../../test-support/small-disk')
const { sqlite } = require('../../test-support/stores')

/** Add jobs until it is refused. @returns {Promise<number[]>} the ids that were acknowledged */
async function fill(queue, data) {
  const ids = []
  for (;;) {
    try {
      const more = await queue.addBulk(Array.from({ length: 20 }, () => ({ type: 'work', data })))
      ids.push(...more.map((job) => job.id))
    } catch (error) {
      assert.equal(error.code, 'ERR_STORE_FULL')
      return ids
    }
  }
}

describe('the embedded store without room', function () {
  this.timeout(60_000)
  const t = setUp(sqlite)

  describe('a file that cannot grow', () => {
    const able = spawnSync('prlimit', ['--version']).status === 0

    it('refuses with ERR_STORE_FULL, loses nothing, and goes on when there is room', async function () {
      if (!able) return this.skip()
      const child = t.child((rekue, options, tell) => {
        const queue = new rekue(options)
        queue.on('error', () => {})
        let saved = 0
        const data = { text: 'x'.repeat(2000) }
        const fill = async () => {
          for (;;) {
            const more = Array.from({ length: 20 }, () => ({ type: 'work', data }))
            await queue.addBulk(more)
            saved += more.length
          }
        }
        const told = (error) => tell({ code: error.code, message: error.message, saved })
        queue.stats().then(() => tell(process.pid))
        process.once('SIGUSR2', () => {
          fill().catch((error) => {
            told(error)
            process.once('SIGUSR2', async () => {
              await queue.add('work', data)
              queue.process('work', 10, async () => {})
              while ((await queue.stats()).complete < saved + 1) await new Promise(setImmediate)
              tell(await queue.stats())
            })
          })
        })
      })
      const pid = String(await child.told())
      const limit = (bytes) => spawnSync('prlimit', ['--pid', pid, `--fsize=${bytes}:unlimited`])
      limit(1 << 20)
      child.kill('SIGUSR2')
      const { code, message, saved: acknowledged } = await child.told()
      assert.equal(code, 'ERR_STORE_FULL')
      assert.ok(message.includes(sqlite.file()), message)
      assert.ok(acknowledged > 0)
      limit('unlimited')
      child.kill('SIGUSR2')
      const stats = await child.told()
      assert.equal(stats.complete, acknowledged + 1)
      assert.equal(stats.inactive, 0)
    })
  })

  // Only root may make a small disk; the test above needs no more than a limit on a file's size.
  const onSmallDisk = mayMount() ? describe : describe.skip
  onSmallDisk('on a full disk', () => {
    /** @param {number} ballastKb */
    function fullDisk(ballastKb) {
      const disk = new SmallDisk(path.join(path.dirname(sqlite.file()), 'disk'), 3)
      t.later(() => disk.remove())
      disk.occupy(ballastKb)
      const queue = t.queue({ store: `sqlite:${path.join(disk.folder, 'jobs.db')}` })
      return { disk, queue }
    }

    for (const freedKb of [1024, 64]) {
      it(`works off what it holds, at the latest once ${freedKb} KB are free`, async () => {
        const { disk, queue } = fullDisk(freedKb)
        const ids = await fill(queue, { text: 'x'.repeat(1000) })
        assert.ok(ids.length > 100)
        assert.equal(new Set(ids).size, ids.length, 'no id was given twice')
        const ran = []
        queue.process('work', 5, async (job) => void ran.push(job.id))
        // Outcomes go on until they need more room than is left, or to the end.
        await until(async () => ran.length === ids.length || t.errors.length > 0)
        disk.free()
        await until(async () => (await queue.stats()).complete === ids.length)
        const { inactive, active } = await queue.stats()
        assert.deepEqual({ inactive, active }, { inactive: 0, active: 0 })
        assert.deepEqual(
          ran.sort((a, b) => a - b),
          ids.sort((a, b) => a - b),
          'each acknowledged job ran, and ran once'
        )
        const job = await queue.add('work', {})
        await job.finished()
        t.expectErrors('ERR_STORE_FULL')
      })
    }

    it('records as many outcomes as there is room for, where there is not for all', async function () {
      this.timeout(60_000)
      const { disk, queue } = fullDisk(64)
      await fill(queue, { text: 'x'.repeat(300) })
      let ran = 0
      queue.process('work', 10, async () => {
        ran++
        return 'y'.repeat(200)
      })
      await until(() => t.errors.length > 0)
      const before = (await queue.stats()).complete
      assert.ok(ran > before, 'outcomes wait')
      disk.free()
      await until(async () => (await queue.stats()).complete > before)
      await queue.close(100)
      t.expectErrors('ERR_STORE_FULL')
    })

    it('records outcomes while adding is refused', async () => {
      const { queue } = fullDisk(1024)
      const ids = await fill(queue, { text: 'x'.repeat(1000) })
      queue.process('work', 5, async () => {})
      await until(async () => (await queue.stats()).complete === ids.length)
    })

    it('keeps every acknowledged job while adding, working and refusing go on together', async () => {
      const { disk, queue } = fullDisk(64)
      queue.process('work', 5, async () => {})
      const data = { text: 'x'.repeat(200) }
      const ids = await fill(queue, data)
      for (let more = 0; more < 10; more++) ids.push(...(await fill(queue, data)))
      disk.free()
      assert.equal(new Set(ids).size, ids.length, 'no id was given twice')
      const { workTime, ...counts } = await queue.stats()
      assert.ok(workTime >= 0)
      const stored = Object.values(counts).reduce((sum, count) => sum + count)
      assert.equal(stored, ids.length)
      t.expectErrors('ERR_STORE_FULL')
    })
  })
})
