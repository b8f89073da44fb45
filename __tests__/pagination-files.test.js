'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { Worker } = require('node:worker_threads')
const { Dataset } = require('rekue/pagination')
const { temporaryFolder } = require('../test-support/names')

const TEXT = `id,name\n${Array.from({ length: 5000 }, (_, at) => `${at},name ${at}\n`).join('')}`

describe('Dataset and its file', () => {
  const files = temporaryFolder()
  after(files.remove)

  it('opens off the event loop', async () => {
    const opening = Dataset.open(files.write('a.csv', TEXT))
    let turns = 0
    const counter = setInterval(() => turns++, 0)
    assert.ok(opening instanceof Promise)
    const dataset = await opening
    clearInterval(counter)
    assert.equal(dataset.length, 5000)
    dataset.close()
  })

  it('takes a file URL', async () => {
    const dataset = await Dataset.open(pathToFileURL(files.write('b c#.csv', TEXT)))
    assert.equal(dataset.length, 5000)
    dataset.close()
  })

  it('gives an error for a file that shrinks, grows or changes, and reads it anew on reload', async () => {
    const changes = {
      shrinks: (file) => fs.truncateSync(file, TEXT.indexOf('\n100,') + 3),
      grows: (file) => fs.appendFileSync(file, '5000,more\n'),
      changes: (file) => fs.writeFileSync(file, TEXT.replace('name 7', 'eman 7')),
      vanishes: (file) => fs.writeFileSync(file, '')
    }
    for (const [label, change] of Object.entries(changes)) {
      const file = files.write(`${label}.csv`, TEXT)
      const dataset = await Dataset.open(file)
      const { version } = dataset
      const { next_cursor: cursor } = dataset.after({ limit: 2 })
      change(file)
      const changed = { name: 'Error', code: 'ERR_CSV', reason: 'changed', message: /reload\(\)/ }
      assert.throws(() => dataset.getPage(1, 5), changed, label)
      assert.throws(() => dataset.pageJson({ page: 400 }), changed, label)
      await assert.rejects(dataset.query({ sort: '-name' }), changed, label)
      if (label === 'shrinks') {
        // It was cut within a row, which is its own error; and leaves the data set as it was.
        await assert.rejects(dataset.reload(), { code: 'ERR_CSV', reason: 'ragged' })
        assert.equal(dataset.version, version)
        fs.truncateSync(file, TEXT.indexOf('\n100,') + 1)
      }
      await dataset.reload()
      assert.notEqual(dataset.version, version, label)
      if (dataset.length > 0) assert.equal(dataset.getPage(1, 1)[0][0], '0')
      assert.throws(() => dataset.after({ cursor }), { code: 'ERR_STALE_CURSOR' }, label)
      dataset.close()
    }
  })

  it('swaps at once on reload: the old version until then, all of the new one after', async () => {
    const file = files.write('swap.csv', TEXT)
    const dataset = await Dataset.open(file)
    dataset.delete(0)
    const view = await dataset.query({ sort: '-id' })
    const other = files.write('swap.new.csv', 'id,name,more\n1,x,y\n')
    fs.renameSync(other, file)
    const reloading = dataset.reload()
    assert.equal(dataset.length, 4999)
    assert.deepEqual(dataset.getPage(1, 1), [['1', 'name 1']])
    await reloading
    assert.deepEqual(dataset.columns, ['id', 'name', 'more'])
    assert.deepEqual(dataset.getPage(), [['1', 'x', 'y']])
    assert.equal((await dataset.query({ filter: { more: 'y' } })).length, 1)
    assert.deepEqual(view.getPage(1, 1), [['4999', 'name 4999']], 'a view keeps to its version')
    dataset.close()
  })

  it('reads once when reloaded many times at once', async () => {
    const dataset = await Dataset.open(files.write('many.csv', TEXT))
    await Promise.all(Array.from({ length: 20 }, () => dataset.reload()))
    assert.equal(dataset.length, 5000)
    dataset.close()
  })

  it('names the file that cannot be opened, and why', async () => {
    const file = files.write('goes.csv', TEXT)
    const dataset = await Dataset.open(file)
    fs.rmSync(file)
    const gone = {
      code: 'ERR_CSV',
      reason: 'read',
      line: 0,
      offset: 0,
      message: /^The data set ".*goes\.csv" cannot be read: ENOENT, /
    }
    await assert.rejects(Dataset.open(file), gone)
    await assert.rejects(dataset.reload(), gone)
    dataset.close()
    const message = /^The data set "\.\/no\/\$&\.csv" cannot be read: ENOENT, /
    await assert.rejects(Dataset.open('./no/$&.csv'), { message })
    await assert.rejects(Dataset.open(path.join(__filename, 'x')), { message: /: ENOTDIR, / })
    await assert.rejects(Dataset.open('.'), { message: 'The data set "." is not a regular file' })
  })

  it('stays at its file when the process moves elsewhere', async () => {
    files.write('moved.csv', TEXT)
    const home = process.cwd()
    process.chdir(files.folder)
    try {
      const dataset = await Dataset.open('moved.csv')
      process.chdir(home)
      await dataset.reload()
      assert.equal(dataset.length, 5000)
      dataset.close()
    } finally {
      process.chdir(home)
    }
  })

  it('fails every call after close, and may be closed again', async () => {
    const dataset = await Dataset.open(files.write('closed.csv', TEXT))
    const view = await dataset.query({ sort: 'name' })
    dataset.close()
    dataset.close()
    const closed = { name: 'Error', code: 'ERR_DATASET_CLOSED' }
    assert.throws(() => dataset.getPage(), closed)
    assert.throws(() => dataset.getHyper(), closed)
    assert.throws(() => dataset.getHyperIndex(), closed)
    assert.throws(() => dataset.pageJson({}), closed)
    assert.throws(() => dataset.after({}), closed)
    assert.throws(() => dataset.delete(0), closed)
    assert.throws(() => view.getPage(), closed)
    await assert.rejects(dataset.query({}), closed)
    await assert.rejects(dataset.reload(), closed)
    const rows = Dataset.fromRows(['a'], [[1]])
    rows.close()
    assert.throws(() => rows.getPage(), closed)
  })

  it('is read anew, and closed, while queries are under way', async () => {
    const file = files.write('under-way.csv', TEXT)
    const dataset = await Dataset.open(file)
    files.write('under-way.csv', `${TEXT}5000,more\n`)
    const before = dataset.version
    const first = dataset.query({ sort: '-name' })
    const reloaded = dataset.reload()
    await assert.rejects(first, { code: 'ERR_CSV', reason: 'changed' })
    await reloaded
    assert.notEqual(dataset.version, before)
    const again = [
      dataset.query({ sort: 'name' }),
      dataset.reload(),
      dataset.query({ sort: '-id' })
    ]
    const [view, , other] = await Promise.all(again)
    assert.deepEqual([view.length, other.length, dataset.length], [5001, 5001, 5001])
    const last = dataset.query({ sort: 'id' })
    dataset.close()
    await last.then(
      (rows) => assert.throws(() => rows.getPage(), { code: 'ERR_DATASET_CLOSED' }),
      (error) => assert.equal(error.code, 'ERR_DATASET_CLOSED')
    )
    const rows = Dataset.fromRows(['a'], [[1], [2]])
    const sorted = rows.query({ sort: '-a' })
    rows.close()
    await sorted.catch((error) => assert.equal(error.code, 'ERR_DATASET_CLOSED'))
  })

  it('refuses a named pipe without waiting for who writes to it', async function () {
    if (process.platform === 'win32') return this.skip()
    const pipe = path.join(files.folder, 'pipe.csv')
    execFileSync('mkfifo', [pipe])
    await assert.rejects(Dataset.open(pipe), { code: 'ERR_CSV', reason: 'read' })
  })

  it('names what is unreadable in a file, by line and offset', async () => {
    const cases = [
      ['a,b\n1,2\n3\n', {}, { reason: 'ragged', line: 3, offset: 8 }],
      ['a,b\n1,2,3\n', {}, { reason: 'ragged', line: 2, offset: 4 }],
      [Buffer.from([0x61, 0x0a, 0xff, 0x0a]), {}, { reason: 'encoding', line: 2, offset: 2 }],
      ['a\n12345\n', { maxRecordBytes: 4 }, { reason: 'too-long', line: 2, offset: 2 }],
      ['a\n"x\ny\n', {}, { reason: 'quote', line: 2, offset: 2 }]
    ]
    for (const [content, options, expected] of /** @type {any[]} */ (cases)) {
      const file = files.write('bad.csv', content)
      await assert.rejects(Dataset.open(file, options), (/** @type {any} */ error) => {
        assert.equal(error.code, 'ERR_CSV')
        assert.equal(error.constructor, Error)
        assert.ok(!error.message.includes(files.folder))
        const { reason, line, offset } = error
        assert.deepEqual({ reason, line, offset }, expected)
        return true
      })
    }
  })

  it('refuses what is no file, and options there are none of', async () => {
    await assert.rejects(Dataset.open(`${files.folder}/none.csv`), {
      code: 'ERR_CSV',
      reason: 'read'
    })
    await assert.rejects(Dataset.open(files.folder), { code: 'ERR_CSV', reason: 'read' })
    const file = files.write('ok.csv', TEXT)
    const bad = [
      [undefined],
      [''],
      ['a\0b'],
      [7],
      [file, { delimiter: ',,' }],
      [file, { delimiter: '"' }],
      [file, { delimiter: 'é' }],
      [file, { delimiter: 1 }],
      [file, { header: 'yes' }],
      [file, { readAhead: 1 }],
      [file, { maxRecordBytes: 0 }],
      [file, { maxRecordBytes: 1.5 }],
      [file, { delimeter: ';' }],
      [file, { sidecar: 1 }],
      [file, { cursorSecret: 'short' }],
      [file, 'options']
    ]
    for (const args of /** @type {any[]} */ (bad)) {
      await assert.rejects(Dataset.open(...args), { name: 'TypeError', code: 'ERR_INVALID_ARG' })
    }
  })

  it('works in several worker threads at once, and lets them end in the middle of work', async () => {
    const file = files.write('worker.csv', TEXT)
    const code = `
      const { parentPort, workerData } = require('node:worker_threads')
      const { Dataset } = require(workerData.module)
      Dataset.open(workerData.file).then(async (dataset) => {
        const view = await dataset.query({ sort: '-id' })
        parentPort.postMessage([dataset.length, view.getPage(1, 1)])
        for (let at = 0; at < 50; at++) dataset.query({ filter: { id: { lt: at } } }).catch(() => {})
      })`
    const workerData = { file, module: require.resolve('rekue/pagination') }
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const worker = new Worker(code, { eval: true, workerData })
        const message = await new Promise((resolve, reject) => {
          worker.once('message', resolve)
          worker.once('error', reject)
        })
        assert.deepEqual(message, [5000, [['4999', 'name 4999']]])
        await worker.terminate()
      })
    )
  })

  it('cannot be made, or bent, but by its own ways', () => {
    assert.throws(() => new /** @type {any} */ (Dataset)(), { code: 'ERR_INVALID_ARG' })
    const dataset = Dataset.fromRows(['a'], [[1]])
    dataset.columns.push('b')
    assert.deepEqual(dataset.columns, ['a'])
    assert.throws(() => dataset.page(/** @type {any} */ ({ pagesize: 1 })), /pageSize/)
    dataset.close()
  })
})
