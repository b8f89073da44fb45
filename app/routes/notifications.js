'use strict'

/** Notifications as jobs: created in one step, followed live. */

const { z } = require('zod')
const { Problem } = require('../http/problems')
const { TYPE } = require('../jobs/notifications')
const { isOver } = require('../jobs/watch')

const MAX_AT_ONCE = 1000

const Request = z
  .array(
    z.strictObject({
      phoneNumber: z.string().regex(/^\+?\d{3,15}$/),
      message: z.string().min(1).max(1000)
    })
  )
  .min(1)
  .max(MAX_AT_ONCE)

const Notification = z.strictObject({
  id: z.int(),
  phoneNumber: z.string(),
  message: z.string(),
  state: z.enum(['inactive', 'active', 'complete', 'failed', 'delayed']),
  progress: z.int().min(0).max(100),
  error: z.string().nullable(),
  created_at: z.iso.datetime(),
  links: z.strictObject({ self: z.string(), events: z.string() })
})

const params = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}$/)
    .meta({ openapi: { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 } })
})

/** An error is stored with its stack, which is for us. @param {string} stored */
function reasonOf(stored) {
  return stored.split('\n')[0].replace(/^Error: /, '')
}

/** @param {import('rekue').Job} job */
function toNotification(job) {
  const { id, data, state, progress, error, created_at } = job.toJSON()
  return {
    id: Number(id),
    // Whoever has the store may have put anything into a job of this type.
    phoneNumber: String(data?.phoneNumber ?? ''),
    message: String(data?.message ?? ''),
    state,
    progress: state === 'complete' ? 100 : Number(progress),
    error: state === 'failed' ? reasonOf(String(error)) : null,
    created_at: new Date(Number(created_at)).toISOString(),
    links: { self: `/notifications/${id}`, events: `/notifications/${id}/events` }
  }
}

/** @param {import('../service').Parts} parts @returns {import('../http/router').Route[]} */
function notificationRoutes({ queue, streams, watch }) {
  /** @param {string} id */
  async function find(id) {
    const job = await queue.get(id)
    // Other jobs are nobody's business here.
    if (job.type !== TYPE) throw new Problem('not-found')
    return job
  }
  return [
    {
      method: 'post',
      path: '/notifications',
      tag: 'notifications',
      summary: 'Create notifications, all of them or none',
      body: Request,
      example: [{ phoneNumber: '4153518743', message: 'Your code is 4321' }],
      answers: {
        202: {
          description: 'They are stored, and will be sent',
          json: z.strictObject({ notifications: z.array(Notification) })
        }
      },
      problems: ['invalid-json', 'too-large', 'unsupported-media-type', 'unavailable'],
      async handler(req, res) {
        const jobs = req.valid.body.map((/** @type {object} */ data) => ({ type: TYPE, data }))
        const stored = await queue.addBulk(jobs)
        res.status(202).json({ notifications: stored.map(toNotification) })
      }
    },
    {
      method: 'get',
      path: '/notifications/:id',
      tag: 'notifications',
      summary: 'How far a notification is',
      params,
      answers: { 200: { description: 'The notification', json: Notification } },
      problems: ['not-found', 'unavailable'],
      async handler(req, res) {
        res.set('Cache-Control', 'no-store')
        res.json(toNotification(await find(req.valid.params.id)))
      }
    },
    {
      method: 'get',
      path: '/notifications/:id/events',
      tag: 'notifications',
      summary: 'The same, as a stream of server-sent events that ends with its outcome',
      params,
      answers: {
        200: { description: 'Events "progress", then "outcome"', types: ['text/event-stream'] }
      },
      problems: ['not-found', 'unavailable'],
      async handler(req, res) {
        const job = await find(req.valid.params.id)
        // Gone while the job was read: no further event of the connection would end the stream.
        if (res.closed) return
        const stream = streams.open(res)
        const tell = (/** @type {import('rekue').Job} */ job) => {
          const over = isOver(job)
          stream.send(over ? 'outcome' : 'progress', toNotification(job))
          if (over) stream.end()
        }
        // There is nothing more to come of it, and the queue would wait for that for ever.
        if (isOver(job)) return tell(job)
        const stop = watch.follow(job, {
          progress(job, percent) {
            stream.send('progress', { ...toNotification(job), state: 'active', progress: percent })
          },
          state: tell,
          lost: () => stream.end()
        })
        res.once('close', stop)
      }
    }
  ]
}

module.exports = { notificationRoutes }
