'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const express = require('express')
const { createApp } = require('../../lib/http')
const { FakePage } = require('../../test-support/fake-page')
const { request, serving } = require('../../test-support/http')
const { ask, saved, setUp, until } = require('../../test-support/queues')
const { sqlite } = require('../../test-support/stores')

const FOLDER = path.join(__dirname, '../../lib/http/public')
const read = (/** @type {string} */ name) => fs.readFileSync(path.join(FOLDER, name), 'utf8')

describe('the page of rekue.app', () => {
  const t = setUp(sqlite)

  it('is at the root and at each state, with a policy that lets nothing else in', async () => {
    t.queue()
    await serving(createApp(), async (port) => {
      for (const where of [
        '/',
        '/?a=b',
        '/active',
        '/inactive',
        '/failed',
        '/complete',
        '/delayed'
      ]) {
        const { status, headers, text } = await request(port, where)
        assert.equal(status, 200, where)
        assert.match(String(headers['content-type']), /^text\/html/)
        const policy = String(headers['content-security-policy'])
        for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
          assert.ok(policy.includes(rule), rule)
        }
        assert.doesNotMatch(policy, /unsafe/)
        assert.equal(text, read('index.html'))
      }
      for (const [where, type] of [
        ['/dashboard.js', /^text\/javascript/],
        ['/dashboard.css', /^text\/css/]
      ]) {
        assert.match(String((await request(port, String(where))).headers['content-type']), type)
      }
      assert.equal((await request(port, '/', { method: 'POST' })).status, 404)
      for (const where of ['/index.html', '/../page.js', '/..%2Fpage.js', '/public/index.html']) {
        assert.equal((await request(port, where)).status, 404, where)
      }
    })
  })

  it('finds its files where it is mounted', async () => {
    t.queue()
    const server = express()
    server.use('/admin/kue', createApp())
    await serving(server, async (port) => {
      const { status, headers } = await request(port, '/admin/kue')
      assert.deepEqual([status, headers.location], [308, './kue/'])
      assert.equal((await request(port, '/admin/kue/')).text, read('index.html'))
      assert.equal((await request(port, '/admin/kue/dashboard.js')).status, 200)
    })
  })

  it('is shown to those only who may ask', async () => {
    t.queue()
    const app = createApp()
    app.set('authorize', () => false)
    await serving(app, async (port) => {
      for (const where of ['/', '/active', '/dashboard.js', '/dashboard.json']) {
        assert.equal((await request(port, where)).status, 403, where)
      }
    })
  })

  it('has no script and no style of its own in its HTML, and makes no HTML of data', () => {
    const html = read('index.html')
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=|javascript:/i)
    assert.doesNotMatch(
      read('dashboard.js'),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function/
    )
  })

  /**
   * Run the page's script against a server.
   * @param {number} port
   * @param {string} where
   * @param {(page: FakePage) => Promise<void>} use
   */
  async function visiting(port, where, use) {
    const page = new FakePage(read('index.html'), `http://127.0.0.1:${port}${where}`)
    try {
      vm.runInNewContext(read('dashboard.js'), page.globals)
      await use(page)
      assert.equal(page.byId('trouble').textContent, '')
    } finally {
      await page.leave()
    }
  }

  it('shows counts, jobs and their details as text, and changes what it is told to', async () => {
    const queue = t.queue()
    const title = '<img src=x onerror=alert(1)>'
    const job = await saved(queue.create('<b>mail</b>', { title }).attempts(2))
    await saved(queue.create('other', { n: 1 }))
    job.log('a <i>line</i>')
    await ask(job, 'failed')
    const app = createApp()
    app.set('title', 'My <b>jobs</b>')
    await serving(app, (port) =>
      visiting(port, '/failed', async (page) => {
        const text = (/** @type {string} */ id) => page.byId(id).textContent
        await until(() => text('jobs').includes(title))
        assert.equal(text('title'), 'My <b>jobs</b>')
        assert.equal(page.globals.document.title, 'My <b>jobs</b>')
        assert.match(text('states'), /1inactive.*0active.*1failed/)
        assert.match(text('caption'), /^1 failed jobs/)
        assert.match(text('type'), /all.*<b>mail<\/b>.*other/)

        page.button(title).click()
        await until(() => text('jobs').includes('a <i>line</i>'))

        page.button('Queue again').click()
        await until(() => /2inactive.*0failed/.test(text('states')))
        assert.equal(page.asked.at(-1), `Queue again: job ${job.id} (<b>mail</b>)?`)

        page.button('2inactive').click()
        await until(() => /^2 inactive jobs/.test(text('caption')))
        page.button('Remove').click()
        await until(() => /^1 inactive jobs/.test(text('caption')))
        assert.equal((await queue.stats()).inactive, 1)
      })
    )
  })

  it('goes through pages, types and words', async () => {
    const queue = t.queue({ disableSearch: false })
    await queue.addBulk(
      Array.from({ length: 45 }, (_, n) => ({
        type: n % 2 ? 'odd' : 'even',
        data: { title: `job number ${n}${n === 7 ? ' with a video' : ''}` }
      }))
    )
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        const text = (/** @type {string} */ id) => page.byId(id).textContent
        await until(() => text('place') === 'page 1 of 3')
        assert.equal(page.byId('before').disabled, true)
        page.byId('after').click()
        await until(() => text('place') === 'page 2 of 3')
        page.byId('after').click()
        await until(() => text('place') === 'page 3 of 3')
        assert.equal(page.byId('after').disabled, true)
        assert.equal(page.byId('jobs').children.length, 5)

        page.byId('type').value = 'odd'
        page.byId('type').fire('change')
        await until(() => /^22 inactive jobs of type odd/.test(text('caption')))

        page.byId('query').value = 'videos'
        page.byId('filter').fire('submit')
        await until(() => text('caption') === '1 jobs with "videos"')
        assert.match(text('jobs'), /job number 7 with a video/)
      })
    )
  })

  it('sees changes by itself', async () => {
    const queue = t.queue()
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => /^0 inactive jobs/.test(page.byId('caption').textContent))
        await saved(queue.create('mail', { title: 'new' }))
        await until(() => /^1 inactive jobs/.test(page.byId('caption').textContent))
      })
    )
  })
})
