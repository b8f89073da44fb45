'use strict'

/**
 * What holds for the embedded store beyond the contract: one file in the hands of several
 * processes, and files that are not what they should be.
 */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { rekue, setUp, saved, until, sleep } = require('../../test-support/queues')
const { SmallDisk, mayMount } = require('../../test-support/small-disk')
const { sqlite } = require('../../test-support/stores')

/** A processor that notes each start and end in a file of its own, then takes its time. */
function ledgerWorker(rekue, options, tell) {
  // The function is run from its source, which has no `require` of its own.
  const fs = process.mainModule.require('node:fs')
  const queue = new rekue(options)
  queue.on('error', (error) => {
    // A worker that was thought dead is told so; the ledger shows what came of it.
    if (error.code !== 'ERR_LEASE_LOST') throw error
  })
  const ledger = fs.openSync(options.name, 'a')
  queue.process('work', 10, (job, done) => {
    fs.writeSync(ledger, `start ${job.data.n} ${process.pid}\n`)
    setTimeout(() => {
      fs.writeSync(ledger, `end ${job.data.n} ${process.pid}\n`)
      done(null, job.data.n)
    }, options.takes)
  })
  tell('ready')
}

/** @param {string} file */
function readLedger(file) {
  const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : []
  const of = (word) =>
    lines.filter((line) => line.startsWith(word)).map((line) => Number(line.split(' ')[1]))
  return { started: of('start'), ended: of('end') }
}

describe('the embedded store', function () {
  this.timeout(60_000)
  const t = setUp(sqlite)
  const beside = (name) => path.join(path.dirname(sqlite.file()), name)
  const bells = () => fs.readdirSync(path.dirname(sqlite.file())).filter((n) => n.includes('bell'))

  describe('several processes on one file', () => {
    it('loses none of 1,500 jobs when workers are killed twelve times in mid-job', async () => {
      const jobs = 1500
      const queue = t.queue()
      const more = { name: beside('ledger'), takes: 15, lease: { duration: 300, maxLost: 50 } }
      const kills = 12
      const workers = [t.child(ledgerWorker, more), t.child(ledgerWorker, more)]
      for (const worker of workers) await worker.says('ready')
      for (let kill = 0; kill < kills; kill++) {
        // A portion for each kill: on a slow machine all would be done before the last one.
        const portion = Array.from({ length: jobs / kills }, (_, i) => ({
          type: 'work',
          data: { n: (kill * jobs) / kills + i }
        }))
        const seen = readLedger(more.name).started.length
        await queue.addBulk(portion)
        // In mid-job: something was started since the last kill.
        await until(() => readLedger(more.name).started.length > seen + 10)
        const at = kill % 2
        workers[at].kill('SIGKILL')
        await workers[at].ended
        workers[at] = t.child(ledgerWorker, more)
        await workers[at].says('ready')
      }
      await until(async () => (await queue.stats()).complete === jobs)
      const { started, ended } = readLedger(more.name)
      assert.equal(new Set(ended).size, jobs, 'every job ended')
      assert.ok(started.length > jobs, 'some jobs were started again')
      const stats = await queue.stats()
      assert.deepEqual(
        { ...stats, workTime: 0 },
        {
          inactive: 0,
          active: 0,
          complete: jobs,
          failed: 0,
          delayed: 0,
          workTime: 0
        }
      )
    })

    it('runs each job once between two creators and four workers, and tells its creator', async () => {
      const each = 300
      const creator = (rekue, options, tell) => {
        const queue = new rekue(options)
        const all = []
        for (let n = 0; n < 300; n++) {
          const job = queue.create('work', { n: options.first + n })
          all.push(
            new Promise((resolve, reject) => {
              job.on('complete', resolve)
              job.save((error) => error && reject(error))
            })
          )
        }
        Promise.all(all).then((results) => queue.close().then(() => tell(results)))
      }
      const more = { name: beside('ledger'), takes: 1 }
      const workers = Array.from({ length: 4 }, () => t.child(ledgerWorker, more))
      for (const worker of workers) await worker.says('ready')
      const creators = [0, each].map((first) => t.child(creator, { first }))
      for (const [i, child] of creators.entries()) {
        await child.says(Array.from({ length: each }, (_, n) => i * each + n))
      }
      const { started } = readLedger(more.name)
      assert.equal(started.length, 2 * each, 'none ran twice')
      assert.equal(new Set(started).size, 2 * each)
    })

    it('starts a job of another process within 20 ms at the median and sleeps between', async () => {
      const worker = t.child((rekue, options, tell) => {
        const queue = new rekue(options)
        queue.process('work', async () => {
          tell(Number(process.hrtime.bigint() / 1000n))
        })
        process.on('SIGUSR2', () => tell(process.cpuUsage()))
        tell('ready')
      })
      await worker.says('ready')
      const queue = t.queue()
      const late = []
      for (let n = 0; n < 40; n++) {
        await sleep(5)
        const before = Number(process.hrtime.bigint() / 1000n)
        await queue.add('work', {})
        late.push((await worker.told()) - before)
      }
      late.sort((a, b) => a - b)
      assert.ok(late[20] < 20_000, `${late[20]} us at the median`)
      await sleep(500)
      const used = async () => {
        worker.kill('SIGUSR2')
        const { user, system } = await worker.told()
        return user + system
      }
      const before = await used()
      await sleep(3000)
      const share = (await used()) - before
      assert.ok(share < 30_000, `${share} us of CPU in 3 s of rest`)
    })

    it('keeps an acknowledged job when every process is killed at once', async () => {
      const creator = t.child((rekue, options, tell) => {
        const queue = new rekue(options)
        const next = (n) => queue.add('work', { n }).then((job) => (tell(job.id), next(n + 1)))
        next(0)
      })
      const acknowledged = []
      while (acknowledged.length < 50) acknowledged.push(await creator.told())
      creator.kill('SIGKILL')
      await creator.ended
      acknowledged.push(...creator.messages)
      const queue = t.queue()
      const stored = new Set(
        await new Promise((resolve) => queue.inactive((_, ids) => resolve(ids)))
      )
      assert.deepEqual(
        acknowledged.filter((id) => !stored.has(id)),
        []
      )
    })

    it('folds its log back while two processes write without a pause', async () => {
      const creator = (rekue, options, tell) => {
        const queue = new rekue(options)
        const text = 'x'.repeat(10_000)
        const fill = async () => {
          for (let n = 0; n < 60; n++) {
            await queue.addBulk(
              Array.from({ length: 100 }, () => ({ type: 'work', data: { text } }))
            )
          }
          tell('done')
          await queue.close()
        }
        fill()
      }
      const creators = [t.child(creator), t.child(creator)]
      const log = () => fs.statSync(`${sqlite.file()}-wal`, { throwIfNoEntry: false })?.size ?? 0
      let longest = 0
      const watch = setInterval(() => (longest = Math.max(longest, log())), 5)
      t.later(() => clearInterval(watch))
      for (const child of creators) await child.says('done')
      const written = fs.statSync(sqlite.file()).size
      assert.ok(written > 100 << 20, `${written} bytes in the file`)
      // 64 MB is where the writer waits; a transaction of the other may come in between.
      assert.ok(longest > 1 << 20 && longest < 80 << 20, `${longest} bytes of log`)
      const queue = t.queue()
      assert.equal((await queue.stats()).inactive, 12_000)
      await queue.repair()
    })

    it('loses nothing when it is killed while its log is folded back', async () => {
      const bulk = 100
      const creator = (rekue, options, tell) => {
        const queue = new rekue(options)
        const text = 'x'.repeat(10_000)
        const jobs = Array.from({ length: options.bulk }, () => ({ type: 'work', data: { text } }))
        const next = () => queue.addBulk(jobs).then(() => (tell('added'), next()))
        next()
      }
      let acknowledged = 0
      const kills = 6
      for (let kill = 0; kill < kills; kill++) {
        const child = t.child(creator, { bulk })
        // Folding begins at 16 MB, and each bulk is 1 MB: the kills are before, within and after.
        for (let n = 0; n < 15 + kill; n++) await child.says('added')
        child.kill('SIGKILL')
        await child.ended
        acknowledged += (15 + kill + child.messages.length) * bulk
      }
      const queue = t.queue()
      const { inactive } = await queue.stats()
      assert.ok(inactive >= acknowledged, `${inactive} of ${acknowledged}`)
      assert.ok(inactive <= acknowledged + kills * bulk, 'a bulk is stored whole or not at all')
      assert.equal(inactive % bulk, 0)
      // It reads all of the file.
      await queue.repair()
    })

    it('removes the bell of a process that was killed', async () => {
      const worker = t.child(ledgerWorker, { name: beside('ledger'), takes: 1 })
      await worker.says('ready')
      await until(() => bells().length === 1)
      worker.kill('SIGKILL')
      await worker.ended
      const queue = t.queue()
      await queue.add('work', { n: 0 })
      await until(() => bells().length === 1)
      await queue.close()
      await until(() => bells().length === 0)
    })
  })

  describe('one file, several prefixes', () => {
    it('keeps their jobs apart', async () => {
      const one = t.queue()
      const two = t.queue({ prefix: 'a "b"' })
      await one.add('work', { n: 1 })
      const second = await two.add('work', { n: 2 })
      assert.equal(second.id, 1)
      const ran = new Promise((resolve) => two.process('work', async (job) => resolve(job.data.n)))
      assert.equal(await ran, 2)
      await second.finished()
      assert.equal((await one.stats()).inactive, 1)
      assert.equal((await two.stats()).complete, 1)
    })
  })

  describe('in memory', () => {
    it('is a queue of its own that ends with it', async () => {
      const one = t.queue({ store: 'sqlite::memory:' })
      const two = t.queue({ store: 'sqlite::memory:' })
      one.process('work', async (job) => job.data.n)
      assert.equal(await (await one.add('work', { n: 7 })).finished(), 7)
      assert.equal((await two.stats()).complete, 0)
    })
  })

  describe('files that are not what they should be', () => {
    /** @param {string} store @param {string} code @param {RegExp} words */
    async function refuses(store, code, words) {
      const queue = t.queue({ store })
      const error = await saved(queue.create('work', {})).then(
        () => assert.fail('it took the job'),
        (error) => error
      )
      assert.equal(error.code, code)
      assert.match(error.message, words)
      assert.ok(error.message.includes(store.replace(/\?.*/, '')), error.message)
      t.expectErrors(code)
      await queue.close()
      t.expectErrors(code)
    }

    /** A file of ours with a number of its header changed. */
    async function patched(name, offset, value) {
      const file = beside(name)
      const queue = t.queue({ store: `sqlite:${file}` })
      await queue.add('work', {})
      await queue.close()
      // The last connection to close writes the log back.
      await until(() => !fs.existsSync(`${file}-wal`))
      const bytes = fs.readFileSync(file)
      bytes.writeUInt32BE(value, offset)
      fs.writeFileSync(file, bytes)
      return file
    }

    it('refuses a file that is no database', async () => {
      const file = beside('notes.txt')
      const text = 'these are notes, not jobs. '.repeat(100)
      fs.writeFileSync(file, text)
      await refuses(`sqlite:${file}`, 'ERR_INVALID_ARG', /no SQLite database/)
      assert.equal(fs.readFileSync(file, 'utf8'), text)
    })

    it('refuses the database of another program', async () => {
      const file = await patched('other.db', 68, 12345)
      const before = fs.readFileSync(file)
      await refuses(`sqlite:${file}`, 'ERR_INVALID_ARG', /another program/)
      assert.deepEqual(fs.readFileSync(file), before)
    })

    it('refuses a newer schema and leaves it as it is', async () => {
      const file = await patched('newer.db', 60, 99)
      const before = fs.readFileSync(file)
      await refuses(`sqlite:${file}`, 'ERR_INVALID_ARG', /newer rekue \(schema 99/)
      assert.deepEqual(fs.readFileSync(file), before)
    })

    it('names a folder that is missing, and a folder in the place of a file', async () => {
      await refuses(`sqlite:${beside('no/jobs.db')}`, 'ERR_STORE_UNAVAILABLE', /does not exist/)
      fs.mkdirSync(beside('folder.db'))
      await refuses(`sqlite:${beside('folder.db')}`, 'ERR_STORE_UNAVAILABLE', /is a folder/)
    })

    it('refuses what it does not know at once', () => {
      for (const store of ['sqlite:', 'sqlite:a.db?sync=full', 'sqlite:a.db?synchronous=off']) {
        assert.throws(() => new rekue({ store }), { code: 'ERR_INVALID_ARG', name: 'TypeError' })
      }
    })

    // Only root may make a disk to protect; the test after this one needs no root.
    const onDisk = mayMount() ? it : it.skip
    onDisk('says that its disk is read-only', async () => {
      const disk = new SmallDisk(beside('disk'), 3)
      t.later(() => disk.remove())
      const store = `sqlite:${path.join(disk.folder, 'jobs.db')}`
      const queue = t.queue({ store })
      await queue.add('work', {})
      await queue.close()
      await until(() => !fs.existsSync(path.join(disk.folder, 'jobs.db-wal')))
      disk.writeProtect()
      await refuses(store, 'ERR_STORE_UNAVAILABLE', /mounted read-only/)
      const nothing = `sqlite:${path.join(disk.folder, 'none.db')}`
      await refuses(nothing, 'ERR_STORE_UNAVAILABLE', /mounted read-only/)
    })

    it('says that it is read-only', async () => {
      const file = await patched('fixed.db', 60, 1)
      fs.chmodSync(file, 0o444)
      for (const folder of [path.dirname(file), path.dirname(path.dirname(file))]) {
        fs.chmodSync(folder, 0o755)
      }
      const child = t.child(
        (rekue, options, tell) => {
          // Root may write all the same; nobody may not.
          if (process.geteuid?.() === 0) process.seteuid(65534)
          const queue = new rekue(options)
          queue.on('error', () => {})
          queue.add('work', {}).catch(({ code, message }) => tell({ code, message }))
        },
        { store: `sqlite:${file}` }
      )
      const { code, message } = await child.told()
      assert.equal(code, 'ERR_STORE_UNAVAILABLE')
      assert.match(message, /read-only/)
    })
  })
})
