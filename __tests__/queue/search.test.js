'use strict'

const assert = require('node:assert/strict')
const { ask, deferred, rekue, saved, setUp, until } = require('../../test-support/queues')
const { stores, redis, sqlite } = require('../../test-support/stores')
const { randomFrom } = require('../../test-support/random')
const { serving, request } = require('../../test-support/http')

const ON = { disableSearch: false }

/** Words of which no two have the same stem or sound. */
const WORDS = [
  'invoice',
  'video',
  'welcome',
  'renewal',
  'picture',
  'backup',
  'émigré',
  'mp4',
  '2024'
]

for (const store of stores) {
  describe(`search on ${store.name}`, () => {
    const t = setUp(store)

    const add = async (queue, data, keys) => {
      const job = queue.create('any', data)
      if (keys !== undefined) job.searchKeys(keys)
      await saved(job)
      return job.id
    }

    it('finds the jobs that have every word', async () => {
      const queue = t.queue(ON)
      const both = await add(queue, { title: 'avi video', to: 'kim' })
      const one = await add(queue, { title: 'avi picture' })
      assert.deepEqual(await queue.search('avi video'), [both])
      assert.deepEqual(await queue.search('avi'), [one, both])
      assert.deepEqual(await queue.search('avi nothing'), [])
    })

    it('finds a word in any form, in any case, and among others', async () => {
      const queue = t.queue(ON)
      const id = await add(queue, {
        title: 'Converting Videos, for "Toby"!',
        deep: { list: ['ünï'] }
      })
      for (const text of [
        'convert',
        'VIDEO',
        'converted tobi',
        'the video and Toby',
        'ÜNÏ',
        'title'
      ]) {
        assert.deepEqual(await queue.search(text), [id], text)
      }
    })

    it('finds nothing by noise, single letters or no words', async () => {
      const queue = t.queue(ON)
      await add(queue, { title: 'the a of 7' })
      for (const text of ['', '   ', '"', 'the', 'a', '7', 'and of the']) {
        assert.deepEqual(await queue.search(text), [], JSON.stringify(text))
      }
    })

    it('is off by default', async () => {
      const queue = t.queue()
      assert.equal(rekue.Job.disableSearch, true)
      await add(queue, { title: 'video' }, ['title'])
      assert.deepEqual(await queue.search('video'), [])
    })

    it('is switched for the queue made last, as in Kue', async () => {
      const queue = t.queue()
      rekue.Job.disableSearch = false
      const id = await add(queue, { title: 'video' })
      rekue.Job.disableSearch = true
      await add(queue, { title: 'video' })
      assert.deepEqual(await queue.search('video'), [id])
      const other = t.queue({ ...ON, prefix: 'other' })
      assert.equal(rekue.Job.disableSearch, false)
      assert.deepEqual(await other.search('video'), [])
    })

    it('looks at the keys that the job names alone', async () => {
      const queue = t.queue(ON)
      const data = {
        title: 'welcome',
        template: 'letter',
        user: { name: 'Kim' },
        parts: [{ size: 'large' }, { size: 'small' }],
        'a.b': 'dotted',
        numbers: [2024, 2025]
      }
      const id = await add(queue, data, [
        'title',
        'user.name',
        'parts[1].size',
        'a.b',
        'numbers',
        'no'
      ])
      const alone = await add(queue, data, 'template')
      for (const text of ['welcome', 'kim', 'small', 'dotted', '2025']) {
        assert.deepEqual(await queue.search(text), [id], text)
      }
      assert.deepEqual(await queue.search('letter'), [alone])
      for (const text of ['large', 'title', 'undefined']) {
        assert.deepEqual(await queue.search(text), [], text)
      }
      const { id: added } = await queue.add(
        'any',
        { x: 'foreign', y: 'hidden' },
        { searchKeys: ['x'] }
      )
      assert.deepEqual([await queue.search('foreign'), await queue.search('hidden')], [[added], []])
    })

    it('puts the job first that has the words most often', async () => {
      const queue = t.queue(ON)
      const once = await add(queue, { title: 'video' })
      const thrice = await add(queue, { title: 'video videos video' })
      const newest = await add(queue, { title: 'video' })
      assert.deepEqual(await queue.search('video'), [thrice, newest, once])
    })

    it('follows an update', async () => {
      const queue = t.queue(ON)
      const job = queue.create('any', { title: 'video', more: 'secret' }).searchKeys('title')
      await saved(job)
      job.data.title = 'picture'
      await ask(job, 'update')
      assert.deepEqual(await queue.search('video'), [])
      assert.deepEqual(await queue.search('picture'), [job.id])
      assert.deepEqual(await queue.search('secret'), [])
    })

    it('forgets a job that is removed', async () => {
      const queue = t.queue(ON)
      const ids = []
      for (let i = 0; i < 4; i++) ids.push(await add(queue, { title: 'video' }))
      await rekue.Job.remove(ids[0])
      assert.deepEqual(await queue.search('video'), ids.slice(1).reverse())
      rekue.Job.removeBadJob(ids[1], 'any')
      await until(async () => (await queue.search('video')).length === 2)
      const job = await rekue.Job.get(ids[2])
      await ask(job, 'remove')
      assert.deepEqual(await queue.search('video'), [ids[3]])
    })

    it('forgets a job that is removed on completion', async () => {
      const queue = t.queue(ON)
      const gone = deferred()
      queue.on('job remove', gone.resolve)
      const job = queue.create('any', { title: 'video' }).removeOnComplete(true)
      await saved(job)
      const kept = await add(queue, { title: 'video' })
      queue.process('any', async () => {})
      await gone.promise
      assert.deepEqual(await queue.search('video'), [kept])
    })

    it('finds jobs in every state', async () => {
      const queue = t.queue(ON)
      const id = await add(queue, { title: 'video' })
      for (const state of ['complete', 'failed', 'delayed', 'active', 'inactive']) {
        const job = await rekue.Job.get(id)
        await ask(job, 'state', state)
        assert.deepEqual(await queue.search('video'), [id], state)
      }
    })

    it('indexes jobs that are added in bulk', async () => {
      const queue = t.queue(ON)
      await queue.addBulk(WORDS.map((word) => ({ type: 'any', data: { word } })))
      for (const [i, word] of WORDS.entries()) {
        assert.deepEqual(await queue.search(word), [i + 1], word)
      }
    })

    it('bears any text', async () => {
      const queue = t.queue(ON)
      const text =
        '\u0000 \ud800 ' + 'x'.repeat(100_000) + ' ' + '\u{1f600} '.repeat(1000) + 'video'
      const id = await add(queue, { text })
      assert.deepEqual(await queue.search(text), [id])
      assert.deepEqual(await queue.search('video'), [id])
      const many = Array.from({ length: 5000 }, (_, i) => `w${i}`).join(' ')
      const long = await add(queue, { many })
      assert.deepEqual(await queue.search(many), [long])
      assert.deepEqual(await queue.search(`${many} video`), [])
    })

    it('finds each of thousands once, in their order', async () => {
      const queue = t.queue(ON)
      const COUNT = 2500
      await queue.addBulk(
        Array.from({ length: COUNT }, (_, n) => ({
          type: 'any',
          data: { title: `video${n % 2 ? ' picture' : ''}${n === 7 ? ' video' : ''}` }
        }))
      )
      const newestFirst = Array.from({ length: COUNT }, (_, n) => COUNT - n)
      const others = newestFirst.filter((id) => id !== 8)
      assert.deepEqual(await queue.search('video'), [8, ...others])
      const even = others.filter((id) => id % 2 === 0)
      assert.deepEqual(await queue.search('picture videos'), [8, ...even])
    })

    it('refuses what is no text, and keys that are none', async () => {
      const queue = t.queue(ON)
      for (const text of [undefined, null, 7, {}, ['video']]) {
        await assert.rejects(queue.search(text), { code: 'ERR_INVALID_ARG' })
        await assert.rejects(rekue.Job.search(text), { code: 'ERR_INVALID_ARG' })
      }
      assert.throws(() => queue.search('video', 'no function'), { code: 'ERR_INVALID_ARG' })
      const job = queue.create('any', { a: 1 }).searchKeys([7])
      await assert.rejects(saved(job), { code: 'ERR_INVALID_ARG' })
    })

    it('answers a callback', async () => {
      const queue = t.queue(ON)
      const id = await add(queue, { title: 'video' })
      assert.deepEqual(await ask(queue, 'search', 'video'), [id])
      assert.deepEqual(await ask(rekue.Job, 'search', 'video'), [id])
    })

    it('is a route of the JSON API', async () => {
      const queue = t.queue(ON)
      const id = await add(queue, { title: 'avi video' })
      await serving(rekue.app, async (port) => {
        const found = async (path) => (await request(port, path)).body
        assert.deepEqual(await found('/job/search?q=avi%20video'), [String(id)])
        assert.deepEqual(await found('/job/search?q=avi+video'), [String(id)])
        assert.deepEqual(await found('/job/search?q='), [])
        assert.deepEqual(await found('/job/search'), [])
        const { body } = await request(port, '/job', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({
            type: 'any',
            data: { title: 'picture', to: 'kim' },
            options: { searchKeys: ['title'] }
          })
        })
        assert.deepEqual(await found('/job/search?q=pictures'), [String(body.id)])
        assert.deepEqual(await found('/job/search?q=kim'), [])
        await request(port, `/job/${body.id}/priority/-3`, { method: 'PUT' })
        assert.deepEqual(await found('/job/search?q=kim'), [])
      })
    })

    it('gives by that route the jobs of a page, in the order of their ids', async () => {
      const queue = t.queue(ON)
      for (let n = 0; n < 5; n++) await add(queue, { title: n === 2 ? 'video videos' : 'video' })
      await add(queue, { title: 'picture' })
      await serving(rekue.app, async (port) => {
        const found = async (/** @type {string} */ more) => {
          const { status, body } = await request(port, `/job/search?q=video&${more}`)
          assert.equal(status, 200, more)
          return [body.total, ...body.jobs.map((/** @type {any} */ { id }) => id)]
        }
        assert.deepEqual(await found('from=0&to=1'), [5, 1, 2])
        assert.deepEqual(await found('from=2&to=9&order=asc'), [5, 3, 4, 5])
        assert.deepEqual(await found('from=0&to=2&order=desc'), [5, 5, 4, 3])
        assert.deepEqual(await found('from=5&to=9'), [5])
        assert.deepEqual(await found('from=3&to=1'), [5])
        const { body } = await request(port, '/job/search?q=video&from=2&to=2')
        assert.equal(body.jobs[0].data.title, 'video videos')
        assert.deepEqual((await request(port, '/job/search?q=the&from=0&to=9')).body, {
          total: 0,
          jobs: []
        })
        for (const more of ['from=0', 'to=1', 'from=-1&to=1', 'from=a&to=1', 'from=&to=1']) {
          const refused = await request(port, `/job/search?q=video&${more}`)
          assert.equal(refused.status, 400, more)
          assert.match(refused.body.error, /from and to must both be whole numbers/)
        }
      })
    })

    for (const seed of [1, 2, 3]) {
      it(`agrees with a naive search, seed ${seed}`, async () => {
        const queue = t.queue(ON)
        const random = randomFrom(seed)
        const pick = (list) => list[random(list.length)]
        const some = (most) => Array.from({ length: 1 + random(most) }, () => pick(WORDS))
        /** @type {Map<number, { job: any, words: string[] }>} */
        const model = new Map()
        for (let step = 0; step < 80; step++) {
          const known = [...model.keys()]
          const roll = random(100)
          if (roll < 50 || known.length === 0) {
            const words = some(4)
            const job = queue.create('any', { text: words.join(' ') })
            await saved(job)
            model.set(job.id, { job, words })
          } else if (roll < 70) {
            const entry = model.get(pick(known))
            entry.words = some(4)
            entry.job.data.text = entry.words.join(' ')
            await ask(entry.job, 'update')
          } else if (roll < 85) {
            const id = pick(known)
            model.delete(id)
            await rekue.Job.remove(id)
          } else {
            await ask(await rekue.Job.get(pick(known)), 'state', pick(['failed', 'complete']))
          }
          const asked = [...new Set(some(2))]
          const times = ({ words }) => words.filter((word) => asked.includes(word)).length
          const wanted = [...model]
            .filter(([, { words }]) => asked.every((word) => words.includes(word)))
            .sort(([a, one], [b, other]) => times(other) - times(one) || b - a)
            .map(([id]) => id)
          assert.deepEqual(await queue.search(asked.join(' ')), wanted, `step ${step}: ${asked}`)
        }
      })
    }
  })
}

describe('the index of search in Redis', () => {
  const t = setUp(redis)
  const keys = async () => (await redis.server.command('KEYS', 'q:*search*')).sort()

  it('has keys of its own, and none once the jobs are gone', async () => {
    const queue = t.queue(ON)
    const job = await saved(queue.create('any', { title: 'video' }).searchKeys('title'))
    assert.deepEqual(await keys(), ['q:rekue:search:job:1', 'q:rekue:search:word:FT'])
    await ask(job, 'remove')
    assert.deepEqual(await keys(), [])
  })

  it('is mended by a search where a job went without it', async () => {
    const queue = t.queue(ON)
    await saved(queue.create('any', { title: 'video' }))
    const kept = await saved(queue.create('any', { title: 'video' }))
    // As a Kue process removes a job.
    await redis.server.command('DEL', 'q:job:1')
    assert.deepEqual(await queue.search('video'), [kept.id])
    assert.equal(await redis.server.command('ZCARD', 'q:rekue:search:word:FT'), 1)
    assert.equal(await redis.server.command('EXISTS', 'q:rekue:search:job:1'), 0)
  })

  it('is mended little by little where many jobs went without it', async () => {
    const queue = t.queue(ON)
    const COUNT = 200
    await queue.addBulk(
      Array.from({ length: COUNT }, () => ({ type: 'any', data: { title: 'video' } }))
    )
    for (let id = 1; id < COUNT; id++) await redis.server.command('DEL', `q:job:${id}`)
    const left = () => redis.server.command('ZCARD', 'q:rekue:search:word:FT')
    assert.deepEqual(await queue.search('video'), [COUNT])
    assert.ok((await left()) > COUNT / 2, 'not all in one step')
    for (let n = 0; (await left()) > 1; n++) {
      assert.ok(n < COUNT)
      assert.deepEqual(await queue.search('video'), [COUNT])
    }
  })

  it('is searched in steps, so that nobody waits for those who look for much', async () => {
    const queue = t.queue(ON)
    const COUNT = 5000
    await queue.addBulk(
      Array.from({ length: COUNT }, () => ({ type: 'any', data: { title: 'video picture' } }))
    )
    const { server } = redis
    await server.command('CONFIG', 'RESETSTAT')
    assert.equal((await queue.search('video picture')).length, COUNT)
    const stats = String(await server.command('INFO', 'commandstats'))
    const calls = (/** @type {string} */ name) =>
      Number(stats.match(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm'))?.[1] ?? 0)
    assert.ok(calls('evalsha') >= COUNT / 500, `${calls('evalsha')} calls of the script`)
    assert.ok(calls('zscan') >= COUNT / 1000, `${calls('zscan')} calls of ZSCAN`)
    // Whatever takes all of a set at once.
    assert.deepEqual([calls('zinterstore'), calls('zrange')], [0, 0])
  })
})

describe('the index of search in a file', () => {
  const t = setUp(sqlite)

  it('is of one prefix', async () => {
    const one = t.queue({ ...ON, prefix: 'one' })
    const other = t.queue({ ...ON, prefix: 'other' })
    await saved(one.create('any', { title: 'video' }))
    assert.deepEqual([await one.search('video'), await other.search('video')], [[1], []])
  })
})
