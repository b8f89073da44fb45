'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { runScript } = require('../../test-support/script')
const { startRedis } = require('../../test-support/redis-server')

const FOLDER = 'app/exercises/queuing'
const AS_KUE = path.join(__dirname, '../../test-support/rekue-is-kue.js')

const PHONES = [
  ...['4153518780', '4153518781', '4153518743', '4153538781', '4153118782', '4153718781'],
  ...['4159518782', '4158718781', '4153818782', '4154318781', '4151218782']
]
const BLACKLISTED = 2

/** The ids 1 to n. @param {number} n */
const ids = (n) => Array.from({ length: n }, (_, i) => i + 1)

for (const implementation of /** @type {const} */ (['rekue', 'kue'])) {
  describe(`the queue exercises on ${implementation}`, () => {
    /** @type {import('../../test-support/redis-server').RedisServer} */
    let server
    /** @type {import('../../test-support/script').Script[]} */
    let scripts
    beforeEach(async () => {
      server = await startRedis()
      scripts = []
    })
    afterEach(async () => {
      await Promise.all(scripts.map((script) => script.end()))
      await server.stop()
    })

    /** @param {string} file @param {string[]} [args] */
    const run = (file, args) => {
      const nodeArgs = implementation === 'kue' ? ['--no-deprecation', '--require', AS_KUE] : []
      const script = runScript(file, { env: { REDIS_URL: server.url }, nodeArgs, args })
      scripts.push(script)
      return script
    }
    const exercise = (/** @type {string} */ name) => run(`${FOLDER}/${name}`)

    /** @param {import('../../test-support/script').Script[]} scripts */
    const stayAlive = (...scripts) => {
      for (const { running, file, errors } of scripts) {
        assert.equal(running, true, `${file} has ended`)
        assert.equal(errors, '', file)
      }
    }

    it('6: a job is created, sent and completed; ids count on over runs', async () => {
      const creator = exercise('6-job_creator.js')
      assert.deepEqual(await creator.lines(1), ['Notification job created: 1'])
      const processor = exercise('6-job_processor.js')
      const sending =
        'Sending notification to 4153518780, with message: This is the code to verify your account'
      assert.deepEqual(await processor.lines(1), [sending])
      assert.deepEqual(await creator.lines(2), [
        'Notification job created: 1',
        'Notification job completed'
      ])
      const second = exercise('6-job_creator.js')
      // Which of both lines comes first is open: here the processor waits already.
      assert.deepEqual((await second.lines(2)).sort(), [
        'Notification job completed',
        'Notification job created: 2'
      ])
      assert.deepEqual(await processor.lines(2), [sending, sending])
      assert.equal(creator.printed.length, 2, 'a creator hears of its own job only')
      stayAlive(creator, processor, second)
    })

    it('7: eleven jobs, two of them refused, two at a time', async () => {
      const creator = exercise('7-job_creator.js')
      const created = ids(PHONES.length).map((id) => `Notification job created: ${id}`)
      assert.deepEqual(await creator.lines(PHONES.length), created)

      const processor = exercise('7-job_processor.js')
      const sent = (await processor.lines(PHONES.length - BLACKLISTED)).map(
        (line) =>
          /^Sending notification to (\d+), with message: This is the code \d{4} to verify your account$/.exec(
            line
          )?.[1]
      )
      assert.deepEqual(sent, PHONES.slice(BLACKLISTED), 'in the order of the ids')

      const told = (await creator.lines(PHONES.length + 4 + 3 * 9)).slice(PHONES.length)
      assert.deepEqual(told.slice(0, 4).sort(), [
        'Notification job 1 0% complete',
        `Notification job 1 failed: Phone number ${PHONES[0]} is blacklisted`,
        'Notification job 2 0% complete',
        `Notification job 2 failed: Phone number ${PHONES[1]} is blacklisted`
      ])
      const tells = (/** @type {number} */ id) =>
        told
          .map((line) => /^Notification job (\d+) (.*)$/.exec(line) || assert.fail(line))
          .filter(([, of]) => Number(of) === id)
          .map(([, , what]) => what)
      for (const id of ids(PHONES.length)) {
        assert.deepEqual(
          tells(id),
          id <= BLACKLISTED
            ? ['0% complete', `failed: Phone number ${PHONES[id - 1]} is blacklisted`]
            : ['0% complete', '50% complete', 'completed']
        )
      }
      stayAlive(creator, processor)
    })

    it('8: the main program creates one job', async () => {
      const main = exercise('8-job-main.js')
      assert.deepEqual(await main.lines(1), ['Notification job created: 1'])
      assert.equal(await server.command('HGET', 'q:job:1', 'type'), 'push_notification_code_3')
      stayAlive(main)
    })

    it('8: its tests pass', async () => {
      const mocha = run('node_modules/mocha/bin/mocha.js', [
        ...['--no-config', '--exit', '--reporter', 'json'],
        `${FOLDER}/8-job.test.js`
      ])
      assert.equal(await mocha.exit(), 0, mocha.output + mocha.errors)
      const { stats, passes } = JSON.parse(mocha.output)
      assert.equal(stats.failures, 0)
      assert.deepEqual(
        passes.map(({ title }) => title),
        [
          'throws where jobs is not an array',
          'creates nothing for an empty array',
          'creates a job for each entry, with the very object as its data',
          'prints each creation at once, ids being texts that count on',
          'prints what becomes of a job',
          'gives jobs that take further listeners',
          'collects the jobs and stores them too'
        ]
      )
    })
  })
}
