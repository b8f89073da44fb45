'use strict'

const assert = require('node:assert/strict')
const { request } = require('../../test-support/http')
const { openStage } = require('../../test-support/stage')

/** Titles as applications have them. */
const TITLES = [
  'welcome email for tj',
  'Welcome email for Toby Holowaychuk',
  'converting loki to avi',
  'converting cats video to mp4',
  'Account renewal required',
  'renewal email, second reminder',
  'password reset for john@example.com',
  "slideshow of Jane's holiday pictures",
  'invoice 2024-117 for ACME Incorporated',
  'Invoices of the quarter are ready',
  'resize picture 800x600',
  'nightly database backup',
  'backup of the photos failed',
  'send push notification to iPhone users',
  'notify administrators about failures',
  'import customers from CSV file',
  'export customer list as spreadsheet',
  'generate monthly report',
  'reports for the accounting department',
  'clean up temporary files'
]

/** What people type; stemmed, in another case, with noise, and what is not there. */
const QUERIES = [
  ...['welcome', 'WELCOME', 'email', 'emails', 'welcome email', 'email welcome', 'tj', 'toby'],
  ...['convert', 'converts', 'converted', 'avi video', 'cats', 'cat', 'video', 'videos', 'mp4'],
  ...['renewal', 'renewals', 'renew', 'reminders', 'password', 'reset john', 'example'],
  ...['picture', 'pictures', 'holiday', 'slideshows', 'invoice', 'invoices', 'invoice 2024'],
  ...['acme', 'quarter ready', 'database', 'databases', 'backup', 'backups', 'photo', 'failed'],
  ...[
    'notification',
    'notifications',
    'iphone user',
    'customer',
    'customers',
    'import',
    'csv file'
  ],
  ...[
    'files',
    'monthly',
    'report',
    'reporting',
    'accounting',
    'account',
    'department',
    'generated'
  ],
  ...['generate the report', 'for', 'nothing', 'email nothing', 'spreadsheets', 'cleaning', ''],
  ...['title', 'administrator', '800x600', 'quarterly', 'required', 'require', 'users']
]

describe('search on Kue and on rekue', () => {
  /** @type {import('../../test-support/stage').Stage[]} */
  let stages
  /** @type {number[]} */
  let ports
  before(async () => {
    stages = await Promise.all([openStage(), openStage()])
    ports = await Promise.all(
      stages.map(async (stage, i) => {
        const peer = await stage.peer(i === 0 ? 'kue' : 'rekue', { disableSearch: false })
        return peer.run(async ({ lib, queue, save }, titles) => {
          for (const title of titles) await save(queue.create('any', { title }).searchKeys('title'))
          await save(queue.create('any', { title: 'all of it', to: 'deeper@example.com' }))
          return new Promise((resolve) => {
            const server = lib.app.listen(0, '127.0.0.1', () => resolve(server.address().port))
          })
        }, TITLES)
      })
    )
  })
  after(() => Promise.all(stages.map((stage) => stage.close())))

  const found = async (/** @type {number} */ port, /** @type {string} */ query) => {
    const { body } = await request(port, `/job/search?q=${encodeURIComponent(query)}`)
    return body.sort()
  }

  for (const query of QUERIES) {
    it(`finds the same for ${JSON.stringify(query)}`, async () => {
      const [kue, rekue] = await Promise.all(ports.map((port) => found(port, query)))
      assert.deepEqual(rekue, kue)
    })
  }

  it('looks at all data where no keys are given', async () => {
    for (const port of ports)
      assert.deepEqual(await found(port, 'deeper'), [String(TITLES.length + 1)])
  })
})
