'use strict'

/** `kill -9` at every step of a job's way. */

/** @type {import('../work').Step[]} */
const STEPS = ['claimed', 'started', 'worked', 'told', 'sent', 'batch']

module.exports = {
  name: 'kill -9 at every step',
  stores: ['redis', 'sqlite'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    await arena.add(40 * STEPS.length)
    const dying = await Promise.all(
      STEPS.map((step) =>
        arena.worker({ concurrency: 4, die: { step, job: 2 + arena.random(10) } })
      )
    )
    const ends = await Promise.all(dying.map((member) => member.ended))
    ends.forEach(({ signal }, i) => {
      if (signal !== 'SIGKILL') throw new Error(`the worker did not die at "${STEPS[i]}"`)
    })
    await arena.worker()
    await arena.add(20)
    return arena.audit()
  }
}
