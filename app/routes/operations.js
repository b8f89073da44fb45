'use strict'

/** What machines and operators ask: is it alive, is it ready, how does it do. */

const { z } = require('zod')
const { stateOf } = require('../breakers')
const { within } = require('../http/metrics')

/** A dependency that takes longer than this is down, as far as a request is concerned. */
const CHECK_TIMEOUT_MS = 1500

const Check = z.strictObject({
  status: z.enum(['up', 'down']),
  latency_ms: z.number().min(0),
  circuit: z.enum(['closed', 'half-open', 'open']).optional()
})

const Ready = z.strictObject({
  status: z.enum(['ready', 'degraded', 'stopping']),
  dependencies: z.record(z.string(), Check)
})

/**
 * Ask a dependency, and time it.
 * @param {() => Promise<unknown>} ask
 * @param {import('opossum')} [breaker]
 */
async function check(ask, breaker) {
  const startedAt = performance.now()
  const answered = ask().then(() => true)
  const up = (await within(CHECK_TIMEOUT_MS, answered)) === true
  const latency_ms = Math.round((performance.now() - startedAt) * 100) / 100
  return {
    status: up ? 'up' : 'down',
    latency_ms,
    ...(breaker ? { circuit: stateOf(breaker) } : {})
  }
}

/** @param {import('../service').Parts} parts @returns {import('../http/router').Route[]} */
function operationsRoutes({ cache, counters, metrics, names, queue, redis, state }) {
  return [
    {
      method: 'get',
      path: '/healthz',
      tag: 'operations',
      summary: 'Whether the process is alive; asks nobody else',
      answers: {
        200: { description: 'It is', json: z.strictObject({ status: z.literal('ok') }) }
      },
      handler: (_req, res) => res.set('Cache-Control', 'no-store').json({ status: 'ok' })
    },
    {
      method: 'get',
      path: '/readyz',
      tag: 'operations',
      summary: 'Whether everything that it depends on answers, and how fast',
      answers: {
        200: { description: 'All do', json: Ready },
        503: {
          description: 'Some do not: pages are still served, writes are not; or it is stopping',
          json: Ready
        }
      },
      async handler(_req, res) {
        /** @type {[string, () => Promise<unknown>, import('opossum')?][]} */
        const asked = [
          ['queue', () => queue.stats(), queue.breaker],
          ['data', () => names.check()]
        ]
        if (redis) asked.push(['redis', () => redis.ping(), redis.breaker])
        const results = await Promise.all(
          asked.map(async ([name, ask, breaker]) => [name, await check(ask, breaker)])
        )
        const dependencies = Object.fromEntries(results)
        const up = Object.values(dependencies).every(({ status }) => status === 'up')
        const status = state.stopping ? 'stopping' : up ? 'ready' : 'degraded'
        res.set('Cache-Control', 'no-store')
        res.status(status === 'ready' ? 200 : 503).json({ status, dependencies })
      }
    },
    {
      method: 'get',
      path: '/metrics',
      tag: 'operations',
      summary: 'Metrics for Prometheus; asks for the password where there is one',
      answers: { 200: { description: 'In its text format', types: ['text/plain'] } },
      problems: ['unauthorized'],
      async handler(_req, res) {
        const text = await metrics.registry.metrics()
        res.set('Content-Type', metrics.registry.contentType).send(text)
      }
    },
    {
      method: 'get',
      path: '/analytics',
      tag: 'operations',
      summary:
        'What the analytics worker has heard so far, and what the cache and the queue do; asks for the password where there is one',
      answers: {
        200: {
          description: 'Sums by name',
          json: z.strictObject({
            views: z.number(),
            mean_ms: z.number().nullable(),
            sums: z.record(z.string(), z.number()),
            cache: z.looseObject({}),
            queue: z.record(z.string(), z.number())
          })
        }
      },
      problems: ['unauthorized', 'unavailable'],
      async handler(_req, res) {
        const [{ views = 0, ms = 0, ...sums }, jobs] = await Promise.all([
          counters.read(),
          queue.stats()
        ])
        res.set('Cache-Control', 'no-store').json({
          views,
          mean_ms: views > 0 ? ms / views : null,
          sums,
          cache: cache.stats(),
          queue: jobs
        })
      }
    }
  ]
}

module.exports = { operationsRoutes }
