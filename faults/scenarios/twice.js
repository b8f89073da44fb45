'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { startWork } = require('../work')

const ROOT = path.join(__dirname, '..', '..')

/** The library once more, as a program has it that installs two packages which both bring one. */
function loadAgain() {
  const known = Object.keys(require.cache)
  const ours = known.filter(
    (file) => file.startsWith(path.join(ROOT, 'lib')) || file === path.join(ROOT, 'index.js')
  )
  const kept = new Map(ours.map((file) => [file, require.cache[file]]))
  for (const file of ours) delete require.cache[file]
  const again = require(ROOT)
  for (const [file, module] of kept) require.cache[file] = module
  return again
}

/** Sockets of this process, as the kernel counts them. */
function sockets() {
  if (process.platform !== 'linux') return 0
  return fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

/** The module loaded twice in one process: each works, and each ends without the other. */
module.exports = {
  name: 'the module loaded twice',
  stores: ['redis', 'sqlite'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const before = sockets()
    const first = require(ROOT)
    const second = loadAgain()
    if (first === second) throw new Error('it was not loaded twice')
    const plan = arena.plan({ concurrency: 3, workMs: 5 })
    const queues = [startWork(first, plan), startWork(second, plan)]
    const adder = arena.queue()
    await arena.add(60, adder)
    await queues[0].close()
    await arena.add(40, adder)
    const figures = await arena.audit({ once: true })
    await queues[1].close()
    await adder.close()
    const deadline = Date.now() + 5000
    while (sockets() > before && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (sockets() > before) throw new Error(`${sockets() - before} sockets are left`)
    return figures
  }
}
