'use strict'

/**
 * What a power cut leaves of the embedded store. A process saves jobs under strace; from its
 * system calls the files are made again as they were at each acknowledgement, with nothing but what
 * had been synced to the disk by then. A queue on those files must find the job.
 */

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { setUp } = require('../../test-support/queues')
const { sqlite } = require('../../test-support/stores')

const CHILD = path.join(__dirname, '..', '..', 'test-support', 'queue-child.js')
const JOBS = 8

/** Saves jobs one after the other, says so of each, and is gone like all of the machine. */
function creator(rekue, options, tell) {
  const queue = new rekue(options)
  const next = async (n) => {
    const job = await queue.add('work', { n })
    tell({ acknowledged: job.id })
    if (n < options.jobs) return next(n + 1)
    process.kill(process.pid, 'SIGKILL')
  }
  return next(1)
}

/** A text as strace writes it, each byte as \xNN. @param {string} text */
const bytes = (text) => Buffer.from(text.replace(/\\x/g, ''), 'hex')

/** A file in the page cache and what of it is on the disk. */
class TracedFile {
  constructor() {
    this.content = Buffer.alloc(0)
    this.synced = Buffer.alloc(0)
  }

  write(data, offset) {
    const end = offset + data.length
    if (end > this.content.length) this.cut(end)
    data.copy(this.content, offset)
  }

  cut(length) {
    const content = Buffer.alloc(length)
    this.content.copy(content)
    this.content = content
  }

  sync() {
    this.synced = Buffer.from(this.content)
  }
}

/**
 * Follow a trace; at each acknowledgement, what is on the disk.
 * @param {string} trace
 * @param {string} database its path
 * @returns {{ id: number, disk: { file: Buffer, log: Buffer } }[]}
 */
function acknowledgements(trace, database) {
  const files = new Map([database, `${database}-wal`].map((name) => [name, new TracedFile()]))
  const found = []
  const begun = new Map()
  for (const line of trace.split('\n')) {
    const [, thread, rest] = /^(\d+) +(.*)$/.exec(line) || []
    if (!rest) continue
    // A call of one thread that those of others interrupt stands in two lines.
    const cut = rest.indexOf(' <unfinished ...>')
    if (cut >= 0) {
      begun.set(thread, rest.slice(0, cut))
      continue
    }
    const call = rest.replace(/^<\.\.\. \w+ resumed>/, () => begun.get(thread))
    const [, name, place, args = '', result] =
      /^(\w+)\(\d+<([^>]*)>(?:, )?(.*)\) += (-?\w+)/.exec(call) || []
    if (!name) continue
    assert.ok(Number(result) >= 0, call.slice(-200))
    const at = place.includes('\\x') ? bytes(place).toString() : place
    const file = files.get(at)
    if (name === 'write') {
      const said = /"((?:\\x..)*)"/.exec(args)
      const message = /^{"acknowledged":(\d+)}/.exec(said ? bytes(said[1]).toString() : '')
      const disk = { file: files.get(database).synced, log: files.get(`${database}-wal`).synced }
      if (message) found.push({ id: Number(message[1]), disk })
    } else if (!file) continue
    else if (name === 'pwrite64') {
      const [, data, offset] = /^"((?:\\x..)*)", \d+, (\d+)$/.exec(args)
      file.write(bytes(data), Number(offset))
    } else if (name === 'ftruncate') file.cut(Number(args))
    else if (name === 'fsync' || name === 'fdatasync') file.sync()
  }
  return found
}

const mayTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0

// Where strace is missing or forbidden nobody can look at system calls.
const withTrace = mayTrace ? describe : describe.skip
withTrace('the embedded store after a power cut', function () {
  this.timeout(60_000)
  const t = setUp(sqlite)

  /** @param {string} synchronous */
  async function afterEachSave(synchronous) {
    const folder = fs.realpathSync(path.dirname(sqlite.file()))
    const database = path.join(folder, 'jobs.db')
    const trace = path.join(folder, 'trace')
    const options = { store: `sqlite:${database}?synchronous=${synchronous}`, jobs: JOBS }
    const calls = 'trace=pwrite64,ftruncate,fsync,fdatasync,write'
    const args = ['-f', '-qq', '-y', '-xx', '-s', '100000', '-e', calls, '-o', trace]
    const program = [process.execPath, CHILD, JSON.stringify(options), creator.toString()]
    const child = spawn('strace', [...args, ...program], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.resume()
    await once(child, 'close')
    const moments = acknowledgements(fs.readFileSync(trace, 'utf8'), database)
    assert.equal(moments.length, JOBS, 'every save was acknowledged')

    let kept = 0
    for (const { id, disk } of moments) {
      const copy = path.join(folder, `after-${id}.db`)
      fs.writeFileSync(copy, disk.file)
      fs.writeFileSync(`${copy}-wal`, disk.log)
      const queue = t.queue({ store: `sqlite:${copy}` })
      const ids = await new Promise((resolve, reject) =>
        queue.inactive((error, ids) => (error ? reject(error) : resolve(ids)))
      )
      if (ids.includes(id)) kept++
      await queue.close()
    }
    return kept
  }

  it('holds each acknowledged job with synchronous=full', async () => {
    assert.equal(await afterEachSave('full'), JOBS)
  })

  it('may lack the latest ones with synchronous=normal, and opens', async () => {
    // Were it not so, the test above would not show anything.
    assert.ok((await afterEachSave('normal')) < JOBS)
  })
})
