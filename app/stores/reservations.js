'use strict'

/**
 * Places of which there is a fixed number: seats, pieces of a product. However many processes ask
 * at once, a place is given once; a holder who asks twice (a job that runs again) gets the place
 * that it has.
 *
 * @typedef {object} Reservations
 * @property {(name: string) => Promise<number>} taken how many places are given
 * @property {(name: string, total: number, holder: string) => Promise<number | null>} reserve
 *   the number of the holder's place, from 1 to `total`; null where all are given
 */

const { FileReservations } = require('./reservations-files')
const { RedisReservations } = require('./reservations-redis')

/**
 * @param {object} where
 * @param {string} where.folder for the embedded store
 * @param {import('./redis').AppRedis} [where.redis] wins
 * @returns {Reservations}
 */
function openReservations({ folder, redis }) {
  return redis ? new RedisReservations(redis) : new FileReservations(folder)
}

module.exports = { openReservations }
