'use strict'

const TYPE = 'reserve_seat'

/** The name under which seats are reserved. */
const SEATS = 'seats'

/** The reservation is atomic, so several jobs may run at once. */
const CONCURRENCY = 5

/**
 * Give a seat to each job, as long as there are any. The job is the holder: where it runs again,
 * because its worker died after the reservation, it gets the seat that it has.
 * @param {import('./queue').AppQueue} queue
 * @param {{ reservations: import('../stores/reservations').Reservations, seats: number }} options
 */
function processSeats(queue, { reservations, seats }) {
  queue.work(TYPE, CONCURRENCY, async (job) => {
    const seat = await reservations.reserve(SEATS, seats, `job-${job.id}`)
    if (seat === null) throw new Error('Not enough seats available')
    return { seat }
  })
}

module.exports = { TYPE, SEATS, processSeats }
