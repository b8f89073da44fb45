'use strict'

/** Exercise 100: seats that are reserved by jobs. Jobs wait until somebody asks for /process. */

const { z } = require('zod')
const { RETRY_AFTER_S } = require('../http/problems')
const { SEATS, TYPE, processSeats } = require('../jobs/seats')

const Status = (/** @type {[string, ...string[]]} */ ...texts) =>
  z.strictObject({ status: z.enum(texts) })

/** @param {import('../service').Parts} parts @returns {import('../http/router').Route[]} */
function seatRoutes({ config: { seats }, log, queue, reservations }) {
  let processing = false
  return [
    {
      method: 'get',
      path: '/available_seats',
      tag: 'exercises',
      summary: 'How many seats are left',
      answers: {
        200: {
          description: 'The number, as text',
          json: z.strictObject({ numberOfAvailableSeats: z.string().regex(/^\d+$/) })
        }
      },
      problems: ['unavailable'],
      async handler(_req, res) {
        const left = Math.max(0, seats - (await reservations.taken(SEATS)))
        res.json({ numberOfAvailableSeats: String(left) })
      }
    },
    {
      method: 'get',
      path: '/reserve_seat',
      tag: 'exercises',
      summary: 'Ask for a seat; a job decides',
      acts: true,
      answers: {
        200: {
          description: 'Whether a job was created',
          json: Status('Reservation in process', 'Reservation are blocked')
        },
        503: {
          description: 'No job was created; try again after Retry-After',
          json: Status('Reservation failed'),
          headers: { 'Retry-After': 'seconds' }
        }
      },
      async handler(req, res) {
        try {
          if ((await reservations.taken(SEATS)) >= seats) {
            return res.json({ status: 'Reservation are blocked' })
          }
          const job = await queue.add(TYPE, {})
          job.on('complete', () => log.info(`Seat reservation job ${job.id} completed`))
          job.on('failed', (message) =>
            log.info(`Seat reservation job ${job.id} failed: ${message}`)
          )
          res.json({ status: 'Reservation in process' })
        } catch (error) {
          // The exercise's words rather than a problem's; the status is what HTTP has for it.
          req.log.warn({ err: error }, 'no reservation')
          res.set('Retry-After', String(RETRY_AFTER_S))
          res.status(503).json({ status: 'Reservation failed' })
        }
      }
    },
    {
      method: 'get',
      path: '/process',
      tag: 'exercises',
      summary: 'Let this instance work on reservations',
      acts: true,
      answers: { 200: { description: 'It does', json: Status('Queue processing') } },
      handler(_req, res) {
        res.json({ status: 'Queue processing' })
        if (processing) return
        processing = true
        processSeats(queue, { reservations, seats })
      }
    }
  ]
}

module.exports = { seatRoutes }
