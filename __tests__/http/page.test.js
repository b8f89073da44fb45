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
/** The page's scripts, in the order in which it has them. */
const SCRIPTS = [...read('index.html').matchAll(/<script src="([^"]+)"/g)].map(([, name]) => name)

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
        ...SCRIPTS.map((name) => [`/${name}`, /^text\/javascript/]),
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
    assert.ok(SCRIPTS.includes('dashboard.js'))
    for (const name of SCRIPTS) {
      assert.doesNotMatch(
        read(name),
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function/,
        name
      )
    }
  })

  it('says by headings without a gap what is in it, and of the table only rows', () => {
    const html = read('index.html')
    const table = html.slice(html.indexOf('<table'), html.indexOf('</table>'))
    assert.doesNotMatch(table, /<caption|tabindex/)
    const [, name] = table.match(/^<table[^>]* aria-labelledby="([^"]+)"/) ?? []
    const levels = [...html.matchAll(/<h(\d)[^>]* id="([^"]+)"/g)]
    assert.deepEqual(
      levels.map(([, level, id]) => [level, id]),
      [
        ['1', 'title'],
        ['2', name]
      ]
    )
    // Below these, the parts of a job's details.
    const made = SCRIPTS.flatMap((script) => [...read(script).matchAll(/element\('h(\d)'/g)])
    assert.deepEqual(
      made.map(([, level]) => level),
      ['3']
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
      const context = vm.createContext(page.globals)
      for (const name of SCRIPTS) vm.runInContext(read(name), context)
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
        assert.match(text('caption'), /^1 failed job$/)
        assert.match(text('type'), /all.*<b>mail<\/b>.*other/)

        page.button(title).click()
        await until(() => text('jobs').includes('a <i>line</i>'))

        page.button('Queue again').click()
        await until(() => /2inactive.*0failed/.test(text('states')))
        assert.equal(page.asked.at(-1), `Queue again: job ${job.id} (<b>mail</b>)?`)

        page.button('2inactive').click()
        await until(() => /^2 inactive jobs/.test(text('caption')))
        page.button('Remove').click()
        await until(() => /^1 inactive job$/.test(text('caption')))
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
        await until(() => text('caption') === '1 job with "videos"')
        assert.match(text('jobs'), /job number 7 with a video/)
      })
    )
  })

  it('looks for words among all jobs, and says so', async () => {
    const queue = t.queue({ disableSearch: false })
    const mail = await saved(queue.create('mail', { title: 'video one' }))
    const other = await saved(queue.create('other', { title: 'video two' }))
    await ask(other, 'failed')
    await serving(createApp(), async (port) => {
      await visiting(port, '/inactive?type=mail', async (page) => {
        await until(() => page.row(mail.id))
        page.byId('query').value = 'video'
        page.byId('filter').fire('submit')
        // Until it is there, nothing can be chosen among what was shown before.
        assert.equal(page.byId('listing').inert, true)
        assert.equal(page.byId('all').disabled, true)
        page.byId('all').checked = true
        page.byId('all').fire('change')
        page.byId('remove-selected').click()
        assert.deepEqual(page.asked, [])
        await until(() => page.byId('caption').textContent === '2 jobs with "video"')
        assert.equal(page.byId('type').value, '')
        assert.equal(page.at, '?q=video')
        assert.match(page.byId('hint').textContent, /^Of all types and states/)
        assert.deepEqual([page.byId('listing').inert, page.byId('all').disabled], [false, false])
        assert.deepEqual([page.row(mail.id) && true, page.row(other.id) && true], [true, true])

        page.byId('type').value = 'mail'
        page.byId('type').fire('change')
        await until(() => page.byId('caption').textContent === '1 inactive job of type mail')
        assert.equal(page.byId('query').value, '')
      })
      // A link that was made when an address could have both.
      await visiting(port, '/failed?type=other&q=video', async (page) => {
        await until(() => page.byId('caption').textContent === '2 jobs with "video"')
        assert.equal(page.byId('type').value, '')
      })
    })
  })

  it('fetches of what it finds what it shows, and seldom by itself', async () => {
    const queue = t.queue({ disableSearch: false })
    await queue.addBulk(
      Array.from({ length: 45 }, (_, n) => ({ type: 'mail', data: { title: `video ${n}` } }))
    )
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.byId('place').textContent === 'page 1 of 3')
        assert.equal(page.waits.at(-1), 2000)
        page.byId('query').value = 'videos'
        page.byId('filter').fire('submit')
        await until(() => page.byId('caption').textContent === '45 jobs with "videos"')
        page.byId('order').value = 'desc'
        page.byId('order').fire('change')
        page.byId('after').click()
        await until(() => page.row(25) && page.byId('place').textContent === 'page 2 of 3')
        assert.equal(page.waits.at(-1), 30_000)
        const asked = page.answered.filter((where) => /^job\/(?!types)/.test(where))
        assert.ok(asked.includes('job/search?q=videos&from=20&to=39&order=desc&brief=2000'))
        assert.ok(asked.every((where) => /^job\/search\?.*&from=/.test(where)))
      })
    )
  })

  it('asks for types of any name, also where a proxy or a browser would change a path', async () => {
    const queue = t.queue()
    const types = ['mail/send', '..', 'a?b#c&d=%2F', 'stats', 'failed']
    for (const type of types) await saved(queue.create(type, {}))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.byId('caption').textContent === '5 inactive jobs')
        for (const type of types) {
          page.byId('type').value = type
          page.byId('type').fire('change')
          await until(() => page.byId('caption').textContent === `1 inactive job of type ${type}`)
          assert.equal(page.byId('jobs').children[0].children[2].textContent, type)
        }
        const paths = page.answered.map((where) => where.replace(/\?.*/, ''))
        assert.deepEqual(
          paths.filter((path) => path.includes('%')),
          []
        )
      })
    )
  })

  it('does not leave the jobs of before under what it cannot show', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('mail', {}))
    await saved(queue.create('other', {}))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive?type=mail', async (page) => {
        await until(() => page.row(job.id))
        page.network = async (where) => {
          if (where.includes('type=other')) throw new TypeError('Failed to fetch')
        }
        page.byId('type').value = 'other'
        page.byId('type').fire('change')
        await until(() => page.byId('trouble').textContent !== '')
        assert.equal(page.byId('jobs').children.length, 0)
        assert.equal(page.byId('caption').textContent, 'No jobs to show yet')
        assert.equal(page.byId('place').textContent, '')
        assert.deepEqual([page.byId('listing').inert, page.byId('all').disabled], [true, true])
        page.network = async () => {}
        await until(() => page.byId('caption').textContent === '1 inactive job of type other')
        assert.equal(page.byId('listing').inert, false)
      })
    )
  })

  it('sees changes by itself', async () => {
    const queue = t.queue()
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => /^0 inactive jobs/.test(page.byId('caption').textContent))
        await saved(queue.create('mail', { title: 'new' }))
        await until(() => /^1 inactive job$/.test(page.byId('caption').textContent))
      })
    )
  })

  it('keeps its rows, and the focus in them, while jobs come and go', async () => {
    const queue = t.queue()
    const first = await saved(queue.create('mail', { title: 'first' }))
    const second = await saved(queue.create('mail', { title: 'second' }))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive?order=desc', async (page) => {
        const { document } = page.globals
        await until(() => page.row(second.id))
        const row = page.row(second.id)
        const title = page.part(row, 'button', /^second$/)
        const option = page.byId('type').children[1]
        assert.equal(title.attributes['aria-expanded'], 'false')
        title.focus()
        title.click()
        const details = page.byId('jobs').children[1]
        assert.equal(title.attributes['aria-expanded'], 'true')
        assert.equal(title.attributes['aria-controls'], details.id)

        await saved(queue.create('mail', { title: 'third' }))
        await ask(first, 'remove')
        await until(() => /third.*second/.test(page.byId('jobs').textContent))
        await until(() => !page.row(first.id))
        assert.equal(page.row(second.id), row)
        assert.equal(page.byId('jobs').children[2], details)
        assert.equal(document.activeElement, title)
        assert.equal(page.byId('type').children[1], option)

        // Its own row goes: the focus goes to the one that takes the place.
        page.part(row, 'button', /^Remove$/).focus()
        await ask(second, 'remove')
        await until(() => !page.row(second.id))
        assert.equal(/** @type {any} */ (document.activeElement).textContent, 'third')
      })
    )
  })

  it('fetches all of a large job only where it is open, and again when it has changed', async () => {
    const queue = t.queue()
    const blob = `begin ${'x'.repeat(100_000)} end`
    const job = await saved(queue.create('mail', { title: 'large', blob }))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.row(job.id))
        const whole = () => page.answered.filter((where) => where === `job/${job.id}`).length
        assert.equal(page.answered.filter((where) => /^jobs.*brief=2000/.test(where)).length, 1)
        page.button('large').click()
        const data = () => page.part(page.byId('jobs'), 'pre', /begin x+ end/)
        await until(data)
        const before = page.byId('as-of').attributes.datetime
        await until(() => page.byId('as-of').attributes.datetime !== before)
        assert.ok(data(), 'what came with the row does not take its place')
        assert.equal(whole(), 1)
        job.data.blob = `${blob} again`
        await ask(job, 'update')
        await until(() => page.part(page.byId('jobs'), 'pre', /end again/))
        assert.equal(whole(), 2)
      })
    )
  })

  it('adds to a log what came, and goes along only with who was at its end', async () => {
    const queue = t.queue()
    const job = await saved(queue.create('mail', { title: 'mine' }))
    job.log('line one')
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.row(job.id))
        page.button('mine').click()
        const log = () => page.part(page.byId('jobs'), 'pre', /line/)
        await until(log)
        const pre = log()
        Object.assign(pre, { scrollHeight: 900, clientHeight: 100, scrollTop: 300 })
        job.log('line two')
        await until(() => pre.textContent === 'line one\nline two')
        assert.deepEqual(pre.children, ['line one', '\nline two'])
        assert.equal(pre.scrollTop, 300)
        pre.scrollTop = 800
        job.log('line three')
        await until(() => pre.children.length === 3)
        assert.equal(pre.scrollTop, 900)
        // What is here already does not travel again.
        const asked = page.answered.filter((where) => where.includes('/log'))
        const from = [
          ...new Set(asked.map((where) => where.replace(`job/${job.id}/log?from=`, '')))
        ]
        assert.deepEqual(from.slice(0, 3), ['0', '1', '2'])
      })
    )
  })

  it('shows no log that comes late under a job that was opened since', async () => {
    const queue = t.queue()
    const slow = await saved(queue.create('mail', { title: 'slow' }))
    const quick = await saved(queue.create('mail', { title: 'quick' }))
    slow.log('of the slow one')
    quick.log('of the quick one')
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.row(quick.id))
        let letGo = () => {}
        const held = new Promise((resolve) => (letGo = () => resolve(undefined)))
        const slowLog = `job/${slow.id}/log?from=0`
        page.network = (where) => (where === slowLog ? held : Promise.resolve())
        page.button('slow').click()
        page.button('quick').click()
        await until(() => page.byId('jobs').textContent.includes('of the quick one'))
        // From here on nothing writes over what the late answer would leave.
        let end = () => {}
        const never = new Promise((resolve) => (end = () => resolve(undefined)))
        page.network = (where) => (where.includes('/log') ? never : Promise.resolve())
        letGo()
        await until(() => page.answered.includes(slowLog))
        for (let n = 0; n < 3; n++) {
          const before = page.byId('as-of').attributes.datetime
          await until(() => page.byId('as-of').attributes.datetime !== before)
        }
        end()
        assert.ok(!page.byId('jobs').textContent.includes('of the slow one'))
      })
    )
  })

  it('asks again only when it has an answer, and ends what it asked for another view', async () => {
    const queue = t.queue()
    await saved(queue.create('mail', { title: 'waiting' }))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.byId('jobs').textContent.includes('waiting'))
        /** @type {{ signal: AbortSignal, letGo: (value?: any) => void }[]} */
        const held = []
        page.network = (where, { signal }) =>
          where === 'stats'
            ? new Promise((letGo) => held.push({ signal, letGo }))
            : Promise.resolve()
        await until(() => held.length === 1)
        page.button('0failed').click()
        assert.equal(held[0].signal.aborted, true)
        assert.equal(held.length, 2)
        assert.equal(page.byId('listing').attributes['aria-busy'], 'true')
        // Many times what it waits between two questions here.
        await new Promise((resolve) => setTimeout(resolve, 150))
        assert.equal(held.length, 2)
        page.network = async () => {}
        for (const { letGo } of held) letGo()
        await until(() => page.byId('caption').textContent === '0 failed jobs')
        assert.equal(page.byId('listing').attributes['aria-busy'], 'false')
      })
    )
  })

  it('says why its numbers are old, and goes on by itself', async () => {
    t.queue()
    await serving(createApp(), (port) =>
      visiting(port, '/', async (page) => {
        await until(() => page.byId('caption').textContent === '0 active jobs')
        assert.match(page.byId('as-of').attributes.datetime, /^\d{4}-\d\d-\d\dT.*Z$/)
        page.network = async () => {
          throw new TypeError('Failed to fetch')
        }
        const trouble = () => page.byId('trouble').textContent
        await until(() => /the server cannot be reached; these numbers are as of/.test(trouble()))
        assert.equal(page.byId('listing').className, 'old')
        assert.ok(trouble().includes(page.byId('as-of').textContent))
        page.network = async () => {}
        await until(() => trouble() === '')
        assert.equal(page.byId('listing').className, '')
      })
    )
  })

  it('has in its address what is looked at, for links and for Back', async () => {
    const queue = t.queue({ disableSearch: false })
    await queue.addBulk(
      Array.from({ length: 45 }, (_, n) => ({ type: 'mail', data: { title: `number ${n}` } }))
    )
    await serving(createApp(), (port) =>
      visiting(port, '/inactive?type=mail&order=desc&page=3', async (page) => {
        const text = (/** @type {string} */ id) => page.byId(id).textContent
        await until(() => text('place') === 'page 3 of 3')
        assert.match(text('jobs'), /number 4.*number 0/)
        assert.deepEqual([page.byId('type').value, page.byId('order').value], ['mail', 'desc'])

        page.byId('first').click()
        assert.equal(page.at, 'inactive?type=mail&order=desc')
        await until(() => /number 44.*number 25/.test(text('jobs')))
        page.byId('last').click()
        await until(() => text('place') === 'page 3 of 3')
        assert.equal(page.at, 'inactive?type=mail&order=desc&page=3')

        page.byId('query').value = 'nothing of that kind'
        page.byId('filter').fire('submit')
        assert.equal(page.at, '?order=desc&q=nothing+of+that+kind')
        await until(() => /disableSearch: false/.test(text('hint')))
        page.button('0failed').click()
        assert.equal(page.at, 'failed?order=desc')
        await until(() => text('caption') === '0 failed jobs')

        for (let n = 0; n < 2; n++) /** @type {any} */ (page.globals).history.back()
        await until(() => text('place') === 'page 3 of 3')
        assert.equal(page.byId('query').value, '')
        assert.match(text('caption'), /^45 inactive jobs of type mail/)
      })
    )
  })

  it('goes a page back when the last jobs of the last page are removed together', async () => {
    const queue = t.queue()
    await queue.addBulk(Array.from({ length: 22 }, () => ({ type: 'mail', data: {} })))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive?page=9', async (page) => {
        await until(() => page.byId('place').textContent === 'page 2 of 2')
        assert.equal(page.at, 'inactive?page=2')
        assert.equal(page.byId('remove-selected').disabled, true)
        page.byId('all').checked = true
        page.byId('all').fire('change')
        // They wait already.
        assert.equal(page.byId('again-selected').disabled, true)
        page.byId('remove-selected').click()
        assert.match(String(page.asked.at(-1)), /^Remove: 2 jobs \(\d+, \d+\)\?$/)
        await until(() => page.byId('place').textContent === 'page 1 of 1')
        assert.equal(page.at, 'inactive')
        assert.match(page.byId('outcome').textContent, /^Remove: 2 jobs .*: done$/)
        assert.equal((await queue.stats()).inactive, 20)
      })
    )
  })

  it("has an action's buttons off while it is under way, and keeps its error", async () => {
    const queue = t.queue()
    const job = await saved(queue.create('mail', { title: 'new' }))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.row(job.id))
        let refuse = () => {}
        page.network = (_where, { method }) =>
          method === 'DELETE'
            ? new Promise((_resolve, reject) => (refuse = () => reject(new TypeError('no'))))
            : Promise.resolve()
        const remove = page.part(page.row(job.id), 'button', /^Remove$/)
        remove.click()
        assert.equal(remove.disabled, true)
        refuse()
        await until(() => remove.disabled === false)
        const told = `Remove: job ${job.id}: the server cannot be reached`
        assert.ok(page.byId('outcome').textContent.startsWith(told))
        const before = page.byId('as-of').attributes.datetime
        await until(() => page.byId('as-of').attributes.datetime !== before)
        assert.ok(page.byId('outcome').textContent.startsWith(told))
        page.byId('dismiss').click()
        assert.equal(page.byId('outcome').textContent, '')
      })
    )
  })

  it('changes the priority of many', async () => {
    const queue = t.queue()
    const jobs = []
    for (let n = 0; n < 3; n++) jobs.push(await saved(queue.create('mail', { title: `${n}` })))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.row(jobs[2].id))
        assert.equal(page.byId('set-selected').disabled, true)
        for (const { id } of jobs.slice(0, 2)) {
          const check = page.part(page.row(id), 'input')
          check.checked = true
          check.onchange()
        }
        assert.equal(page.byId('set-selected').disabled, false)
        page.byId('level').value = '-7'
        page.byId('levels-selected').fire('submit')
        assert.match(String(page.asked.at(-1)), /^Priority -7: 2 jobs \(\d+, \d+\)\?$/)
        const levels = () => jobs.map(({ id }) => page.row(id)?.children[5].textContent).join()
        await until(() => levels() === '-7,-7,0')
        await until(() => /^Priority -7: 2 jobs .*: done$/.test(page.byId('outcome').textContent))
      })
    )
  })

  it('tells in its row why a job failed, and when a delayed one is due', async () => {
    const queue = t.queue()
    const failed = await saved(queue.create('mail', { title: 'first' }))
    failed.error(new Error(`<b>no</b> ${'x'.repeat(200)}\nsecond line`))
    await ask(failed, 'failed')
    const later = await saved(queue.create('mail', { title: 'later' }).delay(5_400_000))
    await serving(createApp(), (port) =>
      visiting(port, '/failed', async (page) => {
        await until(() => page.row(failed.id))
        const told = page.part(page.row(failed.id), 'p').textContent
        assert.match(told, /^(Error: )?<b>no<\/b> x+…$/)
        page.button('1delayed').click()
        await until(() => page.row(later.id))
        const wait = page.part(page.row(later.id), 'p').textContent
        assert.match(wait, /^due in 1 h (29|30) min$/)
        page.button('0inactive').click()
        await ask(later, 'inactive')
        await until(() => page.byId('caption').textContent === '1 inactive job')
        assert.equal(page.part(page.row(later.id), 'p').hidden, true)
      })
    )
  })

  it('finds a job by its id, before those that have the number among their words', async () => {
    const queue = t.queue({ disableSearch: false })
    const named = await saved(queue.create('mail', { title: 'first' }))
    for (let n = 0; n < 11; n++) await saved(queue.create('mail', { title: 'more' }))
    const about = await saved(queue.create('mail', { title: 'about 12' }))
    await saved(queue.create('mail', { title: 'number 14' }))
    await serving(createApp(), (port) =>
      visiting(port, '/failed', async (page) => {
        const find = (/** @type {string} */ text) => {
          page.byId('query').value = text
          page.byId('filter').fire('submit')
        }
        const caption = () => page.byId('caption').textContent
        await until(() => caption() === '0 failed jobs')
        find(String(named.id))
        await until(() => caption() === `Job ${named.id}, and 0 jobs with "${named.id}"`)
        assert.equal(page.byId('jobs').children.length, 1)
        assert.ok(page.row(named.id))
        find('12')
        await until(() => caption() === 'Job 12, and 1 job with "12"')
        assert.ok(page.row(12) && page.row(about.id))
        // That has its own number among its words as well.
        find('14')
        await until(() => caption() === 'Job 14, and 1 job with "14"')
        assert.equal(page.byId('jobs').children.length, 1)
        find('99')
        await until(() => caption() === '0 jobs with "99"')
        assert.match(page.byId('hint').textContent, /disableSearch: false/)
      })
    )
  })

  it("changes a job's priority, and leaves alone what is being typed", async () => {
    const queue = t.queue()
    const job = await saved(queue.create('mail', { title: 'new' }).priority('low'))
    await serving(createApp(), (port) =>
      visiting(port, '/inactive', async (page) => {
        await until(() => page.row(job.id))
        page.button('new').click()
        const details = page.byId('jobs').children[1]
        const level = page.part(details, 'input')
        assert.equal(level.value, '10')
        level.value = '-7'
        const before = page.byId('as-of').attributes.datetime
        await until(() => page.byId('as-of').attributes.datetime !== before)
        assert.equal(level.value, '-7')
        page.part(details, 'form').fire('submit')
        await until(() => page.row(job.id).children[5].textContent === '-7')
        level.value = '1e3'
        page.part(details, 'form').fire('submit')
        await until(() => page.row(job.id).children[5].textContent === '1000')
        assert.equal(page.asked.length, 0)
      })
    )
  })

  it("tells the moments of a job's life, and shows titles and types of any kind", async () => {
    const queue = t.queue()
    const later = await saved(
      queue
        .create('..', { title: { subject: 'hi' } })
        .delay(5_400_000)
        .ttl(2500)
    )
    await serving(createApp(), (port) =>
      visiting(port, '/delayed', async (page) => {
        await until(() => page.row(later.id))
        page.button('{"subject":"hi"}').click()
        const details = page.byId('jobs').children[1]
        assert.match(details.textContent, /Due.*Delay1 h 30 min.*Time to live2.5 s/)
        const due = page.part(details, 'div', /^Due/)
        assert.equal(
          page.part(due, 'time').attributes.datetime,
          new Date(Number(later.created_at) + 5_400_000).toISOString()
        )
        assert.equal(page.byId('type').children[1].value, '..')
      })
    )
  })
})
