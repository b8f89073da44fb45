'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { startProxy } = require('../proxy')

/** A call that hangs on a dead line is given up after this. */
const COMMAND_TIMEOUT_MS = 1000

/** Replies that are lost, connections that are cut, slow, or silent: a proxy stands in between. */
module.exports = {
  name: 'replies dropped, connections cut, slow and silent',
  stores: ['redis'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const proxy = await startProxy(arena.server.port)
    arena.later(() => proxy.close())
    const unreliable = {
      store: proxy.url,
      commandTimeout: COMMAND_TIMEOUT_MS,
      lease: { duration: 20_000, maxLost: 0 }
    }
    const options = arena.options(unreliable)
    await arena.worker({ options, workMs: 10 })
    await arena.worker({ options, concurrency: 20, workMs: 2 })
    const queue = arena.queue(unreliable)
    let over = false
    const adding = (async () => {
      while (!over) {
        await arena.add(20, queue)
        await sleep(20)
      }
    })()
    for (let i = 0; i < 40; i++) {
      proxy.dropReply()
      await sleep(20 + arena.random(60))
    }
    for (let i = 0; i < 10; i++) {
      proxy.cut()
      await sleep(arena.random(150))
    }
    proxy.delayMs = 60
    await sleep(1000)
    proxy.delayMs = 0
    proxy.silent = true
    await sleep(COMMAND_TIMEOUT_MS * 1.5)
    proxy.silent = false
    await sleep(500)
    over = true
    await adding
    const figures = await arena.audit({ once: true })
    return `${proxy.dropped} replies lost, ${figures}`
  }
}
