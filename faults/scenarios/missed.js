'use strict'

/** Events that are lost because nobody could listen: `finished()` settles all the same. */
module.exports = {
  name: 'finished() although events are missed',
  stores: ['redis'],
  /** @param {import('../arena').Arena} arena */
  async run(arena) {
    const queue = arena.queue()
    await queue.stats()
    let over = false
    const cutting = (async () => {
      while (!over) {
        await arena.server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
        await new Promise((resolve) => setTimeout(resolve, arena.random(15)))
      }
    })()
    await arena.worker({ workMs: 5 })
    const jobs = await arena.add(150, queue)
    const outcomes = Promise.allSettled(jobs.map((job) => job.finished()))
    while ((await queue.stats().then((s) => s.inactive + s.active + s.delayed)) > 0);
    over = true
    await cutting
    jobs.splice(0, jobs.length, ...(await settled(outcomes, jobs)))
    return arena.audit({ once: true })
  }
}

/**
 * @param {Promise<PromiseSettledResult<any>[]>} outcomes
 * @param {any[]} jobs
 */
async function settled(outcomes, jobs) {
  const results = await outcomes
  results.forEach((result, i) => {
    const { kind, n } = jobs[i].data
    // Of a job that is gone by the time one can look, nobody knows the outcome.
    const codes = kind === 'gone' ? ['ERR_JOB_NOT_FOUND'] : kind === 'bad' ? ['ERR_JOB_FAILED'] : []
    const right =
      result.status === 'fulfilled'
        ? kind !== 'bad' && result.value.n === n
        : codes.includes(result.reason.code)
    if (!right) throw new Error(`finished() of job ${n} (${kind}): ${JSON.stringify(result)}`)
  })
  return jobs
}
